import type { Clock, Timer } from '../core/clock.ts';
import type { Observer } from './observer.ts';

const TICK_MS = 1_000;
/** Sent if nothing happened, so that counters that move by themselves and proxies that close silent streams are kept fresh. */
const QUIET_TICKS = 10;
/** And a few times after the last event, since what was held is settled a little later. */
const SETTLING_TICKS = 2;
/** A watcher comes again by itself, and is authorised again. */
const LONGEST_STREAM_MS = 300_000;
const MOST_WATCHERS = 64;

interface Watcher {
  readonly controller: ReadableStreamDefaultController<Uint8Array>;
  readonly endsMs: number;
}

/** The state of things for all who watch, made once a second and only while somebody does. A slow reader skips. */
export class EventStream {
  readonly #observer: Observer;
  readonly #clock: Clock;
  readonly #watchers = new Set<Watcher>();
  readonly #encoder = new TextEncoder();
  #timer: Timer | undefined;
  #isTicking = false;
  #isClosed = false;
  #sentVersion = -1;
  #quiet = 0;

  constructor(observer: Observer, clock: Clock) {
    this.#observer = observer;
    this.#clock = clock;
  }

  /** Whether one more may watch. */
  get isOpen(): boolean {
    return !this.#isClosed && this.#watchers.size < MOST_WATCHERS;
  }

  open(signal: AbortSignal): ReadableStream<Uint8Array> {
    let watcher: Watcher | undefined;
    const leave = () => {
      if (watcher !== undefined) this.#leave(watcher);
    };
    return new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          watcher = { controller, endsMs: this.#clock.monotonicMs() + LONGEST_STREAM_MS };
          this.#watchers.add(watcher);
          signal.addEventListener('abort', leave, { once: true });
          controller.enqueue(this.#encoder.encode('retry: 1000\n\n'));
          this.#sentVersion = -1;
          this.#schedule(0);
        },
        cancel: () => {
          signal.removeEventListener('abort', leave);
          leave();
        },
      },
      new CountQueuingStrategy({ highWaterMark: 3 }),
    );
  }

  close(): void {
    this.#isClosed = true;
    for (const watcher of this.#watchers) this.#leave(watcher);
  }

  #leave(watcher: Watcher): void {
    if (!this.#watchers.delete(watcher)) return;
    try {
      watcher.controller.close();
    } catch {
      // The reader has left before.
    }
    if (this.#watchers.size > 0) return;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /** One timer at most, and none while a tick is under way, which schedules the next one itself. */
  #schedule(delayMs: number): void {
    if (this.#isTicking) return;
    this.#timer?.cancel();
    this.#timer = this.#clock.setTimeout(() => void this.#tick(), delayMs);
  }

  async #tick(): Promise<void> {
    this.#timer = undefined;
    this.#isTicking = true;
    try {
      await this.#tellAll();
    } finally {
      this.#isTicking = false;
    }
    // Who came meanwhile has seen nothing yet.
    if (this.#watchers.size > 0) this.#schedule(this.#sentVersion === -1 ? 0 : TICK_MS);
  }

  async #tellAll(): Promise<void> {
    const nowMs = this.#clock.monotonicMs();
    for (const watcher of this.#watchers) if (watcher.endsMs <= nowMs) this.#leave(watcher);
    const { version } = this.#observer;
    this.#quiet = version === this.#sentVersion ? this.#quiet + 1 : 0;
    if (this.#watchers.size > 0 && (this.#quiet <= SETTLING_TICKS || this.#quiet % QUIET_TICKS === 0)) {
      this.#sentVersion = version;
      await this.#send();
    }
  }

  async #send(): Promise<void> {
    const bytes = this.#encoder.encode(`data: ${JSON.stringify(await this.#observer.state())}\n\n`);
    for (const { controller } of this.#watchers) if ((controller.desiredSize ?? 0) > 0) controller.enqueue(bytes);
  }
}
