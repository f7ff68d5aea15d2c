import type { AttemptAnswer } from '../attempts/attempt-answer.ts';
import type { AttemptableCall } from '../candidates/attemptable-call.ts';
import { CacheMiss } from '../record/cache-miss.ts';

/**
 * What outlives the call: its caller's next turn goes to the same deployment, if the model is configured so, and the answer
 * is kept as the provider gave it. What output guards make of it is for this call alone: whoever gets it from the cache has
 * guards of its own. The answer as it is to go on: of a stream that may be kept, every item is recorded on its way.
 */
export function remember(answered: AttemptAnswer, attemptable: AttemptableCall): AttemptAnswer {
  const { call, record, runtime } = attemptable;
  if (call.modelPlan.affinity) runtime.affinity.remember(call, answered.attempt.deployment.id);
  return record.cache instanceof CacheMiss ? keep(answered, record.cache, attemptable) : answered;
}

function keep(answered: AttemptAnswer, miss: CacheMiss, { call, record }: AttemptableCall): AttemptAnswer {
  const { status, headers } = answered;
  const facts = { status, deployment: answered.attempt.deployment.id, costNanoUsd: record.use.costNanoUsd };
  if (answered.kind === 'bytes') {
    const contentType = headers['content-type'] ?? 'application/octet-stream';
    miss.keep({ kind: 'bytes', bytes: answered.bytes, contentType }, facts);
    return answered;
  }
  const isUnfit = call.outputBound === undefined ? isNone : isCutShort;
  if (answered.kind === 'object') {
    miss.keep({ kind: 'object', body: isUnfit(answered.finishReason) ? undefined : answered.body }, facts);
    return answered;
  }
  const stream = miss.keepStream(answered.open.stream, headers['content-type'], facts, isUnfit);
  return { ...answered, open: { ...answered.open, stream } };
}

/** At a limit that budgets set for this caller: another would have been given more. */
function isCutShort(finishReason: string | undefined): boolean {
  return finishReason === 'length' || finishReason === 'incomplete';
}

function isNone(): boolean {
  return false;
}
