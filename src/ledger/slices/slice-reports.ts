import type { Clock, Timer } from '../../core/clock.ts';
import { mintId } from '../../core/random.ts';
import { sleep } from '../../core/sleep.ts';
import type { Emitter } from '../../events/emitter.ts';
import { LATE_SETTLEMENT_MS, type MaybePromise, type SliceGrant, type SliceReport } from '../../stores/store.ts';
import { StoreError } from '../../stores/store-error.ts';
import type { Announcements } from '../announcements.ts';
import { NO_CALL, StoreFailure, type StorePort } from '../store-port.ts';
import type { CounterSlices, SliceChange } from './counter-slices.ts';
import { emitExact } from './emit-exact.ts';
import { Refill } from './refill.ts';
import { DEFAULT_LEASE_MS, DEFAULT_REPORT_MS, DEFAULT_REPORT_SHARE, type SliceOptions } from './slice-options.ts';

/** Reports of one trip: what keeps a store's transaction short. */
const MOST_REPORTS = 500;
const LONGEST_PAUSE_MS = 5_000;
/** The store counts a lease from when the report arrives; this process stops a little before it is over. */
const LEASE_SHARE = 0.9;
/** Reports that cannot wait are sent at most so often in an interval. */
const LEAST_PAUSE = 10;
/** A store keeps a slice for a day after the end of its lease, of which so much is left for the next report to arrive. */
const ARRIVAL_SHARE = 1 / 2;
/** For an answer that is late nothing more is sent meanwhile, for so much of a lease. */
const LATE_SHARE = 1 / 4;

export interface SliceReportsOptions {
  readonly port: StorePort;
  readonly clock: Clock;
  readonly events: Emitter;
  readonly announcements: Announcements;
  readonly options: SliceOptions;
  /** All that this process knows, by their keys. Those that are over are taken out. */
  readonly counters: Map<string, CounterSlices>;
}

interface Sent extends SliceChange {
  readonly counter: CounterSlices;
}

/**
 * Tells the store what was used of slices and has them refilled: all that is due at intervals, soon if a slice runs dry, a
 * threshold is passed or another process wants room, and at once for calls that wait. One trip at a time, so that
 * all calls that come meanwhile share the next one.
 */
export class SliceReports {
  readonly reportMs: number;
  readonly #holder = mintId('prc');
  readonly #port: StorePort;
  readonly #clock: Clock;
  readonly #events: Emitter;
  readonly #announcements: Announcements;
  readonly #reportShare: number;
  readonly #leaseMs: number;
  readonly #counters: Map<string, CounterSlices>;
  #timer: Timer | undefined;
  #timerAt = Number.POSITIVE_INFINITY;
  #lastSentAt = Number.NEGATIVE_INFINITY;
  /** When the last trip was sent, and the last one that was answered: by the wall clock, which goes on while a machine sleeps. */
  #sentAt: number;
  #heardAt: number;
  #failures = 0;
  /** How long answers take. */
  #tripMs = 0;
  /** Until then a late answer is waited for. */
  #lateUntil = Number.NEGATIVE_INFINITY;
  #inFlight: Promise<void> | undefined;
  /** All that is due, after what is in flight. */
  #queued: Promise<void> | undefined;
  /** One for each of the next trips. */
  readonly #refills: Refill[] = [];
  #closing = false;

  constructor({ port, clock, events, announcements, options, counters }: SliceReportsOptions) {
    this.#port = port;
    this.#clock = clock;
    this.#events = events;
    this.#announcements = announcements;
    this.reportMs = options.reportMs ?? DEFAULT_REPORT_MS;
    this.#reportShare = options.reportShare ?? DEFAULT_REPORT_SHARE;
    this.#leaseMs = options.leaseMs ?? DEFAULT_LEASE_MS;
    this.#counters = counters;
    this.#sentAt = clock.now();
    this.#heardAt = this.#sentAt;
  }

  /** The last report was not answered. */
  get isFailing(): boolean {
    return this.#failures > 0;
  }

  /** Has slices lent or refilled for calls that wait. Answers why that failed; undefined: the store has answered. */
  refill(wanted: readonly { readonly counter: CounterSlices }[]): MaybePromise<StoreFailure | undefined> {
    let refill = this.#refills.at(-1);
    if (refill === undefined || refill.counters.size + wanted.length > MOST_REPORTS) {
      refill = new Refill();
      this.#refills.push(refill);
    }
    for (const { counter } of wanted) refill.counters.add(counter);
    if (this.#inFlight === undefined) this.#send([]);
    return refill.answer;
  }

  /** Tells the store all that is due, after the trip that is under way. Never rejects. */
  flush(): MaybePromise<void> {
    if (this.#inFlight !== undefined) {
      this.#queued ??= this.#inFlight.then(() => {
        this.#queued = undefined;
        return this.flush();
      });
      return this.#queued;
    }
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#timerAt = Number.POSITIVE_INFINITY;
    const lateMs = this.#lateUntil - this.#clock.monotonicMs();
    if (lateMs > 0 && !this.#closing) return this.#schedule(lateMs);
    return this.#send(this.#due());
  }

  /** A report off the path of the call that wants it; not again at once while slices are small. */
  soon(): void {
    const leastMs = this.isFailing ? this.reportMs : this.reportMs / LEAST_PAUSE;
    this.#schedule(Math.max(this.#lastSentAt + leastMs - this.#clock.monotonicMs(), 0));
  }

  /** A report with the next interval. */
  later(): void {
    this.#schedule(this.reportMs);
  }

  /** Gives every slice back, as far as the deadline allows; what open calls hold stays until its lease is over. */
  async close(deadlineMs: number): Promise<void> {
    this.#closing = true;
    const until = this.#clock.monotonicMs() + deadlineMs;
    await this.flush();
    while (this.isFailing && this.#clock.monotonicMs() < until) {
      await sleep(Math.min(this.reportMs, until - this.#clock.monotonicMs()), this.#clock);
      await this.flush();
    }
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #send(due: readonly CounterSlices[]): MaybePromise<void> {
    this.#sentAt = this.#clock.now();
    if (this.#sentAt - this.#heardAt > LATE_SETTLEMENT_MS + this.#leaseMs * ARRIVAL_SHARE) {
      for (const counter of this.#counters.values()) counter.beginAnew();
    }
    this.#lastSentAt = this.#clock.monotonicMs();
    const sent = this.#trips(due, 0);
    if (!(sent instanceof Promise)) return;
    this.#inFlight = sent.then(() => {
      this.#inFlight = undefined;
      if (this.#refills.length > 0) this.#send([]);
    });
    return this.#inFlight;
  }

  /** Sends trip by trip, those that calls wait for first, until nothing is left or the store does not answer. */
  #trips(due: readonly CounterSlices[], from: number): MaybePromise<void> {
    const refill = this.#refills.shift();
    const trip: Sent[] = [];
    for (const counter of refill?.counters ?? []) this.#report(counter, trip);
    let next = from;
    for (; next < due.length && trip.length < MOST_REPORTS; next++) this.#report(due[next] as CounterSlices, trip);
    if (trip.length === 0) {
      refill?.end(undefined);
      return this.#sent(true);
    }
    const sentAt = this.#clock.monotonicMs();
    const accepted = (answer: readonly SliceGrant[] | StoreFailure) => {
      const failure = answer instanceof StoreFailure ? answer : undefined;
      if (!(answer instanceof StoreFailure)) this.#accept(trip, answer, sentAt);
      refill?.end(failure);
      return failure === undefined;
    };
    const goOn = (delivered: boolean) => (delivered ? this.#trips(due, next) : this.#sent(false));
    const answer = this.#ask(trip, sentAt);
    // Those that have waited take what was lent to them before the next report gives it back.
    return answer instanceof Promise ? answer.then(accepted).then(goOn) : goOn(accepted(answer));
  }

  #report(counter: CounterSlices, trip: Sent[]): void {
    const changes = counter.reports({
      wallMs: this.#clock.now(),
      monotonicMs: this.#clock.monotonicMs(),
      giveBack: this.#closing,
      reportShare: this.#reportShare,
      tripMs: this.#tripMs,
    });
    for (const change of changes) trip.push({ counter, ...change });
  }

  #sent(delivered: boolean): void {
    this.#failures = delivered ? 0 : this.#failures + 1;
    if (this.#counters.size === 0 || (this.#closing && delivered)) return;
    const pauseMs = this.reportMs * 2 ** Math.min(this.#failures, 10);
    this.#schedule(delivered ? this.reportMs : Math.min(pauseMs, LONGEST_PAUSE_MS));
  }

  #due(): CounterSlices[] {
    const monotonicMs = this.#clock.monotonicMs();
    const due: CounterSlices[] = [];
    for (const [key, counter] of this.#counters) {
      if (counter.isOver(monotonicMs) && counter.recall === 0) {
        this.#counters.delete(key);
        if (counter.isExact) emitExact(this.#events, this.#clock.now(), counter.bound, 'end');
        continue;
      }
      if (this.#closing || counter.recall > 0 || counter.isDue(monotonicMs, this.#leaseMs)) due.push(counter);
    }
    return due;
  }

  #accept(trip: readonly Sent[], grants: readonly SliceGrant[], sentAt: number): void {
    this.#heardAt = this.#sentAt;
    const leaseEndsAt = sentAt + this.#leaseMs * LEASE_SHARE;
    const tripMs = Math.min(this.#clock.monotonicMs() - sentAt, this.#leaseMs * LATE_SHARE);
    this.#tripMs = Math.max(tripMs, this.#tripMs / 2);
    let wanted = false;
    for (const [place, { counter, slice, report }] of trip.entries()) {
      const grant = grants[place];
      if (grant === undefined) continue;
      const added = report.spent - slice.reportedSpent;
      counter.accept(slice, report, grant, sentAt, leaseEndsAt);
      this.#announce(counter, grant.spent, added);
      wanted ||= (counter.isRecalled || counter.isExact) && slice.held > slice.inUse;
    }
    if (wanted && !this.#closing) this.soon();
  }

  /** A threshold is announced by the process whose report carried the counter over it; so is a turn to or from exact mode. */
  #announce(counter: CounterSlices, spent: number, added: number): void {
    const { call, bound } = counter;
    if (call !== undefined && added > 0) this.#announcements.settled(call, [bound], [counter], [spent], [added]);
    const turns = this.#closing ? undefined : counter.turnsExact();
    if (turns === undefined) return;
    counter.isExact = turns;
    emitExact(this.#events, this.#clock.now(), bound, turns ? 'start' : 'end');
  }

  #ask(trip: readonly Sent[], sentAt: number): MaybePromise<readonly SliceGrant[] | StoreFailure> {
    const reports = trip.map(({ report }) => report);
    let sent: Promise<readonly SliceGrant[]> | undefined;
    const answer = this.#port.ask('exchange', NO_CALL, (store, now) => {
      const grants = store.exchange?.(this.#holder, reports, this.#leaseMs, now);
      if (!(grants instanceof Promise)) return checked(grants, reports);
      sent = grants.then((given) => checked(given, reports));
      return sent;
    });
    if (!(answer instanceof Promise)) return answer;
    return answer.then((given) => {
      if (given instanceof StoreFailure && sent !== undefined) this.#awaitLate(trip, sent, sentAt);
      return given;
    });
  }

  /** A store may be slow rather than away: what it lends too late for those that wait is there for the next ones. */
  #awaitLate(trip: readonly Sent[], sent: Promise<readonly SliceGrant[]>, sentAt: number): void {
    this.#lateUntil = sentAt + this.#leaseMs * LATE_SHARE;
    const accept = (grants: readonly SliceGrant[]) => {
      if (!trip.every(({ slice, report }) => slice.isLatest(report.sequence))) return;
      this.#lateUntil = Number.NEGATIVE_INFINITY;
      this.#failures = 0;
      this.#accept(trip, grants, sentAt);
      this.later();
    };
    const give = () => {
      this.#lateUntil = Number.NEGATIVE_INFINITY;
    };
    sent.then(accept, give);
  }

  #schedule(delayMs: number): void {
    const at = this.#clock.monotonicMs() + delayMs;
    if (this.#timer !== undefined && this.#timerAt <= at) return;
    this.#timer?.cancel();
    this.#timerAt = at;
    this.#timer = this.#clock.setTimeout(() => {
      this.#timer = undefined;
      this.#timerAt = Number.POSITIVE_INFINITY;
      void this.flush();
    }, delayMs);
  }
}

/** A user's own store may answer anything: those that wait are to hear of it. */
function checked(grants: unknown, reports: readonly SliceReport[]): readonly SliceGrant[] {
  if (Array.isArray(grants) && grants.length === reports.length) return grants;
  throw new StoreError('store_unavailable', 'The store answered exchange with other than one grant for each report');
}
