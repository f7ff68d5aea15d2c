import type { Call } from '../../core/call.ts';
import type { Deployment } from '../../core/deployment.ts';
import type { Failure } from '../../core/failure.ts';
import type { Usage } from '../../core/usage.ts';
import { NOTHING_DELIVERED } from '../../ledger/delivered.ts';
import type { Ledger } from '../../ledger/ledger.ts';
import { StreamTally } from './stream-tally.ts';
import { type Told, type Used, usedByStream, usedInFact } from './used.ts';
import { workUnseen } from './work-in-answer.ts';

/**
 * What an attempt used although it failed: whatever was reported; of an answer that had begun what came; else the input,
 * if the provider was left at work on it. `came`: of its stream, or of a whole answer that broke off. Undefined: nothing.
 */
export function usedInSpiteOf(
  failure: Failure,
  came: StreamTally | Told | undefined,
  hasBegun: boolean,
  call: Call,
  deployment: Deployment,
  ledger: Ledger,
): Used | undefined {
  const unseen = hasBegun ? undefined : workUnseen(failure, call, deployment, ledger);
  if (unseen !== undefined) return unseen;
  const { usage } = failure;
  if (came instanceof StreamTally) {
    if (usage) came.addUsage(usage);
    came.settleReports();
    if (hasBegun || isSome(came.usage)) return usedByStream(came, call, deployment, ledger);
  } else if (came !== undefined) return usedInFact({ ...came, usage: usage ?? came.usage }, call, deployment, ledger);
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
