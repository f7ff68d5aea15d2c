import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export interface Upstream {
  /** Every wire is spoken there, each below the path that its vendor has. */
  readonly origin: string;
  /** Resolves when its process has ended. */
  stop(): Promise<void>;
}

/** Starts the upstream in a child process; it listens on a free port of the loopback. */
export async function startUpstream(): Promise<Upstream> {
  const child = fork(fileURLToPath(new URL('./upstream.ts', import.meta.url)), { execArgv: [] });
  const [port] = await once(child, 'message');
  return {
    origin: `http://127.0.0.1:${port}`,
    async stop() {
      child.disconnect();
      await once(child, 'exit');
    },
  };
}
