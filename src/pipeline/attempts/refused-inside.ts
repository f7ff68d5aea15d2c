import type { Call } from '../../core/call.ts';
import type { Failure } from '../../core/failure.ts';
import type { RequestProgress } from '../../core/transport.ts';
import { RunLimitError } from '../../errors/run-limit-error.ts';

/** Whether a run of the call has refused what a provider of the user's own called through the gateway. */
export function isOfRuns(error: unknown, { runs }: Call): error is RunLimitError {
  return runs !== undefined && error instanceof RunLimitError && runs.some(({ id }) => id === error.run);
}

/** No other attempt has more room, and the provider is not to blame. */
export function refusedInside(error: RunLimitError, { sent }: RequestProgress): Failure {
  const { code, message } = error;
  return { kind: 'aborted', code, message, words: message, reachedProvider: sent === true, isFinal: true, cause: error };
}
