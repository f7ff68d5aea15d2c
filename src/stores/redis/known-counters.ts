import { bucketMsOf } from '../rolling-buckets.ts';
import type { ChargeWindow, SliceGrant, SliceReport } from '../store.ts';

const MOST_KNOWN = 20_000;

/** A slice of this process as its last report that was answered left it. */
export interface KnownSlice {
  readonly holder: string;
  readonly name: string;
  readonly sequence: number;
  readonly spent: number;
  readonly held: number;
  readonly atRisk: number;
  readonly leaseMs: number;
  /** The one of the same counter that was begun before it. */
  before: KnownSlice | undefined;
}

interface Known {
  spent: number;
  readonly window: ChargeWindow;
  seenAt: number;
  /** The one that was begun last. */
  slice: KnownSlice | undefined;
}

/** A report to be said again, as its answer left the slice: what it holds may be handed out by now. */
export interface SaidReport {
  readonly holder: string;
  readonly leaseMs: number;
  readonly report: SliceReport;
}

/**
 * What this process last knew of a home's counters and of its own slices, to restore them once Redis has lost them. There is
 * one for each user of a budget, so it keeps no more than that.
 */
export class KnownCounters {
  readonly #known = new Map<string, Known>();
  #comeSinceCollected = 0;

  seen(counter: string, window: ChargeWindow, spent: number, now: number): void {
    this.#seen(counter, window, spent, now);
  }

  exchanged(holder: string, report: SliceReport, grant: SliceGrant, leaseMs: number, now: number): void {
    const known = this.#seen(report.counter, report.window, grant.spent, now);
    const { slice: name, sequence, spent } = report;
    const atRisk = Math.min(report.atRisk, grant.held);
    place(known, { holder, name, sequence, spent, held: grant.held, atRisk, leaseMs, before: undefined });
    forgetEnded(known);
  }

  /** The last report of each slice. */
  said(now: number): SaidReport[] {
    this.#collect(now);
    const said: SaidReport[] = [];
    for (const [counter, { window, slice: last }] of this.#known) {
      for (let each = last; each !== undefined; each = each.before) {
        const { holder, leaseMs, name: slice, sequence, spent, held, atRisk } = each;
        // What it holds it may have handed out, whatever the limit.
        const amounts = { limit: 0, enforced: false, sequence, spent, inUse: held, wants: held, atRisk, recall: 0 };
        said.push({ holder, leaseMs, report: { counter, window, slice, ...amounts } });
      }
    }
    return said;
  }

  /** Arguments of the restore script: counters whose window is not over, then slices. */
  restoration(now: number): string[] {
    this.#collect(now);
    const counters: string[] = [];
    const slices: string[] = [];
    for (const [counter, { spent, window, slice: last }] of this.#known) {
      counters.push(counter, String(spent), ...lastingArgs(window));
      for (let slice = last; slice !== undefined; slice = slice.before) {
        const { name, sequence, held, atRisk, leaseMs } = slice;
        slices.push(name, counter, ...[sequence, slice.spent, held, atRisk, leaseMs].map(String));
      }
    }
    return [String(this.#known.size), ...counters, ...slices];
  }

  #seen(counter: string, window: ChargeWindow, spent: number, now: number): Known {
    const known = { spent, window, seenAt: now, slice: this.#known.get(counter)?.slice };
    this.#known.delete(counter);
    this.#known.set(counter, known);
    this.#comeSinceCollected += 1;
    if (this.#known.size > MOST_KNOWN) this.#makeRoom(now);
    return known;
  }

  #collect(now: number): void {
    this.#comeSinceCollected = 0;
    for (const [counter, { window, seenAt }] of this.#known) if (isOver(window, seenAt, now)) this.#known.delete(counter);
  }

  /** What is over is looked for once in a tenth of all, so that a counter that comes does not cost a look at all others. */
  #makeRoom(now: number): void {
    if (this.#comeSinceCollected * 10 >= MOST_KNOWN) this.#collect(now);
    for (const counter of this.#known.keys()) {
      if (this.#known.size <= MOST_KNOWN) return;
      this.#known.delete(counter);
    }
  }
}

/** Puts a slice in the place of an earlier report of it; one that is new is the last. An answer may come after a later one. */
function place(known: Known, slice: KnownSlice): void {
  let later: KnownSlice | undefined;
  let same = known.slice;
  while (same !== undefined && same.name !== slice.name) {
    later = same;
    same = same.before;
  }
  if (same !== undefined && same.sequence > slice.sequence) return;
  const isNew = same === undefined && slice.sequence === 1;
  slice.before = isNew ? known.slice : same?.before;
  if (isNew || later === undefined) known.slice = slice;
  else later.before = slice;
}

/** A slice that holds nothing is not reported again once its process has begun another one. */
function forgetEnded(known: Known): void {
  for (let slice = known.slice; slice !== undefined; ) {
    const { before } = slice;
    if (before !== undefined && before.held === 0 && before.holder === slice.holder) slice.before = before.before;
    else slice = before;
  }
}

function isOver(window: ChargeWindow, seenAt: number, now: number): boolean {
  const endsAt = window.kind === 'calendar' ? window.endsAt : seenAt + window.lengthMs;
  return endsAt !== null && endsAt <= now;
}

/** Lengths of a rolling window and of its buckets, or when the counter of another one may be forgotten. */
function lastingArgs(window: ChargeWindow): [string, string, string] {
  if (window.kind === 'calendar') return ['', '', window.endsAt === null ? '+inf' : String(window.endsAt)];
  return [String(window.lengthMs), String(bucketMsOf(window.lengthMs)), ''];
}
