import { AsyncResource } from 'node:async_hooks';
import type Bottleneck from 'bottleneck/light.js';
import type { Call } from '../core/call.ts';
import type { Cancellation } from '../core/cancellation.ts';
import type { Clock, Timer } from '../core/clock.ts';
import { DEFAULT_QUEUE, type Deployment } from '../core/deployment.ts';
import { keepProcessAlive } from '../core/keep-process-alive.ts';
import type { Emitter } from '../events/emitter.ts';
import { eventBase } from '../events/event-base.ts';
import { limiter } from './limiter.ts';
import type { Permit, Refusal } from './permit.ts';
import { type Waiting, WaitingLine } from './waiting-line.ts';

/** Bounds of `retryAfterMs`, and its value before any attempt ended. */
const SHORTEST_RETRY_AFTER_MS = 100;
const LONGEST_RETRY_AFTER_MS = 60_000;
const UNKNOWN_RETRY_AFTER_MS = 1_000;
/** Share of the newest attempt in the average time that a place is held. */
const NEWEST_SHARE = 0.1;

interface Waiter extends Waiting {
  admit(permit: Permit): void;
}

/**
 * The places of one deployment and the line before them. Bottleneck hands a free place on: each waiting call has a
 * job in it, each free place is one unit of its reservoir. A job can't be taken back from Bottleneck and a long queue
 * of jobs gets into it slowly, so a job is only a turn, and whose turn it is the line decides when the turn comes.
 */
export class Lane {
  readonly #clock: Clock;
  readonly #events: Emitter;
  readonly #line = new WaitingLine<Waiter>();
  #limits: Deployment;
  #limiter: Bottleneck | undefined;
  /** Places that are taken, those on their way to a waiting call included. */
  #taken = 0;
  /** Places on their way. */
  #handedOn = 0;
  /** Jobs in Bottleneck that did not run yet; those of calls that left serve later ones. */
  #turns = 0;
  /** Monotonic time before which `minTimeMs` lets no attempt start. */
  #nextStartMs = 0;
  #spacing: Timer | undefined;
  #averageHeldMs: number | undefined;

  constructor(deployment: Deployment, clock: Clock, events: Emitter) {
    this.#limits = deployment;
    this.#clock = clock;
    this.#events = events;
  }

  get waiting(): number {
    return this.#line.length;
  }

  get full(): boolean {
    return this.#line.length > 0 || !this.#hasRoom();
  }

  get idle(): boolean {
    return this.#taken === 0 && this.#line.length === 0 && this.#clock.monotonicMs() >= this.#nextStartMs;
  }

  /** Takes over the limits of a new configuration. */
  adopt(deployment: Deployment): void {
    if (deployment === this.#limits) return;
    this.#limits = deployment;
    this.#handOn();
  }

  /** A permit if there is room and nobody waits. */
  enter(deployment: Deployment): Permit | undefined {
    this.adopt(deployment);
    if (this.#line.length > 0 || !this.#hasRoom()) return undefined;
    this.#taken += 1;
    return this.#start();
  }

  wait(call: Call, cancellation: Cancellation): Refusal | Promise<Permit | Refusal> {
    if (cancellation.cancelled) return Promise.reject(cancellation.reason);
    const { size, maxWaitMs, priority: usual = 'normal' } = this.#limits.queue ?? DEFAULT_QUEUE;
    if (this.#line.length >= size) return this.#refusal('queue-full');
    const sinceMs = this.#clock.monotonicMs();
    const longestMs = Math.min(maxWaitMs, call.deadlineMs - sinceMs);
    if (!(longestMs > 0)) return this.#refusal('waited-too-long');
    return new Promise((resolve, reject) => {
      const release = keepProcessAlive();
      const left = () => {
        release();
        timer.cancel();
        detach();
        this.#report('queue.leave', call, this.#clock.monotonicMs() - sinceMs);
      };
      // A place comes in the context of whoever released it.
      const admit = AsyncResource.bind((permit: Permit) => {
        left();
        resolve(permit);
      });
      const priority = call.priority ?? call.caller.priority ?? usual;
      const waiter: Waiter = { priority, party: partyOf(call), admit };
      const timer = this.#clock.setTimeout(() => {
        if (!this.#line.leave(waiter)) return;
        left();
        resolve(this.#refusal('waited-too-long'));
      }, longestMs);
      const detach = cancellation.onCancel((reason) => {
        if (!this.#line.leave(waiter)) return;
        left();
        reject(reason);
      });
      this.#report('queue.enter', call, 0);
      this.#join(waiter);
    });
  }

  #join(waiter: Waiter): void {
    this.#line.join(waiter);
    this.#limiter ??= new limiter.value({ reservoir: 0 });
    if (this.#turns < this.#line.length) {
      this.#turns += 1;
      void this.#limiter.schedule(() => this.#turn());
    }
    this.#handOn();
  }

  /** Hands free places on to those who wait, as many as there are and as `minTimeMs` lets start. */
  #handOn(): void {
    while (this.#handedOn < this.#line.length && this.#hasRoom()) {
      this.#taken += 1;
      this.#handedOn += 1;
      void this.#limiter?.incrementReservoir(1);
    }
    if (this.#handedOn < this.#line.length) this.#awaitSpacing();
  }

  #hasRoom(): boolean {
    const { maxConcurrent = Number.POSITIVE_INFINITY, minTimeMs } = this.#limits;
    if (this.#taken >= maxConcurrent) return false;
    // A place on its way starts an attempt at a time not known yet, from which the spacing counts.
    return !minTimeMs || (this.#handedOn === 0 && this.#clock.monotonicMs() >= this.#nextStartMs);
  }

  #awaitSpacing(): void {
    const waitMs = this.#nextStartMs - this.#clock.monotonicMs();
    if (this.#spacing !== undefined || waitMs <= 0) return;
    this.#spacing = this.#clock.setTimeout(() => {
      this.#spacing = undefined;
      this.#handOn();
    }, waitMs);
  }

  #turn(): void {
    this.#turns -= 1;
    this.#handedOn -= 1;
    const waiter = this.#line.next();
    if (waiter) waiter.admit(this.#start());
    else this.#taken -= 1;
    this.#handOn();
  }

  #start(): Permit {
    const startedMs = this.#clock.monotonicMs();
    if (this.#limits.minTimeMs) this.#nextStartMs = startedMs + this.#limits.minTimeMs;
    return new HeldPermit(startedMs, this);
  }

  /** For the permits of this lane only. */
  giveBack(startedMs: number): void {
    const heldMs = this.#clock.monotonicMs() - startedMs;
    this.#averageHeldMs ??= heldMs;
    this.#averageHeldMs += NEWEST_SHARE * (heldMs - this.#averageHeldMs);
    this.#taken -= 1;
    if (this.#line.length > 0) this.#handOn();
  }

  #refusal(reason: Refusal['reason']): Refusal {
    const { maxConcurrent = Number.POSITIVE_INFINITY, minTimeMs = 0 } = this.#limits;
    const perPlaceMs = Math.max(minTimeMs, (this.#averageHeldMs ?? UNKNOWN_RETRY_AFTER_MS) / maxConcurrent);
    const expectedMs = Math.ceil(perPlaceMs * (this.#line.length + 1));
    const retryAfterMs = Math.min(Math.max(expectedMs, SHORTEST_RETRY_AFTER_MS), LONGEST_RETRY_AFTER_MS);
    return { granted: false, reason, retryAfterMs };
  }

  #report(type: 'queue.enter' | 'queue.leave', call: Call, waitedMs: number): void {
    const base = eventBase(call, this.#clock.now());
    this.#events.emit(type, () => ({ type, ...base, deployment: this.#limits.id, waitedMs }));
  }
}

class HeldPermit implements Permit {
  readonly granted = true;
  readonly #startedMs: number;
  #lane: Lane | undefined;

  constructor(startedMs: number, lane: Lane) {
    this.#startedMs = startedMs;
    this.#lane = lane;
  }

  release(): void {
    const lane = this.#lane;
    this.#lane = undefined;
    lane?.giveBack(this.#startedMs);
  }
}

/** Whose turn a call takes: its team's, else its key's, app's or user's. */
function partyOf({ caller }: Call): string {
  const { team, key, app, user } = caller;
  return team ?? key ?? app ?? user ?? '';
}
