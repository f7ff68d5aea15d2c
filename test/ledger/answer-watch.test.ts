import { expect, it } from 'vitest';
import type { Clock } from '../../src/core/clock.ts';
import { AnswerWatch } from '../../src/ledger/answer-watch.ts';
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

  async busy(ms: number): Promise<void> {
    this.#nowMs += ms;
    for (const [timer, { dueMs, callback }] of [...this.#timers]) {
      if (dueMs <= this.#nowMs && this.#timers.delete(timer)) callback();
    }
    await Promise.resolve();
  }
}

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
  const seen = watched(new AnswerWatch(clock).within(never, silent));
  for (let turn = 0; turn < 6; turn++) {
    await clock.busy(1_000);
    expect(seen.state).toBe('waiting');
  }
  await clock.busy(1);
  await Promise.resolve();
  expect(seen.state).toBe('given up');
});

it('reads what has arrived meanwhile before it gives up', async () => {
  const clock = new BusyClock();
  const { promise, resolve } = Promise.withResolvers<void>();
  const seen = watched(new AnswerWatch(clock).within(promise, silent));
  for (let turn = 0; turn < 6; turn++) await clock.busy(1_000);
  resolve();
  for (let turn = 0; turn < 4; turn++) await Promise.resolve();
  await clock.busy(1);
  expect(seen.state).toBe('answered');
});

it('gives a command 300 ms from the last answer, and 3 s in all', async () => {
  const clock = new TestClock();
  const watch = new AnswerWatch(clock);
  const seen = watched(watch.within(never, silent));
  for (let turn = 0; turn < 14; turn++) {
    const { promise, resolve } = Promise.withResolvers<void>();
    void watch.within(promise, silent);
    await clock.elapse(200);
    resolve();
    await clock.elapse(0);
  }
  expect(seen.state).toBe('waiting');
  await clock.elapse(200);
  expect(seen.state).toBe('given up');
  const later = watched(watch.within(never, silent));
  await clock.elapse(299);
  expect(later.state).toBe('waiting');
  await clock.elapse(1);
  expect(later.state).toBe('given up');
  expect(clock.pending).toBe(0);
});
