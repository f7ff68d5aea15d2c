import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ClientKind, ScenarioName } from './scenarios.ts';

const OWN_FOLDER = fileURLToPath(new URL('.', import.meta.url));

export interface MeasuredClient {
  /** Makes the calls of one round; resolves to the processor time of a call, in microseconds. */
  round(scenario: ScenarioName): Promise<number>;
  /** Resolves when its process has ended. */
  stop(): Promise<void>;
}

/** Starts a client in a child process; `folder` holds the benchmarks of the build to measure, by default this one's. */
export function startClient(kind: ClientKind, origin: string, folder = OWN_FOLDER): MeasuredClient {
  const child = fork(join(folder, 'client.ts'), [kind, origin], { execArgv: [] });
  const exited = once(child, 'exit').then(() => undefined);
  return {
    async round(scenario) {
      child.send(scenario);
      const answer = await Promise.race([once(child, 'message'), exited]);
      if (answer === undefined) throw new Error(`the process of the ${kind} client has ended`);
      return answer[0];
    },
    async stop() {
      child.disconnect();
      await exited;
    },
  };
}
