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
  return kept === undefined ? admitUnkept(guarded) : keptCall(kept, guarded);
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

/** A limit of a run may be raised, and the call is tried once more then. */
function refuse(denial: Denial, guarded: GuardedCall): MaybePromise<AdmittedCall | KeptCall> {
  const { call, active } = guarded;
  if (denial.reason !== 'run' || denial.run.onLimit === undefined) throw denialError(denial);
  return askToRaise(denial, call, active.runtime).then((isRaised) => {
    if (!isRaised) throw denialError(denial);
    return admitUnkept(guarded);
  });
}

/** The call with what the budgets leave it, or, if one refuses it, its way through the cheaper model. */
function admitReserved(admission: Admission, { guarded, estimate }: EstimatedCall): MaybePromise<AdmittedCall | KeptCall> {
  const { call, grant, active, seen } = guarded;
  const { record, runtime } = active;
  if (!admission.admitted) {
    const models = seen ?? new Set<string>();
    const cheaper = downgrade(admission.denial, call, models, runtime);
    if (cheaper === undefined) return refuse(admission.denial, guarded);
    // The cheaper model is another call to the cache: who waits for this one is not to wait for that.
    record.endMiss('denied');
    return admitAt(cheaper, active, models);
  }
  record.account.hold(admission.reservation);
  const { maxOutputTokens } = admission;
  const clamped = maxOutputTokens === undefined ? estimate : estimate.clampedTo(maxOutputTokens);
  return { call: boundOutput(call, admission, estimate, grant), estimate: clamped, record, runtime };
}
