import type { KeptAnswer } from '../../cache/kept-answer.ts';
import type { Call } from '../../core/call.ts';
import type { Deployment } from '../../core/deployment.ts';
import { nanoToUsd } from '../../core/money.ts';
import type { Route, RouteAttempt } from '../../core/route.ts';
import { NO_USAGE, type Usage } from '../../core/usage.ts';
import type { Work } from '../../core/work.ts';
import type { RequestEndEvent } from '../../events/event-map.ts';
import type { CallGuards } from '../../guards/call-guards.ts';
import type { KeptReservation, Reservation } from '../../ledger/ledger.ts';
import { isUnpriced } from '../../ledger/unpriced.ts';
import type { Runtime } from '../runtime.ts';
import { continuesWork } from './asks-for-work.ts';
import { CacheMiss, endOf } from './cache-miss.ts';
import { type AttemptEnd, CallUse, type RunningUse } from './call-use.ts';
import { attemptFields, eventBase } from './event-base.ts';
import { recordAttempt, recordError } from './record-attempt.ts';
import { failuresAmong, toEventFailure } from './to-event-failure.ts';
import { toFinishReason } from './to-finish-reason.ts';
import { toRouteFailure } from './to-route-failure.ts';

export type CallOutcome = RequestEndEvent['outcome'];

/**
 * The facts of one call as they come: attempts, what they used, and how it ended. Everything that is reported or charged
 * for a call is read from here, and it ends exactly once.
 */
export class CallRecord {
  readonly call: Call;
  /** Held from the admission until the end of the call. */
  reservation: Reservation | undefined;
  deployment: Deployment | undefined;
  /** What guards have said of this call so far; undefined where none is for it. */
  guards: CallGuards | undefined;
  firstTokenMs: number | undefined;
  finishReason: string | undefined;
  spliced = false;
  /** Items of a stream that came from the provider. */
  chunks: number | undefined;
  output: unknown;
  /** What the cache had for the call; undefined if it was not asked. */
  cache: CacheMiss | KeptAnswer | undefined;
  readonly attempts: RouteAttempt[] = [];
  /** Deployment that health counts the call at until its first attempt. */
  #chosen: string | undefined;
  skipped: readonly { deployment: Deployment; reason: string }[] = [];
  readonly #runtime: Runtime;
  /** Under which the call is known as one under way. */
  readonly #ticket: number;
  readonly #use = new CallUse();
  /** The last attempt that used anything, and what it used: what tells the price. */
  #priced: { readonly deployment: Deployment; readonly end: AttemptEnd } | undefined;
  #durationMs: number | undefined;
  /** Further estimates, held for hedges and for attempts that the first does not cover; all use is settled on the first. */
  #furtherReservations: Reservation[] | undefined;
  /** What is held has been left to work that goes on. */
  #isOpen = false;

  constructor(call: Call, runtime: Runtime) {
    this.call = call;
    this.#runtime = runtime;
    this.#ticket = runtime.underWay.enter(call);
    runtime.events.emit('request.start', () => ({
      type: 'request.start',
      ...this.#base(),
      stream: call.stream,
      ...(call.plan.captureContent ? { input: call.params } : undefined),
    }));
  }

  get ended(): boolean {
    return this.#durationMs !== undefined;
  }

  elapsedMs(): number {
    return this.#runtime.clock.monotonicMs() - this.call.startedMonotonicMs;
  }

  /** The first content of a stream is at hand. */
  commit(firstTokenMs: number): void {
    this.firstTokenMs = firstTokenMs;
    const deployment = this.deployment?.id ?? '';
    this.#runtime.events.emit('stream.commit', () => ({ type: 'stream.commit', ...this.#base(), deployment, firstTokenMs }));
  }

  /** The call will go to a deployment of several: others that are ordered meanwhile take it into account. */
  chose(deploymentId: string): void {
    this.#chosen = deploymentId;
    this.#runtime.health.chose(deploymentId);
  }

  #begun(): void {
    if (this.#chosen !== undefined) this.#runtime.health.begun(this.#chosen);
    this.#chosen = undefined;
  }

  attemptStarted(deployment: Deployment): number {
    this.#begun();
    // A crash while it runs is to charge what those before it used.
    if (this.hasUsage) this.reservation?.extend(this.leaseMs(), this.#use.settlementSoFar());
    const attempt = this.attempts.length + 1;
    this.attempts.push({ deployment: deployment.id, startedAt: this.#runtime.clock.now(), durationMs: 0 });
    this.#runtime.events.emit('attempt.start', () => ({
      type: 'attempt.start',
      ...this.#base(),
      ...attemptFields(deployment, attempt),
      vendor: deployment.vendor,
      origin: this.#runtime.accountOf(this.call.plan, deployment.provider).provider.origin,
      startedAfterMs: this.elapsedMs(),
    }));
    return attempt;
  }

  attemptEnded(deployment: Deployment, attempt: number, durationMs: number, end: AttemptEnd): void {
    const { clock, events, ledger } = this.#runtime;
    const failure = end.failure && toRouteFailure(end.failure);
    const started = this.attempts[attempt - 1];
    if (started) this.attempts[attempt - 1] = failure ? { ...started, durationMs, failure } : { ...started, durationMs };
    const reached = end.usage !== undefined || end.failure === undefined || end.failure.reachedProvider;
    this.#use.add(attempt, reached, end);
    if (end.usage) this.#priced = { deployment, end };
    const at = clock.now();
    const usage = end.usage ?? NO_USAGE;
    const unpriced = !end.isOpen && isUnpriced(this.call, end.failure, usage, end.costNanoUsd);
    recordAttempt(this, { deployment, attempt, durationMs, end, at, reached, unpriced }, ledger);
    // Written out, as is the end of the request: copying the common fields costs more than all the rest of an event.
    events.emit('attempt.end', () => ({
      type: 'attempt.end',
      at,
      requestId: this.call.requestId,
      caller: this.call.caller,
      model: this.call.model,
      operation: this.call.operation,
      deployment: deployment.id,
      provider: deployment.provider,
      upstreamModel: deployment.upstreamModel,
      attempt,
      durationMs,
      failure: end.failure && toEventFailure(end.failure, this.call),
      usage: end.usage,
      costUsd: end.costNanoUsd === undefined ? undefined : nanoToUsd(end.costNanoUsd),
    }));
    if (unpriced) this.#reportUnpriced(deployment, attempt, usage);
  }

  #reportUnpriced(deployment: Deployment, attempt: number, usage: Usage): void {
    this.#runtime.events.emit('usage.unpriced', () => ({
      type: 'usage.unpriced',
      ...this.#base(),
      ...attemptFields(deployment, attempt),
      usage,
    }));
  }

  /** Whether the attempts so far used anything. */
  get hasUsage(): boolean {
    return this.#use.isSome;
  }

  /** Of all attempts so far; undefined if none used anything, or the price of any is not known. */
  get costNanoUsd(): number | undefined {
    return this.#use.costNanoUsd;
  }

  /** Answered from the cache: nothing was used, which is known. */
  answeredFrom(kept: KeptAnswer): void {
    this.cache = kept;
    this.#use.add(0, false, { usage: NO_USAGE, costNanoUsd: 0, source: 'reported' });
  }

  /** Keeps a further estimate until the end of the call; one that comes after it is given back at once. */
  holdFurther(reservation: Reservation): void {
    if (this.ended) reservation.release();
    else this.#furtherReservations = [...(this.#furtherReservations ?? []), reservation];
  }

  /** From now on a process that dies leaves all that is held to be charged: its provider may be at work that nobody has seen. */
  holdForWork(ofAttempt: Reservation | undefined): void {
    this.reservation?.extend(this.leaseMs(), 'held');
    ofAttempt?.extend(this.leaseMs(), 'held');
  }

  /** A provider goes on with work of this call: what is held is kept for it, and the end of the call settles nothing. */
  leaveOpen(work: Work, call: Call, deployment: Deployment, ofAttempt: KeptReservation | undefined): Promise<void> | undefined {
    this.#isOpen = true;
    const kept = this.#runtime.ledger.background.keep({
      work,
      call: { ...call, model: this.call.model },
      deployment,
      ofCall: this.reservation?.keep(),
      ofAttempt,
      further: (this.#furtherReservations ?? []).flatMap((reservation) => reservation.keep() ?? []),
      before: { ...this.#use.settlement(), requests: 1 },
      continues: continuesWork(call),
    });
    return kept || undefined;
  }

  /** How long what is held may go unsettled from now on. */
  leaseMs(): number {
    return Math.ceil(Math.max(this.call.deadlineMs - this.#runtime.clock.monotonicMs(), 0) + this.call.plan.leaseMs);
  }

  /** Prolongs the lease, and tells what it is to charge if this process dies: what ended attempts used, and `running` so far. */
  extendLease(attempt: number, running: RunningUse): void {
    this.#use.running(attempt, running);
    this.reservation?.extend(this.leaseMs(), this.#use.settlementSoFar());
  }

  /** Settles the call's reservation and reports its end; later calls do nothing. */
  end(outcome: CallOutcome, error?: RequestEndEvent['error']): void {
    if (this.ended) return;
    this.#begun();
    this.#durationMs = this.elapsedMs();
    if (outcome === 'error') recordError(this, this.#runtime);
    if (!this.#isOpen) this.#settle();
    this.endMiss(outcome);
    this.#runtime.events.emit('request.end', () => this.#endEvent(outcome, error));
    this.call.cancellation.dispose();
    this.call.upload?.discard();
    this.#runtime.underWay.leave(this.#ticket);
  }

  /** Tells the cache how it went, if it waits for an answer. */
  endMiss(outcome: CallOutcome): void {
    if (this.cache instanceof CacheMiss) this.cache.end(endOf(outcome, this.call), this.finishReason, this.costNanoUsd);
  }

  #settle(): void {
    if (this.#use.reachedProvider) this.reservation?.settle(this.#use.settlement());
    else this.reservation?.release();
    if (this.#furtherReservations) for (const reservation of this.#furtherReservations) reservation.release();
  }

  #endEvent(outcome: CallOutcome, error: RequestEndEvent['error']): RequestEndEvent {
    const { requestId, caller, model, operation, plan } = this.call;
    const event: RequestEndEvent = {
      type: 'request.end',
      at: this.#runtime.clock.now(),
      requestId,
      caller,
      model,
      operation,
      outcome,
      deployment: this.deployment?.id,
      provider: this.deployment?.provider,
      upstreamModel: this.deployment?.upstreamModel,
      attempts: this.attempts.length,
      usage: this.#use.usage,
      costUsd: this.#costUsd(),
      usageSource: this.#use.source,
      durationMs: this.#durationMs ?? 0,
      firstTokenMs: this.firstTokenMs,
      finishReason: toFinishReason(this.finishReason),
      chunks: this.chunks,
      failures: failuresAmong(this.attempts),
      error,
      ...(this.cache && { cache: this.cache.use.hit ? 'hit' : 'miss' }),
    };
    return plan.captureContent ? { ...event, output: this.output } : event;
  }

  route(): Route {
    return {
      requestId: this.call.requestId,
      model: this.call.model,
      deployment: this.deployment?.id,
      provider: this.deployment?.provider,
      upstreamModel: this.deployment?.upstreamModel,
      attempts: this.attempts.slice(),
      skipped: this.skipped.map(({ deployment, reason }) => ({ deployment: deployment.id, reason })),
      usage: this.#use.usage,
      costUsd: this.#costUsd(),
      price: this.#price(),
      usageSource: this.#use.source,
      firstTokenMs: this.firstTokenMs,
      durationMs: this.#durationMs ?? this.elapsedMs(),
      ...(this.spliced && { spliced: true }),
      ...(this.cache && { cache: this.cache.use }),
    };
  }

  #price(): Route['price'] {
    if (this.#priced === undefined) return undefined;
    const { deployment, end } = this.#priced;
    return end.usage && this.#runtime.ledger.priceOf(this.call.plan, deployment, end.usage, end.served);
  }

  #costUsd(): number | undefined {
    return this.costNanoUsd === undefined ? undefined : nanoToUsd(this.costNanoUsd);
  }

  #base() {
    return eventBase(this.call, this.#runtime.clock.now());
  }
}
