import type { Call } from '../../core/call.ts';
import type { Deployment } from '../../core/deployment.ts';
import type { Failure } from '../../core/failure.ts';
import type { Usage } from '../../core/usage.ts';
import { NOTHING_DELIVERED } from '../../ledger/delivered.ts';
import type { Ledger } from '../../ledger/ledger.ts';
import type { StreamTally } from './stream-tally.ts';
import { type Used, usedByStream, usedInFact } from './used.ts';
import { workUnseen } from './work-in-answer.ts';

/**
 * What an attempt used although it failed: whatever was reported; of a stream that had begun what came; else the input,
 * if the provider was left at work on it. `tally`: of its stream, if it has one. Undefined: nothing.
 */
export function usedInSpiteOf(
  failure: Failure,
  tally: StreamTally | undefined,
  hasBegun: boolean,
  call: Call,
  deployment: Deployment,
  ledger: Ledger,
): Used | undefined {
  const unseen = hasBegun ? undefined : workUnseen(failure, call, deployment, ledger);
  if (unseen !== undefined) return unseen;
  const { usage } = failure;
  if (tally !== undefined) {
    if (usage) tally.addUsage(usage);
    tally.settleReports();
    if (hasBegun || isSome(tally.usage)) return usedByStream(tally, call, deployment, ledger);
  }
  if (usage === undefined && !wasLeftAtWork(failure)) return undefined;
  return usedInFact({ usage, served: undefined, delivered: NOTHING_DELIVERED }, call, deployment, ledger);
}

function isSome(usage: Usage | undefined): boolean {
  return usage !== undefined && usage.inputTokens + usage.outputTokens > 0;
}

/**
 * Whether the gateway itself ended the attempt, or an answer broke off: a provider that had the request goes on, or has
 * done it, and bills it.
 */
function wasLeftAtWork({ kind, status, reachedProvider, brokeOff }: Failure): boolean {
  return reachedProvider && (brokeOff === true || kind === 'aborted' || (kind === 'timeout' && status === undefined));
}
