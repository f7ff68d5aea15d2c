import type { KeptAnswer } from '../../cache/kept-answer.ts';
import type { Call } from '../../core/call.ts';
import type { Deployment } from '../../core/deployment.ts';
import type { Route, RouteAttempt } from '../../core/route.ts';
import { NO_USAGE } from '../../core/usage.ts';
import { eventBase } from '../../events/event-base.ts';
import type { RequestEndEvent } from '../../events/event-map.ts';
import type { CallGuards } from '../../guards/call-guards.ts';
import { isUnpriced } from '../../ledger/unpriced.ts';
import type { Runtime } from '../runtime.ts';
import { CacheMiss, endOf } from './cache-miss.ts';
import { CallAccount } from './call-account.ts';
import { type CallOutcome, callEvents, type EndedCall, type NumberedAttempt } from './call-events.ts';
import type { AttemptEnd, CallUse } from './call-use.ts';
import { recordAttempt, recordError, recordKept } from './record-attempt.ts';
import { toRouteFailure } from './to-route-failure.ts';

/** A candidate that was left out, and why. */
type SkippedDeployment = { readonly deployment: Deployment; readonly reason: string };

/**
 * The facts of one call as they come: attempts, what they used, and how it ended. Everything that is reported or charged
 * for a call is read from here, and it ends exactly once.
 */
export class CallRecord implements EndedCall {
  readonly call: Call;
  readonly account: CallAccount;
  readonly attempts: RouteAttempt[] = [];
  readonly #runtime: Runtime;
  /** Under which the call is known as one under way. */
  readonly #ticket: number;
  #deployment: Deployment | undefined;
  #skipped: readonly SkippedDeployment[] = [];
  #guards: CallGuards | undefined;
  #cache: CacheMiss | KeptAnswer | undefined;
  #firstTokenMs: number | undefined;
  #finishReason: string | undefined;
  #output: unknown;
  #chunks: number | undefined;
  #isSpliced = false;
  #downgradedTo: string | undefined;
  /** Deployment that health counts the call at until its first attempt. */
  #assigned: string | undefined;
  /** The last attempt that used anything, and what it used: what tells the price. */
  #priced: { readonly deployment: Deployment; readonly end: AttemptEnd } | undefined;
  #durationMs: number | undefined;

  constructor(call: Call, runtime: Runtime) {
    this.call = call;
    this.account = new CallAccount(call, runtime);
    this.#runtime = runtime;
    this.#ticket = runtime.underWay.enter(call);
    runtime.events.emit('request.start', () => callEvents.requestStart(call, runtime.clock.now()));
  }

  /** The deployment that answered; undefined until then. */
  get deployment(): Deployment | undefined {
    return this.#deployment;
  }

  /** What guards have said of this call so far; undefined if none is for it. */
  get guards(): CallGuards | undefined {
    return this.#guards;
  }

  /** What the cache had for the call; undefined if it was not asked. */
  get cache(): CacheMiss | KeptAnswer | undefined {
    return this.#cache;
  }

  get use(): CallUse {
    return this.account.use;
  }

  get firstTokenMs(): number | undefined {
    return this.#firstTokenMs;
  }

  get finishReason(): string | undefined {
    return this.#finishReason;
  }

  /** What the caller got; only with `captureContent`. */
  get output(): unknown {
    return this.#output;
  }

  /** Items of a stream that came from the provider. */
  get chunks(): number | undefined {
    return this.#chunks;
  }

  /** Whether a broken stream went on with another deployment's words. */
  get isSpliced(): boolean {
    return this.#isSpliced;
  }

  /** The cheaper model that a budget has led the call to. */
  get downgradedTo(): string | undefined {
    return this.#downgradedTo;
  }

  get ended(): boolean {
    return this.#durationMs !== undefined;
  }

  /** Until now, or until its end. */
  get durationMs(): number {
    return this.#durationMs ?? this.elapsedMs();
  }

  elapsedMs(): number {
    return this.#runtime.clock.monotonicMs() - this.call.startedMonotonicMs;
  }

  guardedBy(guards: CallGuards | undefined): void {
    this.#guards = guards;
  }

  /** The cache has nothing, and waits for what this call brings. */
  missed(miss: CacheMiss): void {
    this.#cache = miss;
  }

  /** The cache has the answer: nothing is used, which is known. It is a request if something is held for it. */
  answeredFrom(kept: KeptAnswer, deployment: Deployment | undefined): void {
    this.#cache = kept;
    this.#deployment = deployment;
    this.use.add(0, this.account.isHeld, { usage: NO_USAGE, costNanoUsd: 0, source: 'reported' });
  }

  answeredBy(deployment: Deployment): void {
    this.#deployment = deployment;
  }

  downgraded(model: string): void {
    this.#downgradedTo = model;
  }

  leftOut(skipped: readonly SkippedDeployment[]): void {
    this.#skipped = skipped;
  }

  /** Another deployment goes on with a broken stream, or begins it anew. */
  recoveredBy(deployment: Deployment, spliced: boolean): void {
    this.#deployment = deployment;
    this.#isSpliced = spliced;
  }

  /** The caller gets the answer whole, or has got the last of its stream. */
  delivered(finishReason: string | undefined, output: unknown): void {
    this.#finishReason = finishReason;
    if (this.call.plan.captureContent) this.#output = output;
  }

  /** A stream has ended, in whatever way, after so many items of the provider's. */
  streamed(chunks: number | undefined): void {
    this.#chunks = chunks;
  }

  /** The first content of a stream is at hand, `firstTokenMs` after the start of the call. */
  commit(firstTokenMs: number): void {
    this.#firstTokenMs = firstTokenMs;
    this.#runtime.events.emit('stream.commit', () => ({
      type: 'stream.commit',
      ...eventBase(this.call, this.#runtime.clock.now()),
      deployment: this.#deployment?.id ?? '',
      firstTokenMs,
    }));
  }

  /** A kept answer is there as a stream. */
  commitKept(): void {
    this.#firstTokenMs = this.elapsedMs();
  }

  /** The call will go to a deployment of several: others that are ordered meanwhile take it into account. */
  assign(deploymentId: string): void {
    this.#assigned = deploymentId;
    this.#runtime.health.assign(deploymentId);
  }

  #unassign(): void {
    if (this.#assigned !== undefined) this.#runtime.health.unassign(this.#assigned);
    this.#assigned = undefined;
  }

  attemptStarted(deployment: Deployment): NumberedAttempt {
    const { accountOf, clock, events } = this.#runtime;
    this.#unassign();
    this.account.extendForAttempt();
    const numbered = { deployment, attempt: this.attempts.length + 1 };
    this.attempts.push({ deployment: deployment.id, startedAt: clock.now(), durationMs: 0 });
    events.emit('attempt.start', () => {
      const times = { at: clock.now(), startedAfterMs: this.elapsedMs() };
      const { origin } = accountOf(this.call.plan, deployment.provider).provider;
      return callEvents.attemptStart(this.call, numbered, times, origin);
    });
    return numbered;
  }

  attemptEnded(numbered: NumberedAttempt, durationMs: number, end: AttemptEnd): void {
    const { clock, events, ledger } = this.#runtime;
    const { deployment, attempt } = numbered;
    const failure = end.failure && toRouteFailure(end.failure);
    const started = this.attempts[attempt - 1];
    if (started) this.attempts[attempt - 1] = failure ? { ...started, durationMs, failure } : { ...started, durationMs };
    const reached = end.usage !== undefined || end.failure === undefined || end.failure.reachedProvider;
    this.use.add(attempt, reached, end);
    if (end.usage) this.#priced = { deployment, end };
    const at = clock.now();
    const usage = end.usage ?? NO_USAGE;
    const unpriced = !end.isOpen && isUnpriced(this.call, end.failure, usage, end.costNanoUsd);
    recordAttempt(this, { deployment, attempt, durationMs, end, at, reached, unpriced }, ledger);
    events.emit('attempt.end', () => callEvents.attemptEnd(this.call, numbered, end, { at, durationMs }));
    if (unpriced) events.emit('usage.unpriced', () => callEvents.usageUnpriced(this.call, numbered, usage, at));
  }

  /** Settles the call's account and reports its end; later calls do nothing. */
  end(outcome: CallOutcome, error?: RequestEndEvent['error']): void {
    if (this.ended) return;
    const { clock, events, underWay } = this.#runtime;
    this.#unassign();
    this.#durationMs = this.elapsedMs();
    if (outcome === 'error') recordError(this, this.#runtime);
    if (this.#cache !== undefined && !(this.#cache instanceof CacheMiss)) recordKept(this, this.#cache, outcome, this.#runtime);
    this.account.settle();
    this.endMiss(outcome);
    events.emit('request.end', () => callEvents.requestEnd(this, outcome, error, clock.now()));
    this.call.cancellation.dispose();
    this.call.upload?.discard();
    underWay.leave(this.#ticket);
  }

  /** Tells the cache how it went, if it waits for an answer. */
  endMiss(outcome: CallOutcome): void {
    if (this.#cache instanceof CacheMiss) this.#cache.end(endOf(outcome, this.call), this.#finishReason, this.use.costNanoUsd);
  }

  route(): Route {
    return {
      requestId: this.call.requestId,
      model: this.call.model,
      deployment: this.#deployment?.id,
      provider: this.#deployment?.provider,
      upstreamModel: this.#deployment?.upstreamModel,
      attempts: this.attempts.slice(),
      skipped: this.#skipped.map(({ deployment, reason }) => ({ deployment: deployment.id, reason })),
      usage: this.use.usage,
      costUsd: this.use.costUsd,
      price: this.#price(),
      usageSource: this.use.source,
      firstTokenMs: this.#firstTokenMs,
      durationMs: this.durationMs,
      ...(this.#isSpliced && { spliced: true }),
      ...(this.#cache && { cache: this.#cache.use }),
    };
  }

  #price(): Route['price'] {
    if (this.#priced === undefined) return undefined;
    const { deployment, end } = this.#priced;
    return end.usage && this.#runtime.ledger.priceOf(this.call.plan, deployment, end.usage, end.served);
  }
}
