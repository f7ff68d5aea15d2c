import type { Budget } from '../../src/core/budget.ts';
import type { Clock } from '../../src/core/clock.ts';
import type { Plan } from '../../src/core/plan.ts';
import type { Random } from '../../src/core/random.ts';
import { Emitter } from '../../src/events/emitter.ts';
import { createLedger } from '../../src/ledger/create-ledger.ts';
import type { Admission, Ledger, Reservation } from '../../src/ledger/ledger.ts';
import { sliceCode } from '../../src/ledger/slices/slice-code.ts';
import { MemoryStore } from '../../src/stores/memory.ts';
import type { Store } from '../../src/stores/store.ts';
import { StoreError } from '../../src/stores/store-error.ts';
import { seededRandom } from '../../src/testing/seeded-random.ts';
import { callOf, deploymentOf, planOf } from '../support/ledger-plan.ts';
import { TestClock } from '../support/test-clock.ts';

await sliceCode.load();

const NOON = Date.UTC(2026, 10, 25, 12);
export const REPORT_MS = 250;
export const LEASE_MS = 2_000;

/** What goes wrong on the way to the store. */
export interface Weather {
  /** Share of the commands whose answer is lost, though the store has done them. */
  lostReplies: number;
  /** Share of the commands that arrive twice. */
  doubled: number;
  isAway: boolean;
  /** From a command to its answer, milliseconds. */
  tripMs: number;
}

/** One process: its ledger, and the wire to the store that all share. */
export class Process {
  readonly events = new Emitter();
  readonly ledger: Ledger;
  readonly calls: OpenCall[] = [];
  isDead = false;
  /** Its timers wait until it is woken, as those of a process that is frozen. */
  isAsleep = false;
  /** Of its wall clock to the store's, milliseconds. */
  skewMs = 0;

  readonly #waiting: (() => void)[] = [];

  constructor(fleet: Fleet) {
    const clock: Clock = {
      now: () => Math.floor(fleet.clock.now()) + this.skewMs,
      monotonicMs: () => fleet.clock.monotonicMs(),
      setTimeout: (callback, delayMs) => fleet.clock.setTimeout(() => this.isDead || this.#whenAwake(callback), delayMs),
    };
    const { events } = this;
    const store = wire(fleet, this);
    const { reportShare, leaseMs } = fleet;
    const slices = fleet.isExact ? undefined : { reportMs: REPORT_MS, reportShare, leaseMs };
    this.ledger = createLedger({ store, clock, random: fleet.random, events, countTokens: () => 0, ownsStore: false, slices });
  }

  wake(): void {
    this.isAsleep = false;
    for (const callback of this.#waiting.splice(0)) callback();
  }

  #whenAwake(callback: () => void): void {
    if (this.isAsleep) this.#waiting.push(callback);
    else callback();
  }
}

export interface OpenCall {
  readonly process: Process;
  readonly bound: number;
  readonly reservation: Reservation;
  readonly admitted: AdmittedCall;
}

/** It was held after this, and before it was answered. */
interface AdmittedCall {
  readonly askedAt: number;
  /** Its bound, then what it used. */
  amount: number;
}

export interface FleetOptions {
  readonly seed: number;
  /** How many processes. */
  readonly size: number;
  readonly budgets: Budget[];
  /** Without slices. */
  readonly isExact?: boolean;
  /** Of slices, milliseconds. */
  readonly leaseMs?: number;
  /** Of slices: the share after which a report is sent sooner. */
  readonly reportShare?: number | undefined;
  /** The store has a clock of its own, as Redis has; else its time is the latest that a process tells. */
  readonly serverTime?: boolean;
}

/** Processes over one memory store, on one test clock, with everything random from one seed. */
export class Fleet {
  readonly clock = new TestClock(NOON);
  readonly store = new MemoryStore();
  readonly random: Random;
  readonly weather: Weather = { lostReplies: 0, doubled: 0, isAway: false, tripMs: 2 };
  readonly plan: Plan;
  readonly isExact: boolean;
  readonly leaseMs: number;
  readonly serverTime: boolean;
  readonly reportShare: number | undefined;
  readonly processes: Process[] = [];
  commands = 0;
  admitted = 0;
  refused = 0;
  readonly #calls: AdmittedCall[] = [];
  /** Settled by processes, whether or not the store has heard of it. */
  used = 0;
  usedRequests = 0;

  constructor({ seed, size, budgets, isExact = false, leaseMs = LEASE_MS, serverTime = false, reportShare }: FleetOptions) {
    this.random = seededRandom(seed);
    this.plan = planOf({ budgets });
    this.isExact = isExact;
    this.leaseMs = leaseMs;
    this.serverTime = serverTime;
    this.reportShare = reportShare;
    for (let number = 0; number < size; number++) this.processes.push(new Process(this));
  }

  whole(below: number): number {
    return Math.floor(this.random() * below);
  }

  pick<T>(items: readonly T[]): T | undefined {
    return items[this.whole(items.length)];
  }

  /** Asks for a call of at most so many tokens; its answer may come later. */
  ask(process: Process, bound: number, caller = {}, plan = this.plan): Admission | Promise<Admission> {
    const call = callOf({
      plan,
      caller,
      params: { model: 'fast', max_tokens: bound, messages: [] },
      deadlineMs: this.clock.monotonicMs() + 600_000,
    });
    return process.ledger.reserveCall(call, process.ledger.estimate(call, [DEPLOYMENT]));
  }

  /** Asks, and keeps the call open in its process if it is admitted. */
  begin(process: Process, bound: number, answered: (isAdmitted: boolean) => void = () => {}): void {
    const askedAt = this.clock.now();
    const keep = (admission: Admission) => {
      if (process.isDead) return;
      const isAdmitted = admission.admitted && admission.reservation !== undefined;
      if (isAdmitted) {
        this.admitted += 1;
        const admitted = { askedAt, amount: bound };
        this.#calls.push(admitted);
        process.calls.push({ process, bound, reservation: admission.reservation, admitted });
      } else this.refused += 1;
      answered(isAdmitted);
    };
    const answer = this.ask(process, bound);
    if (answer instanceof Promise) void answer.then(keep);
    else keep(answer);
  }

  end(call: OpenCall, used: number | undefined): void {
    call.process.calls.splice(call.process.calls.indexOf(call), 1);
    call.admitted.amount = used ?? 0;
    if (used === undefined) {
      call.reservation.release();
      return;
    }
    this.used += used;
    this.usedRequests += 1;
    call.reservation.settle({ requests: 1, usage: { ...NOTHING, outputTokens: used }, costNanoUsd: 0 });
  }

  /** What was admitted within the last so many milliseconds for sure, at its bound or at what it used. */
  admittedWithin(lengthMs: number): number {
    const from = this.clock.now() - lengthMs;
    return this.#calls.reduce((sum, { askedAt, amount }) => (askedAt > from ? sum + amount : sum), 0);
  }

  /** What is spent, reserved and lent of the budgets' counters that start like this. */
  async sums(prefix: string): Promise<{ spent: number; reserved: number; sliced: number }> {
    const found = this.store.balances({ prefix }, 0);
    const sum = (of: (balance: (typeof found)[number]) => number) => found.reduce((total, balance) => total + of(balance), 0);
    return {
      spent: sum(({ spent }) => spent),
      reserved: sum(({ reserved }) => reserved),
      sliced: sum(({ sliced = 0 }) => sliced),
    };
  }

  async close(): Promise<void> {
    const closing = Promise.all(this.processes.map(({ ledger }) => ledger.close(60_000)));
    let isClosed = false;
    void closing.then(() => {
      isClosed = true;
    });
    for (let turn = 0; !isClosed && turn < 2_000; turn++) await this.clock.elapse(50);
    await closing;
  }
}

const NOTHING = { inputTokens: 0, outputTokens: 0, cachedInputTokens: 0, cacheWriteTokens: 0, reasoningTokens: 0 };
const DEPLOYMENT = deploymentOf({ price: { input: 0, output: 0 } });

const VERBS = ['reserve', 'settle', 'release', 'extend', 'balances', 'record', 'usage', 'exchange'] as const;

/** The store as one process sees it: each command takes a while, and what is sent arrives in its order. */
function wire(fleet: Fleet, process: Process): Store {
  const send = (verb: (typeof VERBS)[number], args: unknown[]): Promise<unknown> => {
    const { clock, store, weather } = fleet;
    if (process.isDead) return new Promise(() => {});
    fleet.commands += 1;
    return new Promise((resolve, reject) => {
      clock.setTimeout(() => {
        if (weather.isAway) return void reject(new StoreError('store_unavailable', 'away'));
        const command = store[verb] as (...args: unknown[]) => unknown;
        const told = fleet.serverTime ? args.with(-1, Math.floor(clock.now())) : args;
        let answer = command.apply(store, told);
        if (fleet.random() < weather.doubled) answer = command.apply(store, told);
        if (fleet.random() >= weather.lostReplies) clock.setTimeout(() => process.isDead || resolve(answer), weather.tripMs / 2);
      }, weather.tripMs / 2);
    });
  };
  const verbs = VERBS.map((verb) => [verb, (...args: unknown[]) => send(verb, args)]);
  return { ...Object.fromEntries(verbs), close: () => {} } as Store;
}
