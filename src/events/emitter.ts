import { EventEmitter } from 'eventemitter3';
import type { Operation } from '../core/operation.ts';
import { ReadyItems } from '../core/ready-items.ts';
import { redactedError } from '../core/redact-error.ts';
import { BY_LOOKS } from '../core/redactor.ts';
import { CallChannels } from './call-channels.ts';
import { eventBase } from './event-base.ts';
import type { EventMap, EventType } from './event-map.ts';

// Node's `queueMicrotask` makes an async resource each time; a promise does the same for less.
const NOW = Promise.resolve();

type Listener<T extends EventType> = (event: EventMap[T]) => unknown;

/** Events are dropped, oldest first, when this many wait for slow listeners. */
const LARGEST_BACKLOG = 10_000;

/**
 * Typed events with isolated listeners. Events are delivered in order in a microtask, never inside the call's own
 * stack; an event object is built only if someone listens, and each listener has its own. A listener that throws or
 * rejects is reported as `listener.error` and disturbs nobody.
 */
export class Emitter {
  /** Where the facts of calls and attempts are published as they come, in the call's own stack. */
  readonly channels = new CallChannels();
  readonly #emitter = new EventEmitter<Record<EventType, (event: never) => unknown>>();
  readonly #pending = new ReadyItems<EventMap[EventType]>();
  #scheduled = false;
  #dropped = 0;
  /** Whether there may be listeners that are called once. */
  #hasOneTime = false;
  readonly #flushPending: () => void;

  /** `deliverIn`: what the events of several calls are delivered in together. */
  constructor(deliverIn: (work: () => void) => void = (work) => work()) {
    const flush = () => this.flush();
    this.#flushPending = () => deliverIn(flush);
  }

  on<T extends EventType>(type: T, listener: Listener<T>): void {
    this.#emitter.on(type, listener as never);
  }

  once<T extends EventType>(type: T, listener: Listener<T>): void {
    this.#hasOneTime = true;
    this.#emitter.once(type, listener as never);
  }

  off<T extends EventType>(type: T, listener: Listener<T>): void {
    this.#emitter.off(type, listener as never);
  }

  /** Whether an event of this type would reach anyone. */
  wants(type: EventType): boolean {
    return this.#emitter.listenerCount(type) > 0;
  }

  /** Events dropped so far because listeners were too slow. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Publishes and queues the event that `build` makes, if anyone subscribed or listens. */
  emit<T extends EventType>(type: T, build: () => EventMap[T]): void {
    const isHeard = this.#emitter.listenerCount(type) > 0;
    const isPublished = this.channels.wants(type);
    if (!isHeard && !isPublished) return;
    const event = build();
    if (isPublished) this.channels.take(event);
    if (isHeard) this.#queue(event);
  }

  #queue(event: EventMap[EventType]): void {
    if (this.#pending.length >= LARGEST_BACKLOG) {
      this.#pending.take();
      this.#dropped += 1;
    }
    this.#pending.push(event);
    if (this.#scheduled) return;
    this.#scheduled = true;
    void NOW.then(this.#flushPending);
  }

  /** Delivers what is queued now. */
  flush(): void {
    this.#scheduled = false;
    // What listeners cause has its own turn.
    for (let left = this.#pending.length; left > 0; left -= 1) {
      const event = this.#pending.take();
      if (event !== undefined) this.#deliver(event);
    }
  }

  #deliver(event: EventMap[EventType]): void {
    for (const listener of this.#emitter.listeners(event.type)) {
      // Listeners are called one by one, so a one-time listener is removed here; others stay.
      if (this.#hasOneTime) this.#emitter.off(event.type, listener, undefined, true);
      try {
        const returned = (listener as (event: unknown) => unknown)(copyOf(event));
        if (isThenable(returned)) returned.then(undefined, (error: unknown) => this.#report(event, error));
      } catch (error) {
        this.#report(event, error);
      }
    }
  }

  #report(event: EventMap[EventType], error: unknown): void {
    if (event.type === 'listener.error') return;
    this.emit('listener.error', () => ({
      type: 'listener.error',
      ...eventBase({ ...event, operation: event.operation as Operation }, event.at),
      event: event.type,
      error: redactedError(error, BY_LOOKS),
    }));
  }
}

/** With parts of its own, since what a listener changes is nobody else's; less work than freezing it. */
function copyOf(event: EventMap[EventType]): EventMap[EventType] {
  const copy = { ...event } as Partial<Record<'usage' | 'failure' | 'values' | 'error', object>>;
  if (copy.usage) copy.usage = { ...copy.usage };
  if (copy.failure) copy.failure = { ...copy.failure };
  if (copy.values) copy.values = { ...copy.values };
  if (copy.error && !(copy.error instanceof Error)) copy.error = { ...copy.error };
  return copy as unknown as EventMap[EventType];
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function';
}
