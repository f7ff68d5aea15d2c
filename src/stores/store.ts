import type { MaybePromise } from '../core/maybe-promise.ts';
import { DURATION_BUCKETS, FIRST_TOKEN_BUCKETS } from './latency-buckets.ts';

export type { MaybePromise };

/**
 * Where the ledger's counters live. Every verb is idempotent by its id, so that a lost reply may be answered by asking
 * again; results are data. A store throws only what it cannot answer: a `StoreError`, or a `RangeError` for an amount
 * that is no non-negative safe integer. All amounts are such integers, checked by every store.
 *
 * Passing time is the caller's `now` (milliseconds since the epoch) unless a store has a clock of its own; a `now` that
 * goes back is taken for the latest one seen.
 */
export interface Store {
  /** Holds every charge or none. A `release` of the same id that came first voids it. Denied: nothing is remembered. */
  reserve(id: string, charges: readonly Charge[], leaseMs: number, now: number): MaybePromise<Reserved>;
  /** Replaces the held amounts by the actual ones, in the order of the charges. Actual may exceed held. */
  settle(id: string, actual: readonly number[], now: number): MaybePromise<Settled>;
  /** Frees the held amounts. An unknown id leaves a tombstone, so that a reserve that arrives later is void. */
  release(id: string, now: number): MaybePromise<Released>;
  /** Prolongs the lease to `now + leaseMs`; `spent` is what a lapse of the lease charges from then on (default zero). */
  extend(id: string, leaseMs: number, now: number, spent?: readonly number[]): MaybePromise<Extended>;
  /** What is spent and reserved. A counter that was never charged, or whose window is over, may be left out. */
  balances(query: BalanceQuery, now: number): MaybePromise<Balance[]>;
  /** Adds rows to the usage report, once per id. */
  record(id: string, rows: readonly UsageTotals[], now: number): MaybePromise<void>;
  /** Rows of the report, summed by hour and dimensions. */
  usage(query: UsageRange): MaybePromise<UsageTotals[]>;
  /**
   * Keeps a text under a key until a time, in place of one that is there. With it, what goes on at a provider is settled
   * by whichever process sees its end; a store that has neither of these two verbs leaves it to the one that began it.
   */
  keepNote?(key: string, text: string, untilMs: number, now: number): MaybePromise<void>;
  /** The text under a key; undefined if there is none or its time is over. */
  readNote?(key: string, now: number): MaybePromise<string | undefined>;
  /**
   * Lends amounts ahead of need, one trip for all counters of a process; the answers are in the order of the reports. A
   * store without it is asked for each call. Each report stands for itself: nothing is all or none here.
   */
  exchange?(holder: string, reports: readonly SliceReport[], leaseMs: number, now: number): MaybePromise<readonly SliceGrant[]>;
  close(): MaybePromise<void>;
}

/** An amount against one counter. The counters of one reservation are distinct. */
export interface Charge {
  /** Stable key: budget, unit, window and dimension values. */
  readonly counter: string;
  readonly amount: number;
  readonly limit: number;
  /** False: counted and reported as exceeded, but never a reason to refuse. */
  readonly enforced: boolean;
  readonly window: ChargeWindow;
}

/**
 * `calendar`: the counter's key names the window; it may be collected after `endsAt` (null: never).
 * `rolling`: the store keeps buckets of the last `lengthMs`; a bucket that is partly over counts whole.
 */
export type ChargeWindow =
  | { readonly kind: 'calendar'; readonly endsAt: number | null }
  | { readonly kind: 'rolling'; readonly lengthMs: number };

/** Where a reservation that comes twice has got to. */
export type ReservationState = 'open' | 'settled' | 'released' | 'expired';

/**
 * `exceeded` lists the charges that are not enforced and went over their limit; absent if there is none.
 * A denial names the first charge (by its place) that has no room, what it has left (0 when overdrawn), and how long
 * until it has room again; null means never.
 */
export type Reserved =
  | { readonly granted: true; readonly exceeded?: readonly number[] | undefined }
  | {
      readonly granted: false;
      readonly deniedBy: number;
      readonly remaining: number;
      readonly retryAfterMs: number | null;
    }
  | { readonly granted: 'already'; readonly state: ReservationState };

/**
 * `settled` and `late` (the lease had lapsed; only the difference to what the lapse charged was applied) carry what
 * each charge's counter has spent afterwards. The other states changed nothing.
 */
export type Settled =
  | { readonly state: 'settled' | 'late'; readonly spent: readonly number[] }
  | { readonly state: 'already-settled' | 'already-released' | 'unknown' };

/** `voided`: the id was not known; a reserve that comes later is refused as already released. */
export interface Released {
  readonly state: 'released' | 'voided' | 'already-settled' | 'already-released' | 'expired';
}

/** What became of the wish to keep a reservation longer. */
export interface Extended {
  readonly state: 'extended' | 'already-settled' | 'already-released' | 'expired' | 'unknown';
}

/** Counters by their names, or all whose names begin so. */
export type BalanceQuery = { readonly counters: readonly string[] } | { readonly prefix: string };

/** What stands in one counter, in its unit: requests, tokens or nano-dollars. */
export interface Balance {
  readonly counter: string;
  readonly spent: number;
  readonly reserved: number;
  /** Lent to processes and neither used nor given back; 0 for a store without `exchange`. */
  readonly sliced?: number | undefined;
}

/**
 * What one process has used of an amount that it was lent ahead of need (a slice), and what it wants from then on. All
 * that is used is cumulative, so that a report may be lost or sent twice.
 */
export interface SliceReport {
  readonly counter: string;
  readonly limit: number;
  /** False: lent whatever is left. */
  readonly enforced: boolean;
  readonly window: ChargeWindow;
  /** Names the slice: a new one for each window, and for each bucket of a rolling window (the bucket is fixed at its first report). */
  readonly slice: string;
  /** Counts the reports of this slice from 1. One that is not later than the last one seen changes nothing and is answered as things are. */
  readonly sequence: number;
  /** All that was used of the slice since it began: the store applies only the difference. */
  readonly spent: number;
  /** What open calls hold of it: stays reserved, whatever is granted. */
  readonly inUse: number;
  /** What the process would like to hold beyond `spent`, `inUse` included. 0: gives the slice back. */
  readonly wants: number;
  /** What a lapse of the lease charges beyond `spent`: the most that may be handed out before the next report. At most what is then held. */
  readonly atRisk: number;
  /** Other holders are asked to give back what they do not use, up to this amount. 0: no. */
  readonly recall: number;
}

/** What a process may use of one counter until it asks again, in the unit of the counter. */
export interface SliceGrant {
  /** What the slice holds from now on beyond its `spent`; at least `inUse`, at most `wants` (or `inUse`, if that is more). */
  readonly held: number;
  /** Of the whole counter: what is settled. */
  readonly spent: number;
  /** Of the whole counter: what is reserved by single calls. */
  readonly reserved: number;
  /** Of the whole counter: what the slices of all processes hold beyond what they used. */
  readonly sliced: number;
  /** Another process wants room: give back what is not in use with the next report, and soon. */
  readonly recalled: boolean;
  /** `lapsed`: the lease had ended and charged `atRisk`; this report has put the charge right, and the slice holds what `held` says. */
  readonly state: 'held' | 'lapsed';
  /**
   * In a rolling window: how long the slice's bucket lasts from the store's time on, milliseconds; 0: it is over, and nothing is
   * lent of it beyond `inUse`. Without it the process goes by its own clock.
   */
  readonly endsInMs?: number | undefined;
}

export const USAGE_DIMENSIONS = ['team', 'app', 'user', 'key', 'model', 'deployment', 'provider'] as const;

/** Redis keeps a measure by its place here, one character (`scripts/record.ts`): a new one is put at the end, up to 62. */
export const USAGE_MEASURES = [
  'requests',
  'failures',
  'costNanoUsd',
  'inputTokens',
  'outputTokens',
  'cachedInputTokens',
  'cacheWriteTokens',
  'reasoningTokens',
  'unpricedRequests',
  'errors',
  'failovers',
  'promptCacheSavedNanoUsd',
  ...DURATION_BUCKETS,
  ...FIRST_TOKEN_BUCKETS,
  'responseCacheSavedNanoUsd',
  'downgradeSavedNanoUsd',
] as const;

export type UsageMeasure = (typeof USAGE_MEASURES)[number];

/** Measures that stores were once written without; a row that lacks one has 0 of it. */
type LaterMeasure =
  | 'unpricedRequests'
  | 'errors'
  | 'failovers'
  | 'promptCacheSavedNanoUsd'
  | 'responseCacheSavedNanoUsd'
  | 'downgradeSavedNanoUsd'
  | (typeof DURATION_BUCKETS)[number]
  | (typeof FIRST_TOKEN_BUCKETS)[number];

/** One row of the usage report: an hour and dimensions (empty if the call had none) with sums of integers. */
export type UsageTotals = { readonly [dimension in (typeof USAGE_DIMENSIONS)[number]]: string } & {
  readonly [measure in Exclude<UsageMeasure, LaterMeasure>]: number;
} & {
  readonly [measure in LaterMeasure]?: number | undefined;
} & {
  /** Start of the hour, milliseconds since the epoch. */
  readonly hourStartsAt: number;
};

/** Milliseconds since the epoch; an hour belongs to the range if it overlaps it. `until` is exclusive. */
export interface UsageRange {
  readonly since?: number | undefined;
  readonly until?: number | undefined;
}

/** How long a recall is told to the other holders, in milliseconds: a process that asks again starts it anew. */
export const RECALL_MS = 2_000;

/** How long a settled or released id is remembered at least, so that a repeated verb changes nothing. */
export const TOMBSTONE_MS = 3_600_000;

/** How long a lapsed reservation can still be settled late. */
export const LATE_SETTLEMENT_MS = 86_400_000;

/** Throws if a charge, lease or amount is no non-negative safe integer: NaN would pass every comparison. */
export function assertAmount(name: string, value: number): void {
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new RangeError(`${name} must be a non-negative safe integer, got ${String(value)}`);
  }
}

export function assertReserve(charges: readonly Charge[], leaseMs: number, now: number): void {
  assertAmount('leaseMs', leaseMs);
  assertAmount('now', now);
  for (const charge of charges) {
    assertAmount('amount', charge.amount);
    assertAmount('limit', charge.limit);
    if (charge.window.kind === 'rolling') assertAmount('lengthMs', charge.window.lengthMs);
  }
}

export function assertAmounts(name: string, amounts: readonly number[], expected: number): void {
  if (amounts.length !== expected) throw new RangeError(`${name} needs ${expected} amounts, got ${amounts.length}`);
  for (const amount of amounts) assertAmount(name, amount);
}

export function assertExchange(reports: readonly SliceReport[], leaseMs: number, now: number): void {
  assertAmount('leaseMs', leaseMs);
  assertAmount('now', now);
  for (const report of reports) {
    for (const name of SLICE_AMOUNTS) assertAmount(name, report[name]);
    if (report.window.kind === 'rolling') assertAmount('lengthMs', report.window.lengthMs);
  }
}

const SLICE_AMOUNTS = ['limit', 'sequence', 'spent', 'inUse', 'wants', 'atRisk', 'recall'] as const;
