import type { Failure } from '../../core/failure.ts';
import type { MaybePromise } from '../../core/maybe-promise.ts';
import type { Outcome } from '../../core/outcome.ts';
import { sleep } from '../../core/sleep.ts';
import { finalError } from '../../errors/final-error.ts';
import { RateLimitedError } from '../../errors/rate-limited-error.ts';
import { RunLimitError } from '../../errors/run-limit-error.ts';
import { Walk } from '../../failover/walk.ts';
import { denialError } from '../admission/denial-error.ts';
import type { AttemptableCall } from '../candidates/attemptable-call.ts';
import { widen } from '../candidates/widen.ts';
import type { AttemptAnswer } from './attempt-answer.ts';
import { attemptWithHedge } from './attempt-with-hedge.ts';
import { followDecision, isOver, nextDecision } from './next-decision.ts';
import { acquireSlot, type Refused, type Slot } from './slot.ts';
import { keptAnswer } from './withheld.ts';

/** Tries candidates until one answers or the failures are final; throws the call's final error. */
export async function failOver(attemptable: AttemptableCall): Promise<AttemptAnswer> {
  const { call, record } = attemptable;
  const walk = startWalk(attemptable);
  let first: Failure | undefined;
  let kept: AttemptAnswer | undefined;
  for (let left = call.modelPlan.retry.maxAttempts - walk.attempts; ; left -= 1) {
    const taking = takeSlot(walk, attemptable);
    const taken = taking instanceof Promise ? await taking : taking;
    const outcome = isSlot(taken) ? await attemptAt(taken, walk, attemptable) : { ok: false as const, failure: taken };
    if (outcome.ok) return outcome.value;
    const { failure } = outcome;
    first ??= failure;
    kept = keptAnswer(failure) ?? kept;
    if (left > 1 && !isOver(failure, call)) {
      if (walk.untried === 0) widen(walk, failure, attemptable);
      const decision = nextDecision(failure, walk, attemptable);
      if (decision.action !== 'stop') {
        await followDecision(decision, failure, walk, attemptable);
        continue;
      }
    }
    if (call.cancellation.cancelled) throw call.cancellation.reason;
    if (failure.cause instanceof RunLimitError) throw failure.cause;
    // A filtered answer is an answer, if no fallback has another.
    if (kept !== undefined) return kept;
    const { attempts, skipped } = record.route();
    throw finalError(failure, first, { attempts, skipped, retryAfterMs: walk.retryAfterMs });
  }
}

function startWalk({ call, candidates, record, runtime }: AttemptableCall): Walk {
  const { clock, retryBudget } = runtime;
  return new Walk(candidates, call.modelPlan.retry, { clock, retryBudget, earlier: record.attempts });
}

/** One attempt at the candidate that has the slot. */
function attemptAt(slot: Slot, walk: Walk, attemptable: AttemptableCall): Promise<Outcome<AttemptAnswer>> {
  const { deployment } = slot;
  const { retryBudget } = attemptable.runtime;
  if (walk.attemptsAt(deployment) > 0) retryBudget.spend(deployment.id);
  else retryBudget.earn(deployment.id);
  return attemptWithHedge(slot, walk, attemptable);
}

/** A slot at the next candidate that can be had now. If none can after some were tried, the last failure stands. */
function takeSlot(walk: Walk, attemptable: AttemptableCall): MaybePromise<Slot | Failure> {
  const taken = nextSlot(walk, attemptable);
  return isSlot(taken) ? taken : searchSlot(taken, walk, attemptable);
}

async function searchSlot(next: ReturnType<typeof nextSlot>, walk: Walk, attemptable: AttemptableCall): Promise<Slot | Failure> {
  let refused: Refused | undefined;
  for (let taken = next; ; taken = nextSlot(walk, attemptable)) {
    if (taken === undefined) {
      if (walk.lastFailure) return walk.lastFailure;
      await waitForRoom(refused, walk, attemptable);
      continue;
    }
    const slot = await taken;
    if (isSlot(slot)) return slot;
    refused = soonest(refused, slot);
    walk.skip(slot.retryAfterMs);
  }
}

/** Undefined if no candidate is left in this round. */
function nextSlot(walk: Walk, attemptable: AttemptableCall): MaybePromise<Slot | Refused> | undefined {
  const deployment = walk.current();
  return deployment && acquireSlot({ deployment, walk, attemptable });
}

function isSlot(taken: MaybePromise<Slot | Refused | Failure> | undefined): taken is Slot {
  return taken !== undefined && 'permit' in taken;
}

/** Every candidate refused before any was tried: goes on to a fallback, or waits for the first to have room if that is soon enough, else throws. */
async function waitForRoom(refused: Refused | undefined, walk: Walk, attemptable: AttemptableCall): Promise<void> {
  const { call, fallbacks, runtime } = attemptable;
  walk.add(fallbacks.next('default'));
  if (walk.untried > 0) return;
  const by: Refused = refused ?? { refusedBy: `model '${call.model}'`, retryAfterMs: 0, final: true };
  if (by.denial && !(by.denial.reason === 'budget' && by.denial.rateLimit)) throw denialError(by.denial);
  const remainingMs = call.deadlineMs - runtime.clock.monotonicMs();
  if (by.final || by.retryAfterMs > remainingMs) throw new RateLimitedError(by.refusedBy, Math.ceil(by.retryAfterMs));
  await sleep(by.retryAfterMs, runtime.clock, call.cancellation);
  walk.reconsider();
}

/** The refusal to wait for: one whose wait may help before one that is final. */
function soonest(left: Refused | undefined, right: Refused): Refused {
  if (left === undefined) return right;
  if (left.final !== right.final) return left.final ? right : left;
  return right.retryAfterMs < left.retryAfterMs ? right : left;
}
