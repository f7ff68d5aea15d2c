import type { Call } from '../../core/call.ts';
import type { Cancellation } from '../../core/cancellation.ts';
import { StreamTimeout } from '../../core/cancellation-reasons.ts';
import type { Deployment } from '../../core/deployment.ts';
import type { Failure } from '../../core/failure.ts';
import { redactedFailure } from '../../core/redacted-failure.ts';
import { Redactor } from '../../core/redactor.ts';
import { isIn } from '../../core/sent-credentials.ts';
import { untilCancelled } from '../../core/sleep.ts';
import type { Timeouts } from '../../core/timeouts.ts';
import type { RequestProgress } from '../../core/transport.ts';
import type { Work } from '../../core/work.ts';
import { countsAgainstHealth } from '../../failover/table.ts';
import { abandon, type UpstreamReply } from '../../providers/provider.ts';
import type { StreamTally } from '../reading/stream-tally.ts';
import type { Told, Used } from '../reading/used.ts';
import type { CallRecord } from '../record/call-record.ts';
import type { Runtime } from '../runtime.ts';
import { AttemptAccount } from './attempt-account.ts';
import { cancelledFailure } from './cancelled-failure.ts';
import { coolAfter } from './cool-after.ts';
import { isOfRuns, refusedInside } from './refused-inside.ts';
import type { Slot } from './slot.ts';
import { timeoutsOf, unlessTaken, unlessWhole, unreadableBody, upstreamRequest } from './upstream-request.ts';

/** One try of one call at one deployment: sends, and ends exactly once, as a success or with its failure. */
export class Attempt {
  readonly deployment: Deployment;
  readonly timeouts: Timeouts;
  readonly cancellation: Cancellation;
  readonly account: AttemptAccount;
  readonly #call: Call;
  readonly #slot: Slot;
  readonly #runtime: Runtime;
  readonly #startedMonotonicMs: number;
  readonly #progress: RequestProgress = {};
  #firstTokenMs: number | undefined;
  #ended = false;
  /** Known when it has ended. */
  #durationMs = 0;

  constructor(call: Call, slot: Slot, record: CallRecord, runtime: Runtime) {
    this.#call = call;
    this.#slot = slot;
    this.#runtime = runtime;
    this.deployment = slot.deployment;
    this.timeouts = timeoutsOf(call, slot.deployment);
    this.cancellation = call.cancellation.child();
    this.#startedMonotonicMs = runtime.clock.monotonicMs();
    this.account = new AttemptAccount(call, slot, record, runtime);
    runtime.health.started(slot.deployment);
  }

  /** The upstream's reply; rejects with whatever went wrong, at once when the attempt is cancelled. */
  send(newSocket: boolean): Promise<UpstreamReply> {
    const { call, account, credential, deployment } = this.#slot;
    const request = upstreamRequest(call, deployment);
    this.account.sends(request.params);
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
    if (isOfRuns(error, this.#call)) return refusedInside(error, this.#progress);
    return unlessTaken(this.#failureOf(error), this.#call, this.#progress);
  }

  #failureOf(error: unknown): Failure {
    if (this.#progress.came !== undefined) this.account.brokeOffAfter(this.#progress.came);
    if (this.cancellation.cancelled) return cancelledFailure(this.cancellation.reason, this.#progress.sent !== false);
    const failure = unreadableBody(this.#call, this.#progress) ?? this.#slot.account.provider.classify(error);
    return redactedFailure(unlessWhole(failure, this.#call.stream, this.#progress), this.#redactor());
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

  /** Notes the first content. */
  committed(): void {
    this.#firstTokenMs = this.#runtime.clock.monotonicMs() - this.#startedMonotonicMs;
  }

  /** A whole answer has come; `work` is what it began. */
  succeed(told: Told, work?: Work): void {
    if (this.#finish()) this.account.settleAnswer(told, work, this.#times);
  }

  /** The stream has come to its regular end. */
  succeedAsStream(tally: StreamTally): void {
    if (this.#finish()) this.account.settleStream(tally, this.#times);
  }

  /** What it used in spite of the failure; undefined if that is nothing, it had ended before, or work goes on. */
  fail(failure: Failure): Used | undefined {
    if (this.#ended) return undefined;
    this.cancellation.cancel(failure);
    this.#close();
    this.#afterFailure(failure);
    return this.account.settleFailure(failure, this.#times);
  }

  /** False if it had ended before. */
  #finish(): boolean {
    if (!this.#close()) return false;
    const durationMs = this.#durationMs;
    const times = { ok: true as const, firstTokenMs: this.#firstTokenMs ?? durationMs, durationMs };
    this.#runtime.health.finished(this.deployment, times, this.#call);
    return true;
  }

  get #times() {
    return { durationMs: this.#durationMs, hadContent: this.#firstTokenMs !== undefined };
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
