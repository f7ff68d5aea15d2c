import { bucketMsOf } from '../rolling-buckets.ts';
import type { ChargeWindow, SliceGrant, SliceReport } from '../store.ts';

const MOST_KNOWN = 20_000;

interface Known {
  spent: number;
  readonly window: ChargeWindow;
  seenAt: number;
}

/** A slice as its last report that was answered left it. */
export interface KnownSlice {
  readonly holder: string;
  readonly report: SliceReport;
  readonly grant: SliceGrant;
  readonly leaseMs: number;
  readonly seenAt: number;
}

/** What this process last knew of a home's counters and of its own slices, to restore them once Redis has lost them. */
export class KnownCounters {
  readonly #known = new Map<string, Known>();
  readonly #slices = new Map<string, KnownSlice>();

  seen(counter: string, window: ChargeWindow, spent: number, now: number): void {
    this.#known.delete(counter);
    this.#known.set(counter, { spent, window, seenAt: now });
    if (this.#known.size > MOST_KNOWN) this.#collect(now);
  }

  exchanged(slice: KnownSlice): void {
    const { report, grant, seenAt } = slice;
    this.seen(report.counter, report.window, grant.spent, seenAt);
    const last = this.#slices.get(report.slice);
    if (last !== undefined && last.report.sequence > report.sequence) return;
    this.#slices.delete(report.slice);
    this.#slices.set(report.slice, slice);
    if (this.#slices.size > MOST_KNOWN) this.#collect(seenAt);
  }

  slices(now: number): KnownSlice[] {
    this.#collect(now);
    return [...this.#slices.values()];
  }

  /** Arguments of the restore script: counters whose window is not over, then slices. */
  restoration(now: number): string[] {
    this.#collect(now);
    const args = [String(this.#known.size)];
    for (const [counter, { spent, window }] of this.#known) args.push(counter, String(spent), ...lastingArgs(window, now));
    for (const [name, { report, grant, leaseMs }] of this.#slices) {
      const { counter, sequence, spent, atRisk } = report;
      args.push(name, counter, ...[sequence, spent, grant.held, Math.min(atRisk, grant.held), leaseMs].map(String));
    }
    return args;
  }

  #collect(now: number): void {
    for (const [counter, { window, seenAt }] of this.#known) if (isOver(window, seenAt, now)) this.#known.delete(counter);
    for (const [name, { report, seenAt }] of this.#slices) if (isOver(report.window, seenAt, now)) this.#slices.delete(name);
    cut(this.#known);
    cut(this.#slices);
  }
}

function isOver(window: ChargeWindow, seenAt: number, now: number): boolean {
  const endsAt = window.kind === 'calendar' ? window.endsAt : seenAt + window.lengthMs;
  return endsAt !== null && endsAt <= now;
}

function cut(map: Map<string, unknown>): void {
  for (const key of map.keys()) {
    if (map.size <= MOST_KNOWN) return;
    map.delete(key);
  }
}

/** Lengths of a rolling window and of its buckets, and when its counter may be forgotten. */
function lastingArgs(window: ChargeWindow, now: number): [string, string, string] {
  if (window.kind === 'calendar') return ['', '', window.endsAt === null ? '+inf' : String(window.endsAt)];
  const bucketMs = bucketMsOf(window.lengthMs);
  return [String(window.lengthMs), String(bucketMs), String(now + window.lengthMs + 2 * bucketMs)];
}
