import type { Call } from '../../core/call.ts';
import type { Failure } from '../../core/failure.ts';
import type { Params } from '../../core/params.ts';
import { servedOrAsked, servingAsked } from '../../core/served.ts';
import { completedUsage, NO_USAGE, type Usage } from '../../core/usage.ts';
import { endOf, type Work } from '../../core/work.ts';
import { type Delivered, NOTHING_DELIVERED } from '../../ledger/delivered.ts';
import { countsUnits } from '../../ledger/unit-counts.ts';
import { isWhole, readAnswer } from '../reading/answer-facts.ts';
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
import type { Slot } from './slot.ts';
import { StreamLease } from './stream-lease.ts';

/** How an attempt has ended. */
interface AttemptTimes {
  readonly durationMs: number;
  /** Whether any content came. */
  readonly hadContent: boolean;
}

/** The money of one attempt: what it used, charged in the budgets of its deployment and told to the record, once. */
export class AttemptAccount implements UsageCompleter {
  /** Undefined if nothing is held for the stream, or none has begun. */
  lease: StreamLease | undefined;
  /** If the store is away from the process: until it knows of work that goes on. Whoever is told of the work finds it noted. */
  pending: Promise<unknown> | undefined;
  calledTools: readonly string[] | undefined;
  readonly #call: Call;
  readonly #slot: Slot;
  readonly #record: CallRecord;
  readonly #runtime: Runtime;
  readonly #numbered: NumberedAttempt;
  /** With the defaults of model and deployment, once it is sent. */
  #sentParams: Params;
  #tally: StreamTally | undefined;
  /** Of an answer that came whole. */
  #delivered: Delivered | undefined;
  /** Of a whole answer that broke off. */
  #came: Told | undefined;
  /** What is held has been left to the end of the work that this began. */
  #isLeft = false;

  constructor(call: Call, slot: Slot, record: CallRecord, runtime: Runtime) {
    this.#call = call;
    this.#slot = slot;
    this.#record = record;
    this.#runtime = runtime;
    this.#sentParams = call.params;
    this.#numbered = record.attemptStarted(slot.deployment);
  }

  /** What goes to the provider: its prices depend on it. */
  sends(params: Params): void {
    this.#sentParams = params;
    if (asksForWork(this.#slot.call)) this.#record.account.extendForWork(this.#slot.reservation);
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

  /** The provider goes on with it whatever becomes of this answer: what is held stays so until somebody sees its end. */
  leaveTo(work: Work): void {
    if (this.#isLeft) return;
    this.#isLeft = true;
    const ofAttempt = this.#slot.reservation?.keep();
    this.pending = this.#record.account.leaveTo(work, this.#call, this.#numbered.deployment, ofAttempt);
  }

  /** A whole answer has come; `work` is what it began. */
  settleAnswer(told: Told, work: Work | undefined, times: AttemptTimes): void {
    if (work && this.#leftTo(work, undefined, times)) return;
    const { usage, served } = told;
    this.#delivered = told.delivered;
    if (isWhole(usage)) this.#settleReported({ usage, source: 'reported', served }, times);
    else {
      const last = { ...told, isComplete: true };
      const used = this.#reserved() ?? usedInFact(last, this.#call, this.#slot.deployment, this.#runtime.ledger);
      this.#settleReported(used, times);
    }
  }

  /** A stream has come to its regular end. */
  settleStream(tally: StreamTally, times: AttemptTimes): void {
    if (tally.work && this.#leftTo(tally.work, undefined, times)) return;
    const used = usedByStream(tally, this.#call, this.#slot.deployment, this.#runtime.ledger);
    this.#settleReported((tally.usage === undefined ? this.#reserved() : undefined) ?? used, times);
  }

  /** A whole answer has broken off; `came` is what there is of it. */
  brokeOffAfter(came: object): void {
    this.#came = readAnswer(came, this.#call.operation);
    this.#delivered = this.#came.delivered;
  }

  /** What it used in spite of the failure; undefined if that is nothing, or work goes on. */
  settleFailure(failure: Failure, times: AttemptTimes): Used | undefined {
    const work = workInFailure(failure) ?? this.#tally?.work;
    if (work && this.#leftTo(work, failure, times)) return undefined;
    const { deployment, reservation } = this.#slot;
    const came = this.#tally ?? this.#came;
    const used = usedInSpiteOf(failure, came, this.#hasBegun(times), this.#call, deployment, this.#runtime.ledger);
    if (used !== undefined) {
      this.#settle(used, failure, times);
      return used;
    }
    reservation?.settle({ requests: failure.reachedProvider ? 1 : 0, usage: NO_USAGE, costNanoUsd: undefined });
    this.#record.attemptEnded(this.#numbered, times.durationMs, { failure });
    return undefined;
  }

  completeUsage(answer: unknown, told: Usage, delivered: Delivered = this.#tally?.delivered() ?? NOTHING_DELIVERED): void {
    const { ledger } = this.#runtime;
    showCounts(answer, completedUsage(told, ledger.estimateUsage(this.#call, this.#slot.deployment, delivered)));
  }

  /** Of an answer whose form nobody knows. */
  #reserved(): Used | undefined {
    if (this.#call.operation !== 'passthrough') return undefined;
    return reservedFor(this.#call, this.#slot.deployment, this.#runtime.ledger);
  }

  #settleReported(used: Used, times: AttemptTimes): void {
    if (used.source === 'reported') this.#runtime.ledger.calibrate(this.#call, this.#slot.deployment, used.usage);
    this.#settle(used, undefined, times);
  }

  /**
   * Whether the accounts are left to the work: of work under way, of a step of it, and of what was left to it before. Of
   * work that was only read nothing is; its end is settled for whoever began it.
   */
  #leftTo(work: Work, failure: Failure | undefined, { durationMs }: AttemptTimes): boolean {
    const { ledger } = this.#runtime;
    const { plan, cost } = this.#call;
    const { deployment } = this.#slot;
    const isOpen = cost !== 'free' && (this.#isLeft || !work.ended || continuesWork(this.#call));
    if (isOpen) this.leaveTo(work);
    const end = work.ended && (isOpen || cost === 'free') ? endOf(work) : undefined;
    // In this order also if the store is away: what is not noted yet cannot be settled.
    const settle = () => end && ledger.background.settle(deployment.provider, end, plan);
    this.pending = this.pending ? this.pending.then(settle) : settle() || undefined;
    if (!isOpen) return false;
    this.#record.attemptEnded(this.#numbered, durationMs, {
      failure,
      usage: end?.usage,
      source: 'reported',
      costNanoUsd: end?.usage && ledger.costNanoUsd(plan, deployment, end.usage, end.served),
      served: end?.served,
      isOpen,
    });
    return true;
  }

  #settle(used: Used, failure: Failure | undefined, times: AttemptTimes): void {
    const { plan, cost, runs } = this.#call;
    const { deployment, reservation } = this.#slot;
    const { usage, source } = cost === 'free' ? FREE : this.#inAll(used, failure, times);
    const served = servedOrAsked(used.served, servingAsked(this.#sentParams));
    const known = cost === 'free' ? 0 : used.costNanoUsd;
    const { ledger } = this.#runtime;
    const costNanoUsd = known ?? ledger.costNanoUsd(plan, deployment, usage, served);
    const leastNanoUsd = costNanoUsd === undefined ? ledger.leastCostNanoUsd(plan, deployment, usage, served) : undefined;
    reservation?.settle({ requests: 1, usage, costNanoUsd, leastNanoUsd });
    this.#record.attemptEnded(this.#numbered, times.durationMs, {
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
  #hasBegun({ hadContent }: AttemptTimes): boolean {
    return hadContent || this.#tally?.usedTools === true;
  }

  /** The output of a vendor's own response shows every use of a tool; a failure before any content had none. */
  #inAll(used: Used, failure: Failure | undefined, times: AttemptTimes): Used {
    const { operation } = this.#call;
    const { ledger } = this.#runtime;
    const { account, deployment } = this.#slot;
    const showsUses = operation === 'responses' && !account.bridgesResponses;
    const isCounted = failure === undefined ? showsUses : !this.#hasBegun(times);
    const whole = isCounted ? used : usedWithTools(used, this.#sentParams, this.#call, deployment, ledger);
    if (!countsUnits(operation)) return whole;
    const sent = { ...this.#call, params: this.#sentParams };
    const delivered = this.#delivered ?? this.#tally?.delivered();
    return usedWithUnits(whole, sent, deployment, delivered, failure !== undefined, ledger);
  }
}
