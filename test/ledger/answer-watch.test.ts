import { expect, it } from 'vitest';
import { AnswerWatch } from '../../src/core/answer-watch.ts';
import type { Clock } from '../../src/core/clock.ts';
import { TestClock } from '../support/test-clock.ts';

/** A clock of a process that is busy in one piece: timers that fall due meanwhile run late, once each. */
class BusyClock implements Clock {
  #nowMs = 0;
  readonly #timers = new Map<object, { dueMs: number; callback: () => void }>();
  now = () => this.#nowMs;
  monotonicMs = () => this.#nowMs;

  setTimeout(callback: () => void, delayMs: number) {
    const timer = { cancel: () => void this.#timers.delete(timer) };
    this.#timers.set(timer, { dueMs: this.#nowMs + delayMs, callback });
    return timer;
  }

  /** Time in which no timer runs. */
  passes(ms: number): void {
    this.#nowMs += ms;
  }

  async busy(ms: number): Promise<void> {
    this.#nowMs += ms;
    for (const [timer, { dueMs, callback }] of [...this.#timers]) {
      if (dueMs <= this.#nowMs && this.#timers.delete(timer)) callback();
    }
    await Promise.resolve();
  }
}

const PATIENCE = { silenceMs: 300, overtakenMs: 3_000, longestMs: 30_000 };
/** A look after a long time counts for a thirtieth of what a store may be silent. */
const BUSY_TURNS = 30;
const silent = () => new Error('silent');
const never = new Promise<never>(() => {});

/** What became of a promise, without waiting for it. */
function watched(promise: Promise<unknown>) {
  const seen = { state: 'waiting' };
  promise.then(
    () => Object.assign(seen, { state: 'answered' }),
    () => Object.assign(seen, { state: 'given up' }),
  );
  return seen;
}

it('does not blame a store for the time in which its process was busy', async () => {
  const clock = new BusyClock();
  const seen = watched(new AnswerWatch(clock, PATIENCE).within(never, silent));
  for (let turn = 0; turn < BUSY_TURNS; turn++) {
    await clock.busy(1_000);
    expect(seen.state).toBe('waiting');
  }
  await clock.busy(1);
  await Promise.resolve();
  expect(seen.state).toBe('given up');
});

it('counts time as less by the factor by which its looks come late', async () => {
  const clock = new BusyClock();
  const seen = watched(new AnswerWatch(clock, PATIENCE).within(never, silent));
  // Of 80 ms in place of 50 each counts 31.
  for (let turn = 0; turn < 9; turn++) await clock.busy(80);
  await clock.busy(1);
  expect(seen.state).toBe('waiting');
  for (let turn = 0; turn < 3; turn++) await clock.busy(80);
  await clock.busy(1);
  expect(seen.state).toBe('given up');
});

it('counts a busy turn once, however many commands are sent and answered in it', async () => {
  const clock = new BusyClock();
  const watch = new AnswerWatch(clock, PATIENCE);
  const seen = watched(watch.within(never, silent));
  for (let turn = 0; turn < 2; turn++) {
    for (let command = 0; command < 40; command++) {
      clock.passes(20);
      watched(watch.within(never, silent));
    }
    await clock.busy(20);
  }
  await clock.busy(1);
  expect(seen.state).toBe('waiting');
});

it('reads what has arrived meanwhile before it gives up', async () => {
  const clock = new BusyClock();
  const { promise, resolve } = Promise.withResolvers<void>();
  const seen = watched(new AnswerWatch(clock, PATIENCE).within(promise, silent));
  for (let turn = 0; turn < BUSY_TURNS; turn++) await clock.busy(1_000);
  resolve();
  for (let turn = 0; turn < 4; turn++) await Promise.resolve();
  await clock.busy(1);
  expect(seen.state).toBe('answered');
});

/** Sends a command and has it answered after a while. */
async function answered(watch: AnswerWatch, clock: TestClock, afterMs: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  void watch.within(promise, silent);
  await clock.elapse(afterMs);
  resolve();
  await clock.elapse(0);
}

it('gives a command 300 ms from the last answer, and 3 s from when one that was sent later is answered', async () => {
  const clock = new TestClock();
  const watch = new AnswerWatch(clock, PATIENCE);
  const seen = watched(watch.within(never, silent));
  for (let turn = 0; turn < 15; turn++) await answered(watch, clock, 200);
  expect(seen.state).toBe('waiting');
  await answered(watch, clock, 200);
  expect(seen.state).toBe('given up');
  const later = watched(watch.within(never, silent));
  await clock.elapse(299);
  expect(later.state).toBe('waiting');
  await clock.elapse(1);
  expect(later.state).toBe('given up');
  expect(clock.pending).toBe(0);
});

it('waits for what stands behind others that are answered, up to 30 s', async () => {
  const clock = new TestClock();
  const watch = new AnswerWatch(clock, PATIENCE);
  const ahead = Array.from({ length: 200 }, () => Promise.withResolvers<void>());
  for (const { promise } of ahead) watched(watch.within(promise, silent));
  const last = watched(watch.within(never, silent));
  for (const { resolve } of ahead.slice(0, 149)) {
    await clock.elapse(200);
    resolve();
  }
  await clock.elapse(100);
  expect(last.state).toBe('waiting');
  await clock.elapse(200);
  expect(last.state).toBe('given up');
});

/** A test clock that ends a test whose timers never move it on. */
class CountingClock extends TestClock {
  #timers = 0;

  override setTimeout(callback: () => void, delayMs: number) {
    this.#timers += 1;
    if (this.#timers > 1_000) throw new Error('Timers without end');
    return super.setTimeout(callback, delayMs);
  }
}

it('looks no more often than the clock moves, if times have fractions', async () => {
  const clock = new CountingClock();
  await clock.elapse(1_000.1);
  const seen = watched(new AnswerWatch(clock, PATIENCE).within(never, silent));
  await clock.elapse(299);
  expect(seen.state).toBe('waiting');
  await clock.elapse(2);
  expect(seen.state).toBe('given up');
  expect(clock.pending).toBe(0);
});
