import { bucketAt, bucketEndsAt } from '../../stores/rolling-buckets.ts';
import type { Charge, ChargeWindow, SliceGrant, SliceReport } from '../../stores/store.ts';
import type { ToldCall } from '../announcements.ts';
import type { BoundLimit } from '../bound-limit.ts';
import { type Asked, Slice } from './slice.ts';
import { DEMAND_MS, NO_WISH, wishOf } from './wish.ts';

/** A process takes at most this part of what is free, so that others find room and the last of a budget is not scattered. */
const SHARE = 4;
/** Exact mode ends when the share has room for so many of the largest calls, or when no call came for so long. */
const CALLS_TO_LEAVE_EXACT = 2;
const EXACT_MS = 60_000;

/** What `state` becomes with a report. */
export interface SliceChange {
  readonly slice: Slice;
  readonly report: SliceReport;
}

/** What reports go by. */
export interface ReportTerms {
  readonly wallMs: number;
  readonly monotonicMs: number;
  /** Nothing is wanted beyond what open calls hold and others wait for. */
  readonly giveBack: boolean;
  /** Share of what may be handed out until the next report that has that sent sooner. */
  readonly reportShare: number;
  /** How long an answer of the store takes, milliseconds: what is lent has to last as long. */
  readonly tripMs: number;
}

/**
 * One counter in this process: the slice that calls are admitted from, those that only wait for their last calls, and the demand.
 * There is one for each user of a budget, so it is one object with a slice.
 */
export class CounterSlices {
  readonly counter: string;
  /** As of the latest configuration. */
  bound: BoundLimit;
  window: ChargeWindow;
  /** As it is in force, raised or not. */
  limit: number;
  current: Slice;
  /** Older slices whose calls are still open or whose use is not told yet. */
  draining: Slice[] | undefined;
  /** Of the whole counter, as of the last answer. */
  spent = 0;
  /** Reserved by single calls, and lent to other processes. */
  heldElsewhere = 0;
  lentToOthers = 0;
  /** Neither spent nor held by anybody, with what this process holds unused. Undefined: there was no answer yet. */
  free: number | undefined;
  isExact = false;
  /** Of the last call that settled here, if the budget warns. */
  call: ToldCall | undefined;
  /** The next threshold of `warnAt`, as an amount; undefined: there is none. */
  nextMark: number | undefined;
  /** What calls want that wait for the next report, which asks for so much more. */
  waiting = 0;
  /** What open calls want that wait for room: asked back from others with the next report. */
  recall = 0;
  /** Another process wants room. */
  isRecalled = false;
  /** With no more room than this it is time to refill. */
  #dryBelow = 0;
  #demand = 0;
  #taken = 0;
  #largest = 0;
  #measuredAt: number;
  #lastTakenAt: number;

  constructor(bound: BoundLimit, { counter, window, limit }: Charge, wallMs: number, monotonicMs: number) {
    this.counter = counter;
    this.bound = bound;
    this.window = window;
    this.limit = limit;
    this.current = new Slice(endOfBucket(window, wallMs, monotonicMs));
    this.#measuredAt = monotonicMs;
    this.#lastTakenAt = monotonicMs;
  }

  get enforced(): boolean {
    return this.bound.enforced;
  }

  /** Of what this process used, what the store has not confirmed. */
  get untold(): number {
    return this.current.spent - this.current.reportedSpent;
  }

  /** Whether a call of this amount can be admitted in memory. */
  admits(charge: Charge, monotonicMs: number, hasWaited: boolean): boolean {
    const { current } = this;
    if (charge.amount > current.room || monotonicMs >= current.leaseEndsAt) return false;
    if (monotonicMs >= current.endsAt && !hasWaited) return false;
    return charge.limit === this.limit && charge.enforced === this.enforced;
  }

  /** Tells the counter that a call asked for an amount, wherever it was held. */
  demanded(amount: number, monotonicMs: number): void {
    this.#taken += amount;
    this.#largest = Math.max(this.#largest, amount);
    this.#lastTakenAt = monotonicMs;
  }

  /** Whether a limit that is not enforced is passed by an amount more, as far as this process knows. */
  isPassedBy(amount: number): boolean {
    return this.spent + this.heldElsewhere + this.untold + this.current.inUse + amount > this.limit;
  }

  /** Whether the store will probably lend what a call of this amount needs. */
  mayLend(amount: number): boolean {
    return !this.isExact && !this.isRecalled && amount <= this.#share();
  }

  /** So much of what may be handed out was handed out, or so little is left, that it is time to refill. */
  runsDry(): boolean {
    return !this.isExact && this.current.room < Math.max(this.#largest, this.#dryBelow);
  }

  /** What was used comes to the next threshold of `warnAt`, as far as this process knows. */
  isAtMark(): boolean {
    return this.nextMark !== undefined && this.spent + this.untold >= this.nextMark;
  }

  /** No call asked for a while: what is unused is given back. */
  isIdle(monotonicMs: number): boolean {
    return monotonicMs - this.#lastTakenAt > DEMAND_MS;
  }

  /** Nothing is held or untold, and no call came for a while: it may be forgotten. */
  isOver(monotonicMs: number): boolean {
    if (this.draining !== undefined || !this.current.isOver || this.waiting > 0) return false;
    return monotonicMs - this.#lastTakenAt > (this.isExact ? EXACT_MS : DEMAND_MS);
  }

  /** Whether the store should hear of it now: something to tell, to refill or to give back, or a lease to prolong. */
  isDue(monotonicMs: number, leaseMs: number): boolean {
    const { current } = this;
    if (!this.isIdle(monotonicMs) || current.isUntold || current.held > current.inUse) return true;
    if (this.draining?.some((slice) => slice.isUntold || slice.held > slice.inUse)) return true;
    const renewAt = monotonicMs + (leaseMs * 2) / 3;
    if (current.held > 0 && current.leaseEndsAt < renewAt) return true;
    return this.draining?.some(({ leaseEndsAt }) => leaseEndsAt < renewAt) ?? false;
  }

  /** The reports that are due. */
  reports({ wallMs, monotonicMs, giveBack, reportShare, tripMs }: ReportTerms): SliceChange[] {
    this.#measure(monotonicMs);
    if (monotonicMs >= this.current.endsAt) this.#begin(wallMs, monotonicMs);
    const { recall, waiting } = this;
    this.recall = 0;
    this.waiting = 0;
    const changes: SliceChange[] = [];
    for (const slice of this.draining ?? []) changes.push({ slice, report: slice.report(this, NO_WISH, 0) });
    const holds = !giveBack && recall === 0 && !this.isRecalled && !this.isExact && !this.isIdle(monotonicMs);
    const { unused, usable } = holds ? wishOf(this.#demand, this.#largest, this.#share(), tripMs) : NO_WISH;
    this.#dryBelow = usable * (1 - reportShare);
    const { current } = this;
    const asks = unused + waiting + recall > 0;
    if (current.isOver && !asks && !this.#mustKnow(monotonicMs)) return changes;
    const wish = { unused: unused + waiting, usable: usable + waiting };
    changes.push({ slice: current, report: current.report(this, wish, recall) });
    return changes;
  }

  /** Takes an answer over. */
  accept(slice: Slice, asked: Asked, grant: SliceGrant, sentAt: number, leaseEndsAt: number): void {
    slice.accept(asked, grant, sentAt, leaseEndsAt);
    if (this.draining !== undefined) {
      const left = this.draining.filter((each) => !each.isOver);
      this.draining = left.length > 0 ? left : undefined;
    }
    if (slice !== this.current) return;
    this.isRecalled = grant.recalled;
    const { spent, reserved, sliced, held } = grant;
    const used = spent + reserved + sliced;
    this.spent = spent;
    this.heldElsewhere = reserved + sliced - held;
    this.lentToOthers = sliced - held;
    this.free = Math.max(this.limit - used, 0) + Math.max(held - slice.inUse, 0);
    this.nextMark = this.#markAfter(spent);
  }

  /** Whether exact mode begins or ends with what is known now; undefined: all stays. */
  turnsExact(): boolean | undefined {
    const share = this.#share();
    if (!this.isExact && share < this.#largest) return true;
    if (this.isExact && share >= this.#largest * CALLS_TO_LEAVE_EXACT) return false;
    return undefined;
  }

  /** Adds what other slices of this counter hold for open calls here. */
  get inUse(): number {
    let inUse = this.current.inUse;
    for (const slice of this.draining ?? []) inUse += slice.inUse;
    return inUse;
  }

  /** The store has forgotten its slices. */
  beginAnew(): void {
    this.current.beginAnew();
    for (const slice of this.draining ?? []) slice.beginAnew();
  }

  #begin(wallMs: number, monotonicMs: number): void {
    if (!this.current.isOver) {
      this.draining ??= [];
      this.draining.push(this.current);
    }
    this.current = new Slice(endOfBucket(this.window, wallMs, monotonicMs));
  }

  /** In exact mode the store is asked how things are, so as to find back. */
  #mustKnow(monotonicMs: number): boolean {
    return this.isExact && !this.isIdle(monotonicMs);
  }

  #share(): number {
    if (!this.enforced) return Number.MAX_SAFE_INTEGER / 4;
    return Math.floor((this.free ?? this.limit) / SHARE);
  }

  #measure(monotonicMs: number): void {
    const elapsedMs = monotonicMs - this.#measuredAt;
    this.#measuredAt = monotonicMs;
    this.#demand = this.#demand * Math.exp(-elapsedMs / DEMAND_MS) + this.#taken;
    this.#taken = 0;
    if (!this.isIdle(monotonicMs)) return;
    this.#demand = 0;
    this.#largest = 0;
  }

  #markAfter(spent: number): number | undefined {
    const { budget, limit } = this.bound;
    const next = budget.warnAt.find((threshold) => threshold * limit > spent);
    return next === undefined ? undefined : next * limit;
  }
}

/** By the monotonic clock, as far as this process's own wall clock tells. */
function endOfBucket(window: ChargeWindow, wallMs: number, monotonicMs: number): number {
  if (window.kind === 'calendar') return Number.POSITIVE_INFINITY;
  return monotonicMs + bucketEndsAt(window.lengthMs, bucketAt(window.lengthMs, wallMs)) - wallMs;
}
