import { createServer } from 'node:net';

/** A port that is free now. What is started on it may find it taken: see `onFreePorts`. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

const MOST_TRIES = 5;

/** Starts something on free ports, and on others if it can't be started: another process, or a client, may have been faster. */
export async function onFreePorts<T>(start: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await start();
    } catch (error) {
      if (tries === MOST_TRIES) throw error;
    }
  }
}
