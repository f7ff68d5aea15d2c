import type { Cancellation } from '../core/cancellation.ts';
import type { Clock } from '../core/clock.ts';
import type { GuardContent, GuardContext, GuardFinding } from '../core/guard.ts';
import type { MaybePromise } from '../core/maybe-promise.ts';
import type { ReadyGuard } from './ready-guard.ts';

/** What is found where a guard could not check. */
const GUARD_FAILED = 'guard-failed';

const NOTHING: readonly GuardFinding[] = [];
const FAILED: readonly GuardFinding[] = [{ kind: GUARD_FAILED }];

/**
 * Asks one guard, within its time. A guard that throws, answers something else than findings, or takes too long is taken for
 * one that found nothing, or everything, as `whenItFails` says. Rejects only with the call's own cancellation.
 */
export function runCheck(
  guard: ReadyGuard,
  content: GuardContent,
  facts: Omit<GuardContext, 'signal'>,
  { clock, cancellation }: { readonly clock: Clock; readonly cancellation: Cancellation },
): MaybePromise<readonly GuardFinding[]> {
  const { check, plan } = guard;
  if (check.by !== 'content') return NOTHING;
  const failed = plan.whenItFails === 'allow' ? NOTHING : FAILED;
  const time = cancellation.child();
  const context: GuardContext = Object.defineProperty({ ...facts } as GuardContext, 'signal', {
    get: () => time.signal,
    enumerable: true,
  });
  let found: MaybePromise<readonly GuardFinding[]>;
  try {
    found = check.check(content, context);
  } catch {
    time.dispose();
    return failed;
  }
  if (!(found instanceof Promise)) {
    time.dispose();
    return areFindings(found) ? found : failed;
  }
  return waitFor(found, failed, time, { clock, timeoutMs: plan.timeoutMs });
}

function waitFor(
  found: Promise<readonly GuardFinding[]>,
  failed: readonly GuardFinding[],
  time: Cancellation,
  { clock, timeoutMs }: { readonly clock: Clock; readonly timeoutMs: number },
): Promise<readonly GuardFinding[]> {
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
    const done = (findings: readonly GuardFinding[]) => {
      timer.cancel();
      time.dispose();
      resolve(findings);
    };
    found.then(
      (findings) => done(areFindings(findings) ? findings : failed),
      () => done(failed),
    );
  });
}

function areFindings(value: unknown): value is readonly GuardFinding[] {
  return Array.isArray(value) && value.every((finding) => typeof finding?.kind === 'string');
}
