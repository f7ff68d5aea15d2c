import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { ClientKind, ScenarioName } from './scenarios.ts';

export interface MeasuredClient {
  /** Makes the calls of one round; resolves to the processor time of a call, in microseconds. */
  round(scenario: ScenarioName): Promise<number>;
  /** Resolves when its process has ended. */
  stop(): Promise<void>;
}

/** Starts a client in a child process. */
export function startClient(kind: ClientKind, baseURL: string): MeasuredClient {
  const child = fork(fileURLToPath(new URL('./client.ts', import.meta.url)), [kind, baseURL], { execArgv: [] });
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
