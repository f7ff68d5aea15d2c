import type { Call } from '../../core/call.ts';
import type { Deployment } from '../../core/deployment.ts';
import type { Failure } from '../../core/failure.ts';
import type { Outcome } from '../../core/outcome.ts';
import type { Usage } from '../../core/usage.ts';
import type { AnswerFacts } from '../reading/answer-facts.ts';
import type { Runtime } from '../runtime.ts';
import type { AttemptAnswer } from './attempt-answer.ts';

/** Whether the model names a fallback for what a filter withheld or cut off; elsewhere such an answer is one like any other. */
export function hasFilterFallback({ modelPlan }: Call): boolean {
  return modelPlan.fallbacks.contentFilter.length > 0;
}

const WORDS = "the provider's filter withheld the answer";

// What a failure keeps for the case that no fallback has a better answer; a private matter of this room.
const KEPT = new WeakMap<Failure, AttemptAnswer>();

/** A filtered answer as a failure, so that the fallback takes over; it is kept with it. */
export function withheld(sent: AttemptAnswer, usage: Usage | undefined): Outcome<AttemptAnswer> {
  const { status } = sent;
  const failure: Failure = {
    kind: 'content-refused',
    code: 'content_filter',
    message: WORDS,
    words: WORDS,
    status,
    reachedProvider: true,
    usage,
  };
  KEPT.set(failure, sent);
  return { ok: false, failure };
}

/** The filtered answer that came instead of a failure, if it is one. */
export function keptAnswer(failure: Failure): AttemptAnswer | undefined {
  return KEPT.get(failure);
}

/** What a filtered answer used: as it says, else as far as it can be known, which is then marked as no report. */
export function usageOfFiltered(
  { usage, delivered }: AnswerFacts,
  call: Call,
  deployment: Deployment,
  { ledger }: Runtime,
): Usage {
  return usage ?? { ...ledger.estimateUsage(call, deployment, delivered), unreported: 'output' };
}
