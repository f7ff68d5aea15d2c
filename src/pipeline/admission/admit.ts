import type { KeptAnswer } from '../../cache/kept-answer.ts';
import type { Call } from '../../core/call.ts';
import { chain, type MaybePromise } from '../../core/maybe-promise.ts';
import type { Admission, Denial, Estimate } from '../../ledger/ledger.ts';
import type { ActiveCall, AdmittedCall, KeptCall } from '../active-call.ts';
import { askToRaise } from './ask-to-raise.ts';
import { authoriseCall, checkCost } from './authorise-call.ts';
import { boundOutput } from './bound-output.ts';
import { denialError } from './denial-error.ts';
import { downgrade } from './downgrade.ts';
import { type GuardedCall, guardInput } from './guard-input.ts';
import { recall } from './recall.ts';

/**
 * All that comes before a call may go to a provider: authorise, guard, recall, estimate, reserve. If a budget downgrades
 * the call, it starts anew at the cheaper model. A promise only if something is waited for. Throws what the caller is to see.
 */
export function admit(active: ActiveCall): MaybePromise<AdmittedCall | KeptCall> {
  return admitAt(active.call, active, undefined);
}

/** `seen`: the models that downgrades came from. */
function admitAt(call: Call, active: ActiveCall, seen: Set<string> | undefined): MaybePromise<AdmittedCall | KeptCall> {
  const authorised = authoriseCall(call, active, seen);
  return chain(guardInput(authorised), admitGuarded, undefined);
}

function admitGuarded(guarded: GuardedCall): MaybePromise<AdmittedCall | KeptCall> {
  return chain(recall(guarded), admitRecalled, guarded);
}

function admitRecalled(kept: KeptAnswer | undefined, guarded: GuardedCall): MaybePromise<AdmittedCall | KeptCall> {
  if (kept === undefined) return admitUnkept(guarded);
  return guarded.call.plan.cache?.countHits ? admitCounted(kept, guarded) : keptCall(kept, guarded);
}

/** A hit that counts as a request needs room for one. */
function admitCounted(kept: KeptAnswer, guarded: GuardedCall): MaybePromise<AdmittedCall | KeptCall> {
  const { call, active } = guarded;
  const admitting = active.runtime.ledger.reserveHit(call);
  const counted = { kept, guarded };
  return chain(admitting instanceof Promise ? unlessCancelled(admitting, call) : admitting, admitHit, counted);
}

interface CountedCall {
  readonly kept: KeptAnswer;
  readonly guarded: GuardedCall;
}

function admitHit(admission: Admission, counted: CountedCall): MaybePromise<AdmittedCall | KeptCall> {
  const { kept, guarded } = counted;
  if (!admission.admitted) return refuseOrDowngrade(admission.denial, guarded, () => admitCounted(kept, guarded));
  guarded.active.record.account.hold(admission.reservation);
  return keptCall(kept, guarded);
}

function admitUnkept(guarded: GuardedCall): MaybePromise<AdmittedCall | KeptCall> {
  const estimated = estimateCall(guarded);
  return chain(reserve(estimated), admitReserved, estimated);
}

function keptCall(kept: KeptAnswer, { call, active: { record, runtime } }: GuardedCall): KeptCall {
  return { call, record, runtime, kept };
}

interface EstimatedCall {
  readonly guarded: GuardedCall;
  readonly estimate: Estimate;
}

function estimateCall(guarded: GuardedCall): EstimatedCall {
  const { call, grant, active } = guarded;
  const estimate = active.runtime.ledger.estimateCall(call);
  checkCost(call, grant, estimate, active.runtime);
  return { guarded, estimate };
}

function reserve({ guarded, estimate }: EstimatedCall): MaybePromise<Admission> {
  const { call, active } = guarded;
  const reserving = active.runtime.ledger.reserveCall(call, estimate);
  return reserving instanceof Promise ? unlessCancelled(reserving, call) : reserving;
}

/** A reservation that is granted after the call was cancelled is given back. */
async function unlessCancelled(reserving: Promise<Admission>, call: Call): Promise<Admission> {
  const admission = await reserving;
  if (!call.cancellation.cancelled) return admission;
  if (admission.admitted) admission.reservation?.release();
  throw call.cancellation.reason;
}

/** The call's way through the cheaper model, if a budget has one. */
function refuseOrDowngrade(denial: Denial, guarded: GuardedCall, again: Again): MaybePromise<AdmittedCall | KeptCall> {
  const { call, active, seen } = guarded;
  const models = seen ?? new Set<string>();
  const cheaper = downgrade(denial, call, models, active.runtime);
  if (cheaper === undefined) return refuse(denial, guarded, again);
  // The cheaper model is another call to the cache: who waits for this one is not to wait for that.
  active.record.endMiss('denied');
  active.record.downgraded(cheaper.model);
  return admitAt(cheaper, active, models);
}

type Again = () => MaybePromise<AdmittedCall | KeptCall>;

/** A limit of a run may be raised, and the call is tried once more then; nobody is asked for what can be left out. */
function refuse(denial: Denial, guarded: GuardedCall, again: Again): MaybePromise<AdmittedCall | KeptCall> {
  const { call, active } = guarded;
  if (denial.reason !== 'run' || denial.run.onLimit === undefined || call.question?.kind === 'embedding') {
    throw denialError(denial);
  }
  return askToRaise(denial, call, active.runtime).then((isRaised) => {
    if (!isRaised) throw denialError(denial);
    return again();
  });
}

/** The call with what the budgets leave it, or, if one refuses it, its way through the cheaper model. */
function admitReserved(admission: Admission, { guarded, estimate }: EstimatedCall): MaybePromise<AdmittedCall | KeptCall> {
  const { call, grant, active } = guarded;
  const { record, runtime } = active;
  if (!admission.admitted) return refuseOrDowngrade(admission.denial, guarded, () => admitUnkept(guarded));
  record.account.hold(admission.reservation);
  const { maxOutputTokens } = admission;
  const clamped = maxOutputTokens === undefined ? estimate : estimate.clampedTo(maxOutputTokens);
  return { call: boundOutput(call, admission, estimate, grant), estimate: clamped, record, runtime };
}
