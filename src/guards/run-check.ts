import type { Asking, AskingCall } from '../core/asking.ts';
import type { Cancellation } from '../core/cancellation.ts';
import type { Clock } from '../core/clock.ts';
import type { GuardContent, GuardContext, GuardFinding } from '../core/guard.ts';
import type { MaybePromise } from '../core/maybe-promise.ts';
import { RunLimitError } from '../errors/run-limit-error.ts';
import type { RepairedTexts } from './ready/repair.ts';
import type { ReadyGuard } from './ready-guard.ts';

/** What is found if a guard could not check. */
const GUARD_FAILED = 'guard-failed';

const NOTHING: readonly GuardFinding[] = [];
const FAILED: readonly GuardFinding[] = [{ kind: GUARD_FAILED }];
const NOT_REPAIRED: RepairedTexts = new Map();

/** The call that is checked, in whose time a guard has its own. */
interface CheckedCall {
  readonly clock: Clock;
  readonly call: AskingCall & { readonly cancellation: Cancellation };
}

/** What a guard is to say, and what is taken for it if it says nothing that could be understood, or nothing in time. */
interface Question<T> {
  ask(context: GuardContext, asking: Asking): unknown;
  /** What was said, as it is understood; undefined if it is not. May throw. */
  read(value: unknown): T | undefined;
  readonly failed: T;
  /** Whether the call ends with it. */
  isFinal(error: unknown): boolean;
}

/**
 * Asks one guard, within its time. A guard that throws, answers something else than findings, or takes too long is taken for
 * one that found nothing, or everything, as `whenItFails` says. Rejects only with the call's own cancellation, or, if
 * it would deny, with the limit of a run of the call that the guard's own question met: nothing is wrong with the content.
 */
export function runCheck(
  { check, plan }: ReadyGuard,
  content: GuardContent,
  facts: Omit<GuardContext, 'signal'>,
  checked: CheckedCall,
): MaybePromise<readonly GuardFinding[]> {
  if (check.by !== 'content') return NOTHING;
  const failed = plan.whenItFails === 'allow' ? NOTHING : FAILED;
  return within(plan.timeoutMs, checked, facts, {
    ask: (context, asking) => check.check(content, context, asking),
    read: readFindings,
    failed,
    isFinal: (error) => plan.whenItFails === 'deny' && isLimitOf(error, checked.call),
  });
}

/** Has one guard repair what it objects to, within its time; no text if it can't. Undefined if it objects to nothing. */
export function runRepair(
  { check, plan }: ReadyGuard,
  content: GuardContent,
  facts: Omit<GuardContext, 'signal'>,
  checked: CheckedCall,
): MaybePromise<RepairedTexts> {
  const repair = check.by === 'content' ? check.repair : undefined;
  if (repair === undefined) return NOT_REPAIRED;
  return within(plan.timeoutMs, checked, facts, {
    ask: (context, asking) => repair(content, context, asking) ?? NOT_REPAIRED,
    read: (value) => (value instanceof Map ? value : undefined),
    failed: NOT_REPAIRED,
    isFinal: () => false,
  });
}

function within<T>(
  timeoutMs: number,
  { clock, call }: CheckedCall,
  facts: Omit<GuardContext, 'signal'>,
  question: Question<T>,
): MaybePromise<T> {
  const { ask, read, failed } = question;
  const time = call.cancellation.child();
  const context: GuardContext = Object.defineProperty({ ...facts } as GuardContext, 'signal', {
    get: () => time.signal,
    enumerable: true,
  });
  try {
    const answer = ask(context, { call, cancellation: time });
    if (isThenable(answer)) {
      const taken = Promise.resolve(answer).then((value) => read(value) ?? failed);
      return waitFor(taken, question, time, { clock, timeoutMs });
    }
    time.dispose();
    return read(answer) ?? failed;
  } catch {
    time.dispose();
    return failed;
  }
}

/** Promises of other realms and libraries are promises, too. */
function isThenable(value: unknown): value is PromiseLike<unknown> {
  return value instanceof Promise || (typeof value === 'object' && value !== null && 'then' in value);
}

function waitFor<T>(
  answer: Promise<T>,
  { failed, isFinal }: Question<T>,
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
    const done = (value: T | Promise<T>) => {
      timer.cancel();
      time.dispose();
      resolve(value);
    };
    answer.then(done, (error: unknown) => done(isFinal(error) ? Promise.reject(error) : failed));
  });
}

function isLimitOf(error: unknown, { runs }: AskingCall): boolean {
  return error instanceof RunLimitError && runs?.some(({ id }) => id === error.run) === true;
}

/** Each finding is read once, here, so that nothing in it can fail later; a place that is no number is not there. */
function readFindings(value: unknown): readonly GuardFinding[] | undefined {
  if (!Array.isArray(value)) return undefined;
  if (value.length === 0) return NOTHING;
  const findings: GuardFinding[] = [];
  for (const found of value as readonly (Partial<GuardFinding> | null | undefined)[]) {
    const kind = found?.kind;
    if (typeof kind !== 'string') return undefined;
    findings.push({ kind, part: numberIn(found?.part), start: numberIn(found?.start), end: numberIn(found?.end) });
  }
  return findings;
}

function numberIn(value: unknown): number | undefined {
  return typeof value === 'number' || value === undefined ? value : Number.NaN;
}
