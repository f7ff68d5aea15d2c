import { mintId } from '../../core/random.ts';
import type { SliceGrant, SliceReport } from '../../stores/store.ts';
import type { Wish } from './wish.ts';

/** What a report asked for, kept until its answer is there. */
export type Asked = Pick<SliceReport, 'spent' | 'wants' | 'atRisk'>;

/**
 * An amount of one counter that this process was lent, in one window or one bucket of it. What is handed out of it never
 * passes `ceiling`: what the store charges should this process be gone by the end of the lease.
 */
export class Slice {
  /** Joined, it is one piece: a sum would keep its parts as well. */
  name = newName();
  /**
   * When its bucket of a rolling window is over, by the monotonic clock; from then on nothing more is handed out. Each answer
   * says it by the store's clock, as if it had been given when the report was sent: rather too early than too late.
   */
  endsAt: number;
  /** All that was used, since it began. */
  spent = 0;
  /** Bounds of the open calls. */
  inUse = 0;
  /** The most that `spent` and `inUse` together may come to. */
  ceiling = 0;
  /** Of `spent`, what the store has confirmed. */
  reportedSpent = 0;
  /** What the store holds beyond `reportedSpent`, as last told. */
  held = 0;
  /** By the monotonic clock. */
  leaseEndsAt = 0;
  #sequence = 0;
  /** What the last report became is not known: the store may hold what it asked for. */
  #isUnanswered = false;

  constructor(endsAt: number) {
    this.endsAt = endsAt;
  }

  get room(): number {
    return this.ceiling - this.spent - this.inUse;
  }

  /** Nothing is held, open or untold, so that the store needs no further report. */
  get isOver(): boolean {
    return this.inUse === 0 && this.held === 0 && !this.isUntold;
  }

  /** Whether the store has something to hear, or may not have heard it. */
  get isUntold(): boolean {
    return this.#isUnanswered || this.spent !== this.reportedSpent;
  }

  /** Whether no later report of it was sent. */
  isLatest(sequence: number): boolean {
    return sequence === this.#sequence;
  }

  /** The next report. What it gives back is out of reach from now on, whether or not the answer arrives. */
  report(of: Pick<SliceReport, 'counter' | 'limit' | 'enforced' | 'window'>, wish: Wish, recall: number): SliceReport {
    this.#sequence += 1;
    this.#isUnanswered = true;
    const { counter, limit, enforced, window } = of;
    const wants = this.inUse + wish.unused;
    const atRisk = this.inUse + wish.usable;
    this.ceiling = Math.min(this.ceiling, this.spent + atRisk);
    const { name: slice, spent, inUse } = this;
    return { counter, limit, enforced, window, slice, sequence: this.#sequence, spent, inUse, wants, atRisk, recall };
  }

  /**
   * The store has forgotten it, and what its lapse charged stays: told under its name, all that was ever used would be charged
   * again. What is told from now on is what open calls use, and what was used beyond what the lapse has charged.
   */
  beginAnew(): void {
    this.spent = Math.max(this.spent - Math.max(this.ceiling, this.reportedSpent), 0);
    this.name = newName();
    this.reportedSpent = 0;
    this.ceiling = 0;
    this.held = 0;
    this.#sequence = 0;
  }

  /** Takes the answer to a report over. */
  accept(asked: Asked, { held, endsInMs }: SliceGrant, sentAt: number, leaseEndsAt: number): void {
    this.#isUnanswered = false;
    this.reportedSpent = asked.spent;
    this.held = held;
    this.ceiling = asked.spent + Math.min(held, asked.atRisk);
    this.leaseEndsAt = leaseEndsAt;
    if (endsInMs !== undefined) this.endsAt = sentAt + endsInMs;
  }
}

function newName(): string {
  return ['', mintId('slc')].join('');
}
