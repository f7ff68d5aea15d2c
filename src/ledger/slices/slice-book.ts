import type { Call } from '../../core/call.ts';
import type { Clock, Timer } from '../../core/clock.ts';
import { mintId } from '../../core/random.ts';
import { sleep } from '../../core/sleep.ts';
import type { Emitter } from '../../events/emitter.ts';
import type { Charge, MaybePromise, SliceGrant, SliceReport, Store } from '../../stores/store.ts';
import type { Announcements } from '../announcements.ts';
import type { BoundLimit } from '../bound-limit.ts';
import { NO_CALL, StoreFailure, type StorePort } from '../store-port.ts';
import { CounterSlices, type SliceChange } from './counter-slices.ts';
import { emitExact } from './emit-exact.ts';
import type { Slice } from './slice.ts';
import { DEFAULT_LEASE_MS, DEFAULT_REPORT_MS, type SliceOptions } from './slice-options.ts';

/** Reports of one trip: what keeps a store's transaction short. */
const MOST_REPORTS = 500;
const LONGEST_PAUSE_MS = 5_000;
/** The store counts a lease from when the report arrives; this process stops a little before it is over. */
const LEASE_SHARE = 0.9;
/** Others give back within their interval; so many of them are waited for, with so many looks in each. */
const RECALL_INTERVALS = 1.5;
const RECALL_LOOKS = 5;
/** Reports that cannot wait are sent at most so often in an interval. */
const LEAST_PAUSE = 10;

export interface SliceBookOptions {
  readonly port: StorePort;
  readonly clock: Clock;
  readonly events: Emitter;
  readonly announcements: Announcements;
  readonly options: SliceOptions;
}

/** What a call took, in the order of its charges. */
export interface Taken {
  readonly counters: readonly CounterSlices[];
  readonly slices: readonly Slice[];
  /** Places of the charges that are not enforced and passed their limit. */
  readonly exceeded: readonly number[] | undefined;
}

interface Sent extends SliceChange {
  readonly counter: CounterSlices;
}

/**
 * The slices of this process. Calls are admitted and settled in memory; a report of all counters goes to the store
 * at intervals, and soon if a slice runs dry, a threshold is passed or another process wants room.
 */
export class SliceBook {
  readonly #holder = mintId('prc');
  readonly #port: StorePort;
  readonly #clock: Clock;
  readonly #events: Emitter;
  readonly #announcements: Announcements;
  readonly #reportMs: number;
  readonly #leaseMs: number;
  readonly #counters = new Map<string, CounterSlices>();
  #timer: Timer | undefined;
  #timerAt = Number.POSITIVE_INFINITY;
  #lastSentAt = Number.NEGATIVE_INFINITY;
  #failures = 0;
  #inFlight: Promise<void> | undefined;
  /** After the one in flight. */
  #queued: Promise<void> | undefined;
  #closing = false;

  constructor({ port, clock, events, announcements, options }: SliceBookOptions) {
    this.#port = port;
    this.#clock = clock;
    this.#events = events;
    this.#announcements = announcements;
    this.#reportMs = options.reportMs ?? DEFAULT_REPORT_MS;
    this.#leaseMs = options.leaseMs ?? DEFAULT_LEASE_MS;
  }

  get reportMs(): number {
    return this.#reportMs;
  }

  /** Takes every charge of a call from the slices, or none: undefined if one of them has no room. */
  take(charges: readonly Charge[]): Taken | undefined {
    const wallMs = this.#clock.now();
    const monotonicMs = this.#clock.monotonicMs();
    const counters: CounterSlices[] = [];
    for (const charge of charges) {
      const counter = this.#counters.get(charge.counter);
      if (counter === undefined || !counter.admits(charge, wallMs, monotonicMs)) return undefined;
      counters.push(counter);
    }
    let exceeded: number[] | undefined;
    let runsDry = false;
    const slices: Slice[] = [];
    for (const [place, charge] of charges.entries()) {
      const counter = counters[place] as CounterSlices;
      if (!charge.enforced && counter.isPassedBy(charge.amount)) {
        exceeded ??= [];
        exceeded.push(place);
      }
      counter.demanded(charge, monotonicMs);
      counter.current.inUse += charge.amount;
      slices.push(counter.current);
      runsDry ||= counter.runsDry();
    }
    if (runsDry) this.#soon();
    return { counters, slices, exceeded };
  }

  /** A call is held in the store for want of a slice: one is asked for meanwhile. */
  want(limits: readonly BoundLimit[], charges: readonly Charge[]): void {
    const monotonicMs = this.#clock.monotonicMs();
    for (const [place, charge] of charges.entries()) {
      const limit = limits[place];
      if (limit === undefined) continue;
      const counter = this.#counter(limit, charge);
      counter.limit = limit;
      counter.demanded(charge, monotonicMs);
    }
    this.#soon();
  }

  /** What a call used is booked: told to the store in time, and soon if a threshold is reached. */
  booked(counters: readonly CounterSlices[], call: Call): void {
    let atMark = false;
    for (const counter of counters) {
      counter.call = call;
      const { known, current, nextMark } = counter;
      atMark ||= (known?.spent ?? 0) + current.spent - current.reportedSpent >= nextMark;
    }
    if (atMark) this.#soon();
    else this.#schedule(this.#reportMs);
  }

  /** What this process holds of a counter for its open calls; the rest of what it was lent is unused. */
  inUseOf(counter: string): number {
    return this.#counters.get(counter)?.inUse ?? 0;
  }

  /**
   * Calls room back for an amount: gives back what is unused here and asks the others to. Answers what room there is then;
   * undefined if the store did not answer. Ends as soon as there is enough, if nobody holds anything more, and a
   * little after the others' interval.
   */
  async recall(limit: BoundLimit, charge: Charge): Promise<number | undefined> {
    const startedMs = this.#clock.monotonicMs();
    const counter = this.#counter(limit, charge);
    for (;;) {
      counter.recall = Math.max(counter.recall, charge.amount);
      await this.flush();
      const { known } = counter;
      if (known === undefined || this.#failures > 0) return undefined;
      const isOver = this.#clock.monotonicMs() - startedMs > this.#reportMs * RECALL_INTERVALS;
      if (known.free >= charge.amount || known.lentToOthers === 0 || isOver) return known.free;
      await sleep(this.#reportMs / RECALL_LOOKS, this.#clock);
    }
  }

  /** Tells the store all that is due, after the report that is under way. Never rejects. */
  flush(): MaybePromise<void> {
    if (this.#inFlight !== undefined) {
      this.#queued ??= this.#inFlight.then(() => {
        this.#queued = undefined;
        return this.flush();
      });
      return this.#queued;
    }
    const sent = this.#exchange();
    if (!(sent instanceof Promise)) return;
    this.#inFlight = sent.then(() => {
      this.#inFlight = undefined;
    });
    return this.#inFlight;
  }

  /** Gives every slice back, as far as the deadline allows; what open calls hold stays until its lease is over. */
  async close(deadlineMs: number): Promise<void> {
    this.#closing = true;
    const until = this.#clock.monotonicMs() + deadlineMs;
    await this.flush();
    while (this.#failures > 0 && this.#clock.monotonicMs() < until) {
      await sleep(Math.min(this.#reportMs, until - this.#clock.monotonicMs()), this.#clock);
      await this.flush();
    }
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #counter(limit: BoundLimit, charge: Charge): CounterSlices {
    let counter = this.#counters.get(charge.counter);
    if (counter === undefined) {
      counter = new CounterSlices(limit, charge, this.#clock.now(), this.#clock.monotonicMs());
      this.#counters.set(charge.counter, counter);
    }
    return counter;
  }

  #exchange(): MaybePromise<void> {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#timerAt = Number.POSITIVE_INFINITY;
    this.#lastSentAt = this.#clock.monotonicMs();
    return this.#sendFrom(this.#due(), 0);
  }

  /** Sends what is due trip by trip, until the store does not answer. */
  #sendFrom(due: readonly Sent[], from: number): MaybePromise<void> {
    if (from >= due.length) return this.#sent(true);
    const trip = due.slice(from, from + MOST_REPORTS);
    const sentAt = this.#clock.monotonicMs();
    const next = (answer: readonly SliceGrant[] | StoreFailure) => {
      if (answer instanceof StoreFailure) return this.#sent(false);
      this.#accept(trip, answer, sentAt + this.#leaseMs * LEASE_SHARE);
      return this.#sendFrom(due, from + MOST_REPORTS);
    };
    const answer = this.#ask(trip.map(({ report }) => report));
    return answer instanceof Promise ? answer.then(next) : next(answer);
  }

  #sent(delivered: boolean): void {
    this.#failures = delivered ? 0 : this.#failures + 1;
    if (this.#counters.size === 0 || (this.#closing && delivered)) return;
    const pauseMs = this.#reportMs * 2 ** Math.min(this.#failures, 10);
    this.#schedule(delivered ? this.#reportMs : Math.min(pauseMs, LONGEST_PAUSE_MS));
  }

  #due(): Sent[] {
    const wallMs = this.#clock.now();
    const monotonicMs = this.#clock.monotonicMs();
    const due: Sent[] = [];
    for (const [key, counter] of this.#counters) {
      if (counter.isOver(monotonicMs) && counter.recall === 0) {
        this.#counters.delete(key);
        if (counter.isExact) emitExact(this.#events, wallMs, counter.limit, 'end');
        continue;
      }
      if (!this.#closing && counter.recall === 0 && !counter.isDue(monotonicMs, this.#leaseMs)) continue;
      for (const change of counter.reports(wallMs, monotonicMs, this.#closing)) due.push({ counter, ...change });
      counter.recall = 0;
    }
    return due;
  }

  #accept(trip: readonly Sent[], grants: readonly SliceGrant[], leaseEndsAt: number): void {
    let wanted = false;
    for (const [place, { counter, slice, report }] of trip.entries()) {
      const grant = grants[place];
      if (grant === undefined) continue;
      const added = report.spent - slice.reportedSpent;
      counter.accept(slice, report, grant, leaseEndsAt);
      this.#announce(counter, grant.spent, added);
      wanted ||= (counter.isRecalled || counter.isExact) && slice.held > slice.inUse;
    }
    if (wanted && !this.#closing) this.#soon();
  }

  /** A threshold is announced by the process whose report carried the counter over it; so is a turn to or from exact mode. */
  #announce(counter: CounterSlices, spent: number, added: number): void {
    const { call, limit, charge } = counter;
    if (call !== undefined && added > 0) this.#announcements.settled(call, [limit], [charge], [spent], [added]);
    const turns = this.#closing ? undefined : counter.turnsExact();
    if (turns === undefined) return;
    counter.isExact = turns;
    emitExact(this.#events, this.#clock.now(), limit, turns ? 'start' : 'end');
  }

  #ask(reports: readonly SliceReport[]): MaybePromise<readonly SliceGrant[] | StoreFailure> {
    const command = (store: Store, now: number) => store.exchange?.(this.#holder, reports, this.#leaseMs, now) ?? [];
    return this.#port.ask('exchange', NO_CALL, command);
  }

  /** A report off the path of the call that wants it; not again at once while slices are small. */
  #soon(): void {
    const leastMs = this.#failures > 0 ? this.#reportMs : this.#reportMs / LEAST_PAUSE;
    this.#schedule(Math.max(this.#lastSentAt + leastMs - this.#clock.monotonicMs(), 0));
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
