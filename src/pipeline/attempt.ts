import type { Call } from '../core/call.ts';
import type { Cancellation } from '../core/cancellation.ts';
import { DeadlineExceeded, StreamTimeout } from '../core/cancellation-reasons.ts';
import type { Deployment } from '../core/deployment.ts';
import type { Failure } from '../core/failure.ts';
import type { Params } from '../core/params.ts';
import { redactedFailure } from '../core/redact-failure.ts';
import { Redactor } from '../core/redactor.ts';
import { isIn } from '../core/sent-credentials.ts';
import { type Served, servedOf, servedOrAsked, servingAsked } from '../core/served.ts';
import { untilCancelled } from '../core/sleep.ts';
import type { Timeouts } from '../core/timeouts.ts';
import type { RequestProgress } from '../core/transport.ts';
import { NO_USAGE, type Usage, type UsageSource, usageFromOpenAi } from '../core/usage.ts';
import { endOf, type Work } from '../core/work.ts';
import { FAILURE_RULES } from '../failover/table.ts';
import type { Reservation } from '../ledger/ledger.ts';
import type { Permit } from '../pacing/pacing.ts';
import { abandon, type Credential, type UpstreamReply } from '../providers/provider.ts';
import { asksForWork, continuesWork, reservedFor, workInFailure } from './background.ts';
import type { CallRecord } from './call-record.ts';
import type { ProviderAccount, Runtime } from './runtime.ts';
import type { StreamTally } from './stream-tally.ts';
import { upstreamRequest } from './upstream-request.ts';

/** What an attempt holds while it runs. */
export interface AttemptHold {
  /** With the bound that budgets put on its output here. */
  readonly call: Call;
  readonly deployment: Deployment;
  readonly account: ProviderAccount;
  readonly credential: Credential | undefined;
  readonly permit: Permit;
  /** Of the deployment's rpm and tpm. */
  readonly reservation: Reservation | undefined;
}

/** What an attempt used in spite of its failure. */
export interface Consumed {
  readonly usage: Usage;
  readonly source: UsageSource;
  /** Where it is not what the usage costs: of what has a price and no tokens. */
  readonly costNanoUsd?: number | undefined;
  /** What the provider may go on with all the same. */
  readonly work?: Work | undefined;
}

/** One try of one call at one deployment: sends, and ends exactly once, as a success or with its failure. */
export class Attempt {
  readonly deployment: Deployment;
  readonly cancellation: Cancellation;
  readonly #call: Call;
  readonly #hold: AttemptHold;
  readonly #record: CallRecord;
  readonly #runtime: Runtime;
  readonly #number: number;
  readonly #startedMonotonicMs: number;
  readonly #progress: RequestProgress = {};
  /** With the defaults of model and deployment, once it is sent. */
  #sentParams: Params;
  #leaseDueMs = 0;
  #firstTokenMs: number | undefined;
  #ended = false;
  /** What is held has been left to the end of the work that this began. */
  #goesOn = false;
  /** Where the store is away from the process: until it knows of work that goes on. Whoever is told of the work finds it noted. */
  pending: Promise<unknown> | undefined;
  /** Known when it has ended. */
  #durationMs = 0;

  constructor(call: Call, hold: AttemptHold, record: CallRecord, runtime: Runtime) {
    this.#call = call;
    this.#hold = hold;
    this.#record = record;
    this.#runtime = runtime;
    this.deployment = hold.deployment;
    this.cancellation = call.cancellation.child();
    this.#sentParams = call.params;
    this.#startedMonotonicMs = runtime.clock.monotonicMs();
    this.#number = record.attemptStarted(hold.deployment);
    runtime.health.started(hold.deployment);
  }

  get timeouts(): Timeouts {
    return this.deployment.timeouts ?? this.#call.modelPlan.timeouts;
  }

  /** The upstream's reply; rejects with whatever went wrong, at once when the attempt is cancelled. */
  send(newSocket: boolean): Promise<UpstreamReply> {
    const { call, account, credential, deployment } = this.#hold;
    const request = upstreamRequest(call, deployment);
    this.#sentParams = request.params;
    if (asksForWork(call)) this.#record.holdForWork(this.#hold.reservation);
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
    if (!this.cancellation.cancelled) return redactedFailure(this.#hold.account.provider.classify(error), this.#redactor());
    const { reason } = this.cancellation;
    const reachedProvider = this.#progress.sent !== false;
    if (reason instanceof StreamTimeout || reason instanceof DeadlineExceeded) {
      const { code, message } = reason;
      return { kind: 'timeout', code, message, words: message, reachedProvider, cause: reason };
    }
    return { kind: 'aborted', code: 'aborted', message: 'the call was aborted', reachedProvider, cause: reason };
  }

  /** Knows the credentials of this attempt; made anew, since few attempts need it. */
  #redactor(): Redactor {
    return new Redactor([...(this.#progress.credentials?.values() ?? []), ...this.#hold.account.secrets()]);
  }

  /** The headers of this attempt's answer that are for the client. */
  handedOn(headers: Readonly<Record<string, string>>): Record<string, string> {
    return this.#redactor().headers(headers, this.#progress.answered ?? {});
  }

  /** Whether the id of an answer is free of credentials; asked of every answer, so that no redactor is made. */
  passes(id: string): boolean {
    const { credentials } = this.#progress;
    return credentials === undefined ? !isIn(this.#hold.account.secrets(), id) : !credentials.areIn(id);
  }

  /** Notes the first content; milliseconds since the attempt began. */
  committed(): number {
    this.#firstTokenMs = this.#runtime.clock.monotonicMs() - this.#startedMonotonicMs;
    return this.#firstTokenMs;
  }

  /** Now and then while a stream runs: the store learns what was used so far, which a crash would lose. */
  keepLease(tally: StreamTally): void {
    // Until work is settled a lapse is to charge all that is held for it.
    if (asksForWork(this.#call)) return;
    const nowMs = this.#runtime.clock.monotonicMs();
    if (this.#leaseDueMs === 0) this.#leaseDueMs = nowMs + EXTEND_EVERY_MS;
    if (nowMs < this.#leaseDueMs || this.#record.reservation === undefined) return;
    this.#leaseDueMs = nowMs + EXTEND_EVERY_MS;
    const { usage } = this.consumed(tally);
    const served = this.#servedOrAsked(tally.served);
    this.#record.extendLease(usage, this.#runtime.ledger.costNanoUsd(this.#call.plan, this.deployment, usage, served));
  }

  /** The provider goes on with it whatever becomes of this answer: what is held stays so until somebody sees its end. */
  goesOn(work: Work): void {
    if (this.#goesOn) return;
    this.#goesOn = true;
    this.pending = this.#record.leaveOpen(work, this.#call, this.deployment, this.#hold.reservation?.keep());
  }

  succeed(usage: Usage | undefined, outputCharacters: number, served: Served | undefined, work?: Work): void {
    if (!this.#close()) return;
    const { health, ledger } = this.#runtime;
    const durationMs = this.#durationMs;
    health.finished(this.deployment, { ok: true, firstTokenMs: this.#firstTokenMs ?? durationMs, durationMs }, this.#call);
    if (work && this.#leftTo(work, undefined)) return;
    if (usage) ledger.calibrate(this.#call, this.deployment, usage);
    this.#settle(usage ? { usage, source: 'reported' } : this.#unreported(outputCharacters), undefined, served);
  }

  /** What a broken or dropped answer used: as reported, else input and the output counted. Never the worst case, never nothing. */
  consumed({ usage, characters, work }: StreamTally): Consumed {
    if (usage) return { usage, source: 'reported', work };
    const counted = this.#runtime.ledger.estimateUsage(this.#call, this.deployment, characters);
    return { usage: counted, source: 'estimated', work };
  }

  /** `consumed` is what the provider reported or the gateway counted of an answer that did not complete. */
  fail(failure: Failure, consumed?: Consumed): void {
    if (this.#ended) return;
    this.cancellation.cancel(failure);
    this.#close();
    this.#afterFailure(failure);
    const work = workInFailure(failure) ?? consumed?.work;
    if (work && this.#leftTo(work, failure)) return;
    const reported = consumed ?? (failure.usage && { usage: failure.usage, source: 'reported' as const });
    if (reported) {
      this.#settle(reported, failure, undefined);
      return;
    }
    this.#hold.reservation?.settle({ requests: failure.reachedProvider ? 1 : 0, usage: NO_USAGE, costNanoUsd: undefined });
    this.#record.attemptEnded(this.deployment, this.#number, this.#durationMs, { failure });
  }

  /** Of an answer whose form nobody knows what was reserved; of another its input, and the output as far as it was counted. */
  #unreported(outputCharacters: number): Consumed {
    const { ledger } = this.#runtime;
    if (this.#call.operation === 'passthrough') return reservedFor(this.#call, this.deployment, ledger);
    return { usage: ledger.estimateUsage(this.#call, this.deployment, outputCharacters), source: 'estimated' };
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
    this.#record.attemptEnded(this.deployment, this.#number, this.#durationMs, {
      failure,
      usage: end?.usage,
      source: 'reported',
      costNanoUsd: end?.usage && ledger.costNanoUsd(plan, this.deployment, end.usage, end.served),
      served: end?.served,
      isOpen,
    });
    return true;
  }

  #settle(consumed: Consumed, failure: Failure | undefined, said: Served | undefined): void {
    const { plan, cost } = this.#call;
    const { usage, source } = cost === 'free' ? FREE : consumed;
    const served = this.#servedOrAsked(said);
    const known = cost === 'free' ? 0 : consumed.costNanoUsd;
    const costNanoUsd = known ?? this.#runtime.ledger.costNanoUsd(plan, this.deployment, usage, served);
    this.#hold.reservation?.settle({ requests: 1, usage, costNanoUsd });
    this.#record.attemptEnded(this.deployment, this.#number, this.#durationMs, {
      failure,
      usage,
      source,
      costNanoUsd,
      served,
    });
  }

  #servedOrAsked(said: Served | undefined): Served | undefined {
    return servedOrAsked(said, servingAsked(this.#sentParams));
  }

  #afterFailure(failure: Failure): void {
    const { health } = this.#runtime;
    const { cool: rule, countsAgainstHealth } = FAILURE_RULES[failure.kind];
    // A path that a provider does not have says nothing of the model that the request names.
    const cool = failure.kind === 'model-unavailable' && this.#call.operation === 'passthrough' ? undefined : rule;
    health.finished(this.deployment, { ok: false, failure, countsAgainstHealth, durationMs: this.#durationMs }, this.#call);
    const forMs = cool?.forMs === 'retry-after' ? failure.retryAfterMs : cool?.forMs;
    if (cool === undefined || !forMs) return;
    const { credential, account } = this.#hold;
    const { credentials } = account;
    if (cool.scope === 'deployment' || credential === undefined || credentials.size === 1) {
      health.coolDown('deployment', this.deployment.id, forMs, failure.kind, this.#call);
      return;
    }
    health.coolDown('credential', credential.id, forMs, failure.kind, this.#call);
    if (credentials.usableCount > 0) return;
    const soonestMs = Math.min(...credentials.ids.map((id) => health.coolsForMs('credential', id)));
    health.coolDown('deployment', this.deployment.id, soonestMs, failure.kind, this.#call);
  }

  #close(): boolean {
    if (this.#ended) return false;
    this.#ended = true;
    this.#durationMs = this.#runtime.clock.monotonicMs() - this.#startedMonotonicMs;
    this.#hold.permit.release();
    this.cancellation.dispose();
    return true;
  }
}

const FREE: Consumed = { usage: NO_USAGE, source: 'reported' };

// A crash loses what a stream delivered since; each time costs a shared store one command.
const EXTEND_EVERY_MS = 5_000;

/** Usage of a whole answer; its characters are counted only where it reports no usage. */
export function readAnswer(body: unknown): {
  usage: Usage | undefined;
  served: Served | undefined;
  characters: number;
  finishReason: string | undefined;
} {
  // What is handed through may be any JSON.
  const answer = (typeof body === 'object' && body !== null ? body : {}) as WholeAnswer;
  const usage = usageFromOpenAi(answer.usage);
  return {
    usage,
    served: servedOf(body),
    characters: usage ? 0 : charactersOf(answer),
    finishReason: answer.choices?.[0]?.finish_reason ?? answer.status,
  };
}

/** The text of an answer; of calls and of the items of a Responses answer, their JSON. */
function charactersOf({ choices = [], output }: WholeAnswer): number {
  let characters = output ? JSON.stringify(output).length : 0;
  for (const { message, text } of choices) {
    characters += (text?.length ?? 0) + (message?.content?.length ?? 0) + (message?.reasoning_content?.length ?? 0);
    if (message?.tool_calls) characters += JSON.stringify(message.tool_calls).length;
  }
  return characters;
}

interface WholeAnswer {
  usage?: unknown;
  status?: string;
  output?: unknown[];
  choices?: {
    finish_reason?: string;
    text?: string;
    message?: { content?: string | null; reasoning_content?: string; tool_calls?: unknown[] };
  }[];
}
