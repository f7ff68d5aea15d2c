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
  return startProcess(join(folder, 'client.ts'), kind, [kind, origin]);
}

/** Starts a script that answers rounds, as `answerRounds` does. */
export function startProcess(script: string, kind: string, args: readonly string[]): MeasuredClient {
  const child = fork(script, args, { execArgv: [] });
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
