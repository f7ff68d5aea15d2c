import type { Call } from '../../core/call.ts';
import type { Cancellation } from '../../core/cancellation.ts';
import { StreamTimeout } from '../../core/cancellation-reasons.ts';
import type { Deployment } from '../../core/deployment.ts';
import type { Failure } from '../../core/failure.ts';
import type { Params } from '../../core/params.ts';
import { redactedFailure } from '../../core/redact-failure.ts';
import { Redactor } from '../../core/redactor.ts';
import { isIn } from '../../core/sent-credentials.ts';
import { servedOrAsked, servingAsked } from '../../core/served.ts';
import { untilCancelled } from '../../core/sleep.ts';
import type { Timeouts } from '../../core/timeouts.ts';
import type { RequestProgress } from '../../core/transport.ts';
import { completedUsage, NO_USAGE, type Usage } from '../../core/usage.ts';
import { endOf, type Work } from '../../core/work.ts';
import { countsAgainstHealth } from '../../failover/table.ts';
import { type Delivered, NOTHING_DELIVERED } from '../../ledger/delivered.ts';
import { countsUnits } from '../../ledger/unit-counts.ts';
import { abandon, type UpstreamReply } from '../../providers/provider.ts';
import { isWhole } from '../reading/answer-facts.ts';
import { toolsOf } from '../reading/called-tools.ts';
import { showCounts, type UsageCompleter } from '../reading/show-counts.ts';
import type { StreamTally } from '../reading/stream-tally.ts';
import { FREE, type Told, type Used, usedByStream, usedInFact, usedWithTools, usedWithUnits } from '../reading/used.ts';
import { usedInSpiteOf } from '../reading/used-in-spite-of.ts';
import { reservedFor, workInFailure } from '../reading/work-in-answer.ts';
import { asksForWork, continuesWork } from '../record/asks-for-work.ts';
import type { NumberedAttempt } from '../record/call-events.ts';
import type { CallRecord } from '../record/call-record.ts';
import type { Runtime } from '../runtime.ts';
import { cancelledFailure } from './cancelled-failure.ts';
import { coolAfter } from './cool-after.ts';
import type { Slot } from './slot.ts';
import { StreamLease } from './stream-lease.ts';
import { timeoutsOf, unlessTaken, unreadableBody, upstreamRequest } from './upstream-request.ts';

/** One try of one call at one deployment: sends, and ends exactly once, as a success or with its failure. */
export class Attempt implements UsageCompleter {
  readonly deployment: Deployment;
  readonly timeouts: Timeouts;
  readonly cancellation: Cancellation;
  /** Undefined where nothing is held for the stream, or none has begun. */
  lease: StreamLease | undefined;
  readonly #call: Call;
  readonly #slot: Slot;
  readonly #record: CallRecord;
  readonly #runtime: Runtime;
  readonly #numbered: NumberedAttempt;
  readonly #startedMonotonicMs: number;
  readonly #progress: RequestProgress = {};
  /** With the defaults of model and deployment, once it is sent. */
  #sentParams: Params;
  #tally: StreamTally | undefined;
  /** Of an answer that came whole. */
  #delivered: Delivered | undefined;
  #firstTokenMs: number | undefined;
  #ended = false;
  /** What is held has been left to the end of the work that this began. */
  #goesOn = false;
  /** Where the store is away from the process: until it knows of work that goes on. Whoever is told of the work finds it noted. */
  pending: Promise<unknown> | undefined;
  calledTools: readonly string[] | undefined;
  /** Known when it has ended. */
  #durationMs = 0;

  constructor(call: Call, slot: Slot, record: CallRecord, runtime: Runtime) {
    this.#call = call;
    this.#slot = slot;
    this.#record = record;
    this.#runtime = runtime;
    this.deployment = slot.deployment;
    this.timeouts = timeoutsOf(call, slot.deployment);
    this.cancellation = call.cancellation.child();
    this.#sentParams = call.params;
    this.#startedMonotonicMs = runtime.clock.monotonicMs();
    this.#numbered = record.attemptStarted(slot.deployment);
    runtime.health.started(slot.deployment);
  }

  /** The upstream's reply; rejects with whatever went wrong, at once when the attempt is cancelled. */
  send(newSocket: boolean): Promise<UpstreamReply> {
    const { call, account, credential, deployment } = this.#slot;
    const request = upstreamRequest(call, deployment);
    this.#sentParams = request.params;
    if (asksForWork(call)) this.#record.account.extendForWork(this.#slot.reservation);
    const sent = account.provider.send(request, {
      requestId: this.#call.requestId,
      cancellation: this.cancellation,
      timeouts: this.timeouts,
      clock: this.#runtime.clock,
      credential,
      capabilities: deployment.capabilities,
      progress: this.#progress,
      newSocket,
    });
    // The transport keeps the time of what was handed to it, and ends it when it is cancelled.
    if (this.#progress.sent !== undefined) return sent;
    return this.#withinFirstToken(untilCancelled(sent, this.cancellation, abandon));
  }

  /** For a provider without the transport, middleware that stalls, and a token that does not come. */
  #withinFirstToken(reply: Promise<UpstreamReply>): Promise<UpstreamReply> {
    const { firstTokenMs } = this.timeouts;
    const timer = this.#runtime.clock.setTimeout(() => {
      if (this.#progress.sent === undefined) this.cancellation.cancel(new StreamTimeout('first_token_timeout', firstTokenMs));
    }, firstTokenMs);
    return reply.finally(() => timer.cancel());
  }

  /** A throw as a failure. Our own cancellations are known by their reason, never by an error's name. */
  toFailure(error: unknown): Failure {
    return unlessTaken(this.#failureOf(error), this.#call, this.#progress);
  }

  #failureOf(error: unknown): Failure {
    if (this.cancellation.cancelled) return cancelledFailure(this.cancellation.reason, this.#progress.sent !== false);
    const failure = unreadableBody(this.#call, this.#progress) ?? this.#slot.account.provider.classify(error);
    return redactedFailure(failure, this.#redactor());
  }

  /** Knows the credentials of this attempt; made anew, since few attempts need it. */
  #redactor(): Redactor {
    return new Redactor([...(this.#progress.credentials?.values() ?? []), ...this.#slot.account.secrets()]);
  }

  /** The headers of this attempt's answer that are for the client. */
  handedOn(headers: Readonly<Record<string, string>>): Record<string, string> {
    return this.#redactor().headers(headers, this.#progress.answered ?? {});
  }

  /** Whether the id of an answer is free of credentials; asked of every answer, so that no redactor is made. */
  passes(id: string): boolean {
    const { credentials } = this.#progress;
    return credentials === undefined ? !isIn(this.#slot.account.secrets(), id) : !credentials.areIn(id);
  }

  /** The answer is a stream, and `tally` what counts it from now on. */
  reads(tally: StreamTally): void {
    this.#tally = tally;
    tally.completer = this;
    const { reservation } = this.#slot;
    const { account } = this.#record;
    // Until work is settled a lapse is to charge all that is held for it.
    if (this.lease !== undefined || asksForWork(this.#call) || !(reservation || account.isHeld)) return;
    const attempt = { ...this.#numbered, asked: servingAsked(this.#sentParams), reservation };
    this.lease = new StreamLease(this.#call, attempt, account, this.#runtime);
  }

  /** Notes the first content. */
  committed(): void {
    this.#firstTokenMs = this.#runtime.clock.monotonicMs() - this.#startedMonotonicMs;
  }

  /** The provider goes on with it whatever becomes of this answer: what is held stays so until somebody sees its end. */
  goesOn(work: Work): void {
    if (this.#goesOn) return;
    this.#goesOn = true;
    this.pending = this.#record.account.leaveTo(work, this.#call, this.deployment, this.#slot.reservation?.keep());
  }

  /** A whole answer has come; `work` is what it began. */
  succeed(told: Told, work?: Work): void {
    if (!this.#finish(work)) return;
    const { usage, served } = told;
    this.#delivered = told.delivered;
    if (isWhole(usage)) this.#settleAnswer({ usage, source: 'reported', served });
    else this.#settleAnswer(this.#reserved() ?? usedInFact(told, this.#call, this.deployment, this.#runtime.ledger));
  }

  /** The stream has come to its regular end. */
  succeedAsStream(tally: StreamTally): void {
    if (!this.#finish(tally.work)) return;
    const used = usedByStream(tally, this.#call, this.deployment, this.#runtime.ledger);
    this.#settleAnswer((tally.usage === undefined ? this.#reserved() : undefined) ?? used);
  }

  /** False where it had ended before, or its accounts are left to work that goes on. */
  #finish(work: Work | undefined): boolean {
    if (!this.#close()) return false;
    const durationMs = this.#durationMs;
    const times = { ok: true as const, firstTokenMs: this.#firstTokenMs ?? durationMs, durationMs };
    this.#runtime.health.finished(this.deployment, times, this.#call);
    return work === undefined || !this.#leftTo(work, undefined);
  }

  #settleAnswer(used: Used): void {
    if (used.source === 'reported') this.#runtime.ledger.calibrate(this.#call, this.deployment, used.usage);
    this.#settle(used, undefined);
  }

  /** What it used in spite of the failure; undefined where that is nothing, it had ended before, or work goes on. */
  fail(failure: Failure): Used | undefined {
    if (this.#ended) return undefined;
    this.cancellation.cancel(failure);
    this.#close();
    this.#afterFailure(failure);
    const work = workInFailure(failure) ?? this.#tally?.work;
    if (work && this.#leftTo(work, failure)) return undefined;
    const used = usedInSpiteOf(failure, this.#tally, this.#hasBegun, this.#call, this.deployment, this.#runtime.ledger);
    if (used !== undefined) {
      this.#settle(used, failure);
      return used;
    }
    this.#slot.reservation?.settle({ requests: failure.reachedProvider ? 1 : 0, usage: NO_USAGE, costNanoUsd: undefined });
    this.#record.attemptEnded(this.#numbered, this.#durationMs, { failure });
    return undefined;
  }

  completeUsage(answer: unknown, told: Usage, delivered: Delivered = this.#tally?.delivered() ?? NOTHING_DELIVERED): void {
    showCounts(answer, completedUsage(told, this.#runtime.ledger.estimateUsage(this.#call, this.deployment, delivered)));
  }

  /** Of an answer whose form nobody knows. */
  #reserved(): Used | undefined {
    return this.#call.operation === 'passthrough' ? reservedFor(this.#call, this.deployment, this.#runtime.ledger) : undefined;
  }

  /**
   * Whether the accounts are left to the work: of work under way, of a step of it, and of what was left to it before. Of
   * work that was only read nothing is; its end is settled for whoever began it.
   */
  #leftTo(work: Work, failure: Failure | undefined): boolean {
    const { ledger } = this.#runtime;
    const { plan, cost } = this.#call;
    const isOpen = cost !== 'free' && (this.#goesOn || !work.ended || continuesWork(this.#call));
    if (isOpen) this.goesOn(work);
    const end = work.ended && (isOpen || cost === 'free') ? endOf(work) : undefined;
    // In this order also where the store is away: what is not noted yet cannot be settled.
    const settle = () => end && ledger.background.settle(this.deployment.provider, end, plan);
    this.pending = this.pending ? this.pending.then(settle) : settle() || undefined;
    if (!isOpen) return false;
    this.#record.attemptEnded(this.#numbered, this.#durationMs, {
      failure,
      usage: end?.usage,
      source: 'reported',
      costNanoUsd: end?.usage && ledger.costNanoUsd(plan, this.deployment, end.usage, end.served),
      served: end?.served,
      isOpen,
    });
    return true;
  }

  #settle(used: Used, failure: Failure | undefined): void {
    const { plan, cost, runs } = this.#call;
    const { usage, source } = cost === 'free' ? FREE : this.#inAll(used, failure);
    const served = servedOrAsked(used.served, servingAsked(this.#sentParams));
    const known = cost === 'free' ? 0 : used.costNanoUsd;
    const { ledger } = this.#runtime;
    const costNanoUsd = known ?? ledger.costNanoUsd(plan, this.deployment, usage, served);
    const leastNanoUsd = costNanoUsd === undefined ? ledger.leastCostNanoUsd(plan, this.deployment, usage, served) : undefined;
    this.#slot.reservation?.settle({ requests: 1, usage, costNanoUsd, leastNanoUsd });
    this.#record.attemptEnded(this.#numbered, this.#durationMs, {
      failure,
      usage,
      source,
      costNanoUsd,
      leastNanoUsd,
      served,
      tools: runs && toolsOf(used.usage, this.calledTools, this.#tally),
    });
  }

  /** Whether the answer had content, or a tool that the vendor ran for it. */
  get #hasBegun(): boolean {
    return this.#firstTokenMs !== undefined || this.#tally?.usedTools === true;
  }

  /** The output of a vendor's own response shows every use of a tool; a failure before any content had none. */
  #inAll(used: Used, failure: Failure | undefined): Used {
    const { operation } = this.#call;
    const { ledger } = this.#runtime;
    const showsUses = operation === 'responses' && !this.#slot.account.bridgesResponses;
    const isCounted = failure === undefined ? showsUses : !this.#hasBegun;
    const whole = isCounted ? used : usedWithTools(used, this.#sentParams, this.#call, this.deployment, ledger);
    if (!countsUnits(operation)) return whole;
    const sent = { ...this.#call, params: this.#sentParams };
    const delivered = this.#delivered ?? this.#tally?.delivered();
    return usedWithUnits(whole, sent, this.deployment, delivered, failure !== undefined, ledger);
  }

  #afterFailure(failure: Failure): void {
    const { health } = this.#runtime;
    const outcome = {
      ok: false as const,
      failure,
      countsAgainstHealth: countsAgainstHealth(failure),
      durationMs: this.#durationMs,
    };
    health.finished(this.deployment, outcome, this.#call);
    coolAfter(failure, this.#slot, this.#call, health);
  }

  #close(): boolean {
    if (this.#ended) return false;
    this.#ended = true;
    this.#durationMs = this.#runtime.clock.monotonicMs() - this.#startedMonotonicMs;
    this.#slot.permit.release();
    this.cancellation.dispose();
    return true;
  }
}
