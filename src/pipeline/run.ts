import { APIError } from 'openai';
import type { Call } from '../core/call.ts';
import { DeadlineExceeded } from '../core/cancellation-reasons.ts';
import { abortError, deadlineError } from '../errors/final-error.ts';
import { RateLimitedError } from '../errors/rate-limited-error.ts';
import type { Admission, Estimate } from '../ledger/ledger.ts';
import { authoriseCall, boundOutput, checkCost, denialError, downgraded } from './admission.ts';
import type { Attempt } from './attempt.ts';
import { attemptUntilDecided } from './attempts.ts';
import type { AttemptsContext } from './attempts-context.ts';
import type { CallOwner } from './call-owner.ts';
import { type CallOutcome, CallRecord } from './call-record.ts';
import { candidatesFor, fallbacksOf } from './candidates.ts';
import { toEventError } from './event-failure.ts';
import { MeteredStream } from './metered-stream.ts';
import { recoverBy } from './recover.ts';
import type { Runtime } from './runtime.ts';
import type { Sent } from './sent.ts';
import { toldError } from './told-error.ts';

/** A call's answer with the record of how it came about. */
export type Answer = {
  readonly record: CallRecord;
  /** As the upstream sent them: whoever hands them on asks the attempt which. */
  readonly headers: Readonly<Record<string, string>>;
  readonly status: number;
  /** The attempt that answered, which knows the credentials that its headers may repeat. */
  readonly attempt: Pick<Attempt, 'handedOn' | 'passes'>;
} & (
  | { readonly kind: 'object'; readonly body: unknown }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  /** `chunks`: bytes as they come, `stream`: OpenAI's items. */
  | { readonly kind: 'stream'; readonly stream: AnswerStream }
  | { readonly kind: 'chunks'; readonly stream: AnswerStream }
);

/** An answer's items as they come. A reader that stops says so, by `return`. */
export interface AnswerStream {
  next(): Promise<IteratorResult<unknown, undefined>>;
  return(): Promise<IteratorResult<unknown, undefined>>;
}

/** The line that every call follows. It ends exactly once: here, or when its stream ends. Throws what the caller is to see. */
export async function run(call: Call, owner: CallOwner, runtime: Runtime): Promise<Answer> {
  const place = owner.began(call);
  const record = new CallRecord(call, runtime, () => {
    call.cancellation.dispose();
    call.upload?.discard();
    owner.ended(place);
  });
  try {
    if (call.cancellation.cancelled) throw call.cancellation.reason;
    const admitting = admit(call, owner, record, runtime);
    const admitted = admitting instanceof Promise ? await admitting : admitting;
    const fallbacks = fallbacksOf(admitted.call, runtime);
    const candidates = candidatesFor(admitted.call, admitted.estimate, fallbacks, record, runtime);
    const context: AttemptsContext = {
      call: admitted.call,
      estimate: admitted.estimate,
      record,
      runtime,
      candidates,
      fallbacks,
    };
    const sent = await attemptUntilDecided(candidates, context);
    return answer(sent, context, owner);
  } catch (error) {
    throw toldError(failed(error, call, record), record, owner);
  }
}

interface Admitted {
  readonly call: Call;
  readonly estimate: Estimate;
}

/** Authorised, estimated and reserved: what the attempts may go ahead with. A promise only where the store is away. */
function admit(
  call: Call,
  owner: CallOwner,
  record: CallRecord,
  runtime: Runtime,
  passed?: Set<string>,
): Admitted | Promise<Admitted> {
  const grant = authoriseCall(call, runtime);
  const estimate = runtime.ledger.estimateCall(call);
  checkCost(call, grant, estimate, runtime);
  const goAhead = (admission: Admission) => {
    if (admission.admitted) {
      record.reservation = admission.reservation;
      const { maxOutputTokens } = admission;
      const held = maxOutputTokens === undefined ? estimate : estimate.clampedTo(maxOutputTokens);
      return { call: boundOutput(call, admission, estimate, grant), estimate: held };
    }
    const models = passed ?? new Set<string>();
    const lesser = downgraded(admission.denial, call, models, owner);
    if (lesser === undefined) throw denialError(admission.denial);
    return admit(lesser, owner, record, runtime, models);
  };
  const reserving = reserve(call, estimate, runtime);
  return reserving instanceof Promise ? reserving.then(goAhead) : goAhead(reserving);
}

function reserve(call: Call, estimate: Estimate, runtime: Runtime): Admission | Promise<Admission> {
  const reserving = runtime.ledger.reserveCall(call, estimate);
  return reserving instanceof Promise ? unlessCancelled(reserving, call) : reserving;
}

/** A reservation that is granted after the call was cancelled is given back. */
async function unlessCancelled(reserving: Promise<Admission>, call: Call): Promise<Admission> {
  const admission = await reserving;
  if (!call.cancellation.cancelled) return admission;
  if (admission.admitted) admission.reservation?.release();
  throw call.cancellation.reason;
}

function answer(sent: Sent, context: AttemptsContext, owner: CallOwner): Answer {
  const { call, record, runtime } = context;
  const { status, headers, attempt } = sent;
  record.deployment = attempt.deployment;
  if (call.modelPlan.affinity) runtime.affinity.remember(call, attempt.deployment.id);
  if (sent.kind === 'stream' || sent.kind === 'chunks') {
    const firstTokenMs = record.elapsedMs();
    record.commit(firstTokenMs);
    const recover = recoverBy(context, identity(sent.open.stream.held[0]));
    const stream = new MeteredStream(sent.open, record, runtime, recover, owner);
    return { kind: sent.kind, record, status, headers, attempt, stream };
  }
  if (sent.kind === 'bytes') {
    record.end('success');
    return { kind: 'bytes', record, status, headers, attempt, bytes: sent.bytes };
  }
  record.finishReason = sent.finishReason;
  if (call.plan.captureContent) record.output = sent.body;
  record.end('success');
  return { kind: 'object', record, status, headers, attempt, body: sent.body };
}

function identity(item: unknown): { id: string; created: number; model: string } {
  const { id = '', created = 0, model = '' } = (item ?? {}) as { id?: string; created?: number; model?: string };
  return { id, created, model };
}

/** Ends the record and gives the error that the caller is to see. */
function failed(error: unknown, call: Call, record: CallRecord): unknown {
  const { cancelled, reason } = call.cancellation;
  const final = cancelled ? (deadlineError(reason) ?? abortError(reason)) : error;
  const outcome: CallOutcome =
    cancelled && !(reason instanceof DeadlineExceeded) ? 'aborted' : isDenial(final) ? 'denied' : 'error';
  record.end(outcome, toEventError(final, call));
  return final;
}

const DENIALS = new Set(['access_denied', 'budget_exceeded', 'unknown_price', 'store_unavailable', 'invalid_key']);

function isDenial(error: unknown): boolean {
  return error instanceof RateLimitedError || (error instanceof APIError && DENIALS.has(error.code ?? ''));
}
