import type { Guard, GuardPlan, GuardUse } from '../../core/guard.ts';
import { freezeDeep } from '../containers.ts';
import type { GuardConfig } from '../guard-config.ts';
import type { ReadyMadeGuardConfig } from '../guards/configs.ts';
import { guardTypeOf } from '../guards/guard-type-of.ts';
import { toMatch } from './budgets.ts';

/** Time for one check if none is configured, in milliseconds. */
const DEFAULT_TIMEOUT_MS = 1_000;

export function planGuards(guards: readonly GuardConfig[] | undefined): readonly GuardPlan[] {
  return Object.freeze((guards ?? []).map(planGuard));
}

function planGuard(guard: GuardConfig): GuardPlan {
  const { name, on, match, mode, timeoutMs, whenItFails } = guard;
  const { use, timeoutMs: usualMs = DEFAULT_TIMEOUT_MS } = isOwn(guard) ? { use: { kind: 'custom', guard } } : ofType(guard);
  return Object.freeze({
    name,
    on,
    match: freezeDeep(toMatch(match)),
    mode,
    timeoutMs: timeoutMs ?? usualMs,
    whenItFails: whenItFails ?? 'deny',
    use,
  });
}

function isOwn(guard: GuardConfig): guard is Guard {
  return 'check' in guard;
}

/** What a ready-made guard checks by, and the time that its type gives it. Throws for a name that no schema lets pass. */
function ofType(guard: ReadyMadeGuardConfig): { readonly use: GuardUse; readonly timeoutMs?: number | undefined } {
  const type = guardTypeOf(guard.use);
  if (type === undefined) throw new TypeError(`no guard is '${guard.use}'`);
  return { use: type.plan(guard), timeoutMs: type.timeoutMs?.(guard) };
}
