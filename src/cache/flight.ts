import type { Cancellation } from '../core/cancellation.ts';
import type { CacheEntry } from './cache-entry.ts';

/** What a call that waited goes on with: the answer of another, the lead, or nothing but itself. */
export type FlightEnd =
  | { readonly kind: 'answered'; readonly entry: CacheEntry; readonly similarity: number | undefined }
  | { readonly kind: 'lead' | 'alone' };

interface Follower {
  readonly resolve: (end: FlightEnd) => void;
  readonly detach: () => void;
}

/**
 * Calls that are the same and under way at the same time. One leads, the others wait for its whole answer, each until its own
 * cancellation. A leader that leaves, or fails for the first time, hands the lead to who has waited longest; if one fails
 * again, or answers what may not be kept, all go on by themselves.
 */
export class Flight {
  readonly #onEnd: () => void;
  readonly #followers = new Set<Follower>();
  #hasFailed = false;
  #hasBegun = false;
  #isOver = false;

  constructor(onEnd: () => void) {
    this.#onEnd = onEnd;
  }

  /** Whether a further call may wait: not once an answer has begun to stream. */
  get isOpen(): boolean {
    return !this.#hasBegun && !this.#isOver;
  }

  get waiting(): number {
    return this.#followers.size;
  }

  /** Rejects with the reason of the cancellation at once. */
  follow(cancellation: Cancellation): Promise<FlightEnd> {
    return new Promise((resolve, reject) => {
      if (cancellation.cancelled) return reject(cancellation.reason);
      const detach = cancellation.onCancel((reason) => {
        this.#followers.delete(follower);
        reject(reason);
      });
      const follower: Follower = { resolve, detach };
      this.#followers.add(follower);
    });
  }

  begun(): void {
    this.#hasBegun = true;
  }

  /** `similarity`: of the question that the entry answered, if it was another one. */
  answered(entry: CacheEntry, similarity?: number): void {
    this.#endAll({ kind: 'answered', entry, similarity });
  }

  failed(): void {
    if (this.#hasFailed) this.#endAll({ kind: 'alone' });
    else {
      this.#hasFailed = true;
      this.left();
    }
  }

  left(): void {
    const [next] = this.#followers;
    if (next === undefined) {
      this.#endAll({ kind: 'alone' });
      return;
    }
    this.#followers.delete(next);
    this.#hasBegun = false;
    next.detach();
    next.resolve({ kind: 'lead' });
  }

  /** The leader has an answer that only it may have. */
  unfit(): void {
    this.#endAll({ kind: 'alone' });
  }

  #endAll(end: FlightEnd): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#onEnd();
    for (const { detach, resolve } of this.#followers) {
      detach();
      resolve(end);
    }
    this.#followers.clear();
  }
}
