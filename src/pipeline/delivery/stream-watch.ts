import type { Clock } from '../../core/clock.ts';
import { Watchdog } from '../../core/watchdog.ts';

// Longer than any consumer that is merely slow; a stream that is never read must not hold its reservation for ever.
export const LONGEST_UNREAD_MS = 300_000;

interface WatchEnds {
  /** The provider sent no content for as long as it may. */
  readonly onIdle: () => void;
  /** Nobody read for `LONGEST_UNREAD_MS`. */
  readonly onUnread: () => void;
}

/** Watches both ends of a stream in turn: the reader while an item is there for it, the provider while one is awaited. */
export class StreamWatch {
  readonly #clock: Clock;
  readonly #watchdog: Watchdog<'reader' | 'content'>;
  /** Whether something was read since the reader was waited for. */
  #wasRead = false;

  constructor(clock: Clock, { onIdle, onUnread }: WatchEnds) {
    this.#clock = clock;
    this.#watchdog = new Watchdog(clock, (phase) => {
      if (phase === 'content') onIdle();
      else if (this.#wasRead) this.awaitReader(this.#clock.monotonicMs());
      else onUnread();
    });
    this.#watchdog.wait('reader', LONGEST_UNREAD_MS);
  }

  /** Notes that somebody reads. */
  noteRead(): void {
    this.#wasRead = true;
  }

  awaitReader(nowMs: number): void {
    this.#wasRead = false;
    this.#watchdog.wait('reader', LONGEST_UNREAD_MS, nowMs);
  }

  /** The provider may take `leftMs` more, from `nowMs` on. */
  awaitContent(leftMs: number, nowMs: number): void {
    this.#watchdog.wait('content', leftMs, nowMs);
  }

  stop(): void {
    this.#watchdog.stop();
  }
}
