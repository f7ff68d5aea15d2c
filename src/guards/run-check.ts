import type { Cancellation } from '../core/cancellation.ts';
import type { Clock } from '../core/clock.ts';
import type { GuardContent, GuardContext, GuardFinding } from '../core/guard.ts';
import type { MaybePromise } from '../core/maybe-promise.ts';
import type { RepairedTexts } from './ready/repair.ts';
import type { ReadyGuard } from './ready-guard.ts';

/** What is found where a guard could not check. */
const GUARD_FAILED = 'guard-failed';

const NOTHING: readonly GuardFinding[] = [];
const FAILED: readonly GuardFinding[] = [{ kind: GUARD_FAILED }];
const NOT_REPAIRED: RepairedTexts = new Map();

interface Time {
  readonly clock: Clock;
  readonly cancellation: Cancellation;
}

/** What a guard is to say, and what is taken for it where it says nothing that could be understood, or nothing in time. */
interface Question<T> {
  ask(context: GuardContext): MaybePromise<T>;
  isAnswer(value: unknown): boolean;
  readonly failed: T;
}

/**
 * Asks one guard, within its time. A guard that throws, answers something else than findings, or takes too long is taken for
 * one that found nothing, or everything, as `whenItFails` says. Rejects only with the call's own cancellation.
 */
export function runCheck(
  { check, plan }: ReadyGuard,
  content: GuardContent,
  facts: Omit<GuardContext, 'signal'>,
  time: Time,
): MaybePromise<readonly GuardFinding[]> {
  if (check.by !== 'content') return NOTHING;
  const failed = plan.whenItFails === 'allow' ? NOTHING : FAILED;
  return within(plan.timeoutMs, time, facts, { ask: (context) => check.check(content, context), isAnswer: areFindings, failed });
}

/** Has one guard repair what it objects to, within its time; no text where it can't. Undefined where it objects to nothing. */
export function runRepair(
  { check, plan }: ReadyGuard,
  content: GuardContent,
  facts: Omit<GuardContext, 'signal'>,
  time: Time,
): MaybePromise<RepairedTexts> {
  const repair = check.by === 'content' ? check.repair : undefined;
  if (repair === undefined) return NOT_REPAIRED;
  return within(plan.timeoutMs, time, facts, {
    ask: (context) => repair(content, context) ?? NOT_REPAIRED,
    isAnswer: (value) => value instanceof Map,
    failed: NOT_REPAIRED,
  });
}

function within<T>(
  timeoutMs: number,
  { clock, cancellation }: Time,
  facts: Omit<GuardContext, 'signal'>,
  { ask, isAnswer, failed }: Question<T>,
): MaybePromise<T> {
  const time = cancellation.child();
  const context: GuardContext = Object.defineProperty({ ...facts } as GuardContext, 'signal', {
    get: () => time.signal,
    enumerable: true,
  });
  let answer: MaybePromise<T>;
  try {
    answer = ask(context);
  } catch {
    time.dispose();
    return failed;
  }
  const taken = (value: T) => (isAnswer(value) ? value : failed);
  if (answer instanceof Promise) return waitFor(answer.then(taken), failed, time, { clock, timeoutMs });
  time.dispose();
  return taken(answer);
}

function waitFor<T>(
  answer: Promise<T>,
  failed: T,
  time: Cancellation,
  { clock, timeoutMs }: { readonly clock: Clock; readonly timeoutMs: number },
): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = clock.setTimeout(() => {
      detach();
      resolve(failed);
      time.cancel(new Error('the time of the guard is over'));
    }, timeoutMs);
    const detach = time.onCancel((reason) => {
      timer.cancel();
      reject(reason);
    });
    const done = (value: T) => {
      timer.cancel();
      time.dispose();
      resolve(value);
    };
    answer.then(done, () => done(failed));
  });
}

function areFindings(value: unknown): boolean {
  return Array.isArray(value) && value.every((finding) => typeof finding?.kind === 'string');
}
