import type { Call } from '../../core/call.ts';
import { chain, type MaybePromise } from '../../core/maybe-promise.ts';
import { eventBase } from '../../events/event-base.ts';
import type { InputVerdict } from '../../guards/call-guards.ts';
import type { GuardReport } from '../../guards/guard-report.ts';
import { CacheMiss } from '../record/cache-miss.ts';
import type { Runtime } from '../runtime.ts';
import type { AuthorisedCall } from './authorise-call.ts';
import { reachableModels } from './reachable-models.ts';

declare const GUARDED: unique symbol;

/** A call whose content may go in. Only `guardInput` makes one, so that nothing is estimated or reserved for any other. */
export type GuardedCall = AuthorisedCall & { readonly [GUARDED]: true };

/**
 * Asks the guards that are for the call whether what it says may go in, and goes on with what is left of it: nothing after
 * this step sees what was replaced. Each guard is asked once; if a downgrade leads to a model that others are for, they are
 * asked then. Throws `ContentBlockedError`.
 */
export function guardInput(authorised: AuthorisedCall): MaybePromise<GuardedCall> {
  const { call, active } = authorised;
  const { record, runtime } = active;
  const guards = call.plan.guards?.length ? runtime.guardsOf(call.plan) : undefined;
  if (guards === undefined) return authorised as GuardedCall;
  const { clock } = runtime;
  const report = (told: GuardReport) => {
    if (told.on === 'output' && record.cache instanceof CacheMiss) record.cache.doubt();
    reportGuard(told, call, runtime);
  };
  const before = record.guards;
  const facts = { ...call, models: reachableModels(call, runtime) };
  const ofCall = guards.of(facts, { clock, report }, { isQuestion: call.question !== undefined, before });
  record.guardedBy(ofCall);
  if (ofCall === undefined || ofCall === before) return authorised as GuardedCall;
  return chain(ofCall.guardInput(), withVerdict, authorised);
}

function withVerdict(verdict: InputVerdict, authorised: AuthorisedCall): GuardedCall {
  const { call, active } = authorised;
  if (call.cancellation.cancelled) throw call.cancellation.reason;
  if (verdict.action === 'block') throw verdict.error;
  const { params, form, passthrough } = verdict;
  // What is to be read has to come whole; sound is not.
  const isRead = active.record.guards?.guardsOutput === true && call.operation !== 'audio.speech';
  const guarded: Call = { ...call, params, form, passthrough, asBytes: isRead ? undefined : call.asBytes };
  return { ...authorised, call: guarded } as GuardedCall;
}

function reportGuard({ action, guard, on, findings }: GuardReport, call: Call, { clock, events }: Runtime): void {
  const type = `guard.${action}` as const;
  events.emit(type, () => ({ type, ...eventBase(call, clock.now()), guard, on, findings }) as never);
}
