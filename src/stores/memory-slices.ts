import type { MemoryCounter } from './memory-counters.ts';
import { bucketAt, bucketEndsAt } from './rolling-buckets.ts';
import { LATE_SETTLEMENT_MS, RECALL_MS, type SliceGrant, type SliceReport } from './store.ts';

/** What one process holds of a counter ahead of need. Its `held` is part of what the counter has reserved. */
interface Slice {
  /** As of the last report: one that was forgotten with its window is begun anew. */
  counter: MemoryCounter;
  readonly name: string;
  /** The store's time at the first report: decides the bucket of a rolling window. */
  readonly heldAt: number;
  sequence: number;
  spent: number;
  held: number;
  atRisk: number;
  /** What the lapse of its lease has charged beyond `spent`; undefined while the lease runs. */
  lapseCharged: number | undefined;
  expiresAt: number;
}

interface Recall {
  readonly holder: string;
  readonly untilMs: number;
  amount: number;
}

/** The slices of the memory store, by name and by counter. */
export class MemorySlices {
  readonly #slices = new Map<string, Slice>();
  readonly #byCounter = new Map<string, Set<Slice>>();
  readonly #recalls = new Map<string, Recall>();
  #earliestExpiry = Number.POSITIVE_INFINITY;

  get earliestExpiry(): number {
    return this.#earliestExpiry;
  }

  /** What the slices of a counter hold, as far as they still count in its window. */
  heldOf(counter: string, now: number): number {
    let held = 0;
    for (const slice of this.#byCounter.get(counter) ?? []) if (slice.counter.counts(slice.heldAt, now)) held += slice.held;
    return held;
  }

  exchange(holder: string, report: SliceReport, counter: MemoryCounter, leaseMs: number, now: number): SliceGrant {
    // One that only tells what was used does not keep a window that is over.
    if (report.wants > report.inUse) counter.asked(now);
    else counter.advance(now);
    const slice = this.#slices.get(report.slice) ?? this.#begin(report, counter, now);
    const lapsed = slice.lapseCharged !== undefined;
    const endsInMs = endsIn(report, slice.heldAt, now);
    if (report.sequence > slice.sequence) {
      slice.counter = counter;
      // Of a bucket that has left the window nothing counts any more, and of one that is over nothing is lent.
      const before = counter.counts(slice.heldAt, now) ? slice.held : 0;
      this.#settle(slice, report);
      this.#grant(holder, slice, report, before, endsInMs === 0 ? 0 : report.wants, now);
      slice.expiresAt = now + leaseMs;
      this.#earliestExpiry = Math.min(this.#earliestExpiry, slice.expiresAt);
    }
    const recall = this.#recallOf(report.counter, holder, now);
    const sliced = this.heldOf(report.counter, now);
    return {
      held: slice.held,
      spent: counter.spent,
      reserved: counter.reserved - sliced,
      sliced,
      recalled: recall !== undefined,
      state: lapsed ? 'lapsed' : 'held',
      endsInMs,
    };
  }

  /** Ends every lease that is over: charges what may have been handed out, frees the rest. */
  lapse(now: number): void {
    let earliest = Number.POSITIVE_INFINITY;
    for (const slice of this.#slices.values()) {
      if (slice.lapseCharged !== undefined || (slice.held === 0 && slice.atRisk === 0)) continue;
      if (slice.expiresAt > now) {
        earliest = Math.min(earliest, slice.expiresAt);
        continue;
      }
      slice.counter.advance(now);
      slice.counter.replace(slice.heldAt, slice.held, slice.atRisk);
      slice.lapseCharged = slice.atRisk;
      slice.held = 0;
    }
    this.#earliestExpiry = earliest;
  }

  /** Forgets what can no longer be reported. A window that is over is no reason: a late report would be charged all over again. */
  collect(now: number): void {
    for (const [name, slice] of this.#slices) {
      if (slice.expiresAt + LATE_SETTLEMENT_MS > now) continue;
      this.#slices.delete(name);
      const others = this.#byCounter.get(slice.name);
      others?.delete(slice);
      if (others?.size === 0) this.#byCounter.delete(slice.name);
    }
    for (const [counter, recall] of this.#recalls) if (recall.untilMs <= now) this.#recalls.delete(counter);
  }

  #begin({ slice: name, counter: counterName }: SliceReport, counter: MemoryCounter, now: number): Slice {
    const slice: Slice = {
      counter,
      name: counterName,
      heldAt: now,
      sequence: 0,
      spent: 0,
      held: 0,
      atRisk: 0,
      lapseCharged: undefined,
      expiresAt: now,
    };
    this.#slices.set(name, slice);
    const others = this.#byCounter.get(counterName);
    if (others === undefined) this.#byCounter.set(counterName, new Set([slice]));
    else others.add(slice);
    return slice;
  }

  /** Charges what was used since the last report, and frees all that was held. */
  #settle(slice: Slice, { sequence, spent }: SliceReport): void {
    slice.counter.replace(slice.heldAt, 0, spent - slice.spent - (slice.lapseCharged ?? 0));
    slice.counter.replace(slice.heldAt, slice.held, 0);
    slice.sequence = sequence;
    slice.spent = spent;
    slice.lapseCharged = undefined;
  }

  /** `before`: what it held until now, which may be granted again though others want room. */
  #grant(holder: string, slice: Slice, report: SliceReport, before: number, wants: number, now: number): void {
    const { counter } = slice;
    const { inUse, limit, enforced } = report;
    const room = enforced ? Math.max(limit - counter.spent - counter.reserved, 0) : Number.MAX_SAFE_INTEGER;
    const recall = this.#recallOf(report.counter, holder, now);
    const most = recall === undefined ? wants : Math.min(wants, before);
    slice.held = Math.max(inUse, Math.min(most, room));
    slice.atRisk = Math.min(report.atRisk, slice.held);
    counter.holdAt(slice.heldAt, slice.held);
    if (recall !== undefined && before > slice.held) {
      recall.amount -= before - slice.held;
      if (recall.amount <= 0) this.#recalls.delete(report.counter);
    }
    if (report.recall > 0) this.#recalls.set(report.counter, { holder, untilMs: now + RECALL_MS, amount: report.recall });
  }

  /** What another holder asks back of a counter. */
  #recallOf(counter: string, holder: string, now: number): Recall | undefined {
    const recall = this.#recalls.get(counter);
    return recall === undefined || recall.holder === holder || recall.untilMs <= now ? undefined : recall;
  }
}

function endsIn({ window }: SliceReport, heldAt: number, now: number): number | undefined {
  if (window.kind === 'calendar') return undefined;
  return Math.max(bucketEndsAt(window.lengthMs, bucketAt(window.lengthMs, heldAt)) - now, 0);
}
