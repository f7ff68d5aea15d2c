import { describe, expect, test } from 'vitest';
import type { Call } from '../../src/core/call.ts';
import { Cancellation } from '../../src/core/cancellation.ts';
import { DeadlineExceeded } from '../../src/core/cancellation-reasons.ts';
import { CallsUnderWay } from '../../src/pipeline/record/calls-under-way.ts';
import { callOf, planOf } from '../support/ledger-plan.ts';
import { TestClock } from '../support/test-clock.ts';

const plan = planOf({});

describe('the calls under way', () => {
  test('are cancelled at their deadlines, each at its own, with one timer', () => {
    const { clock, calls, begin } = start();
    const [late, early, never] = [begin(500), begin(200), begin(900)];
    expect(clock.pending).toBe(1);
    clock.advance(200);
    expect([early, late, never].map(({ call }) => call.cancellation.reason)).toEqual([
      expect.any(DeadlineExceeded),
      undefined,
      undefined,
    ]);
    calls.leave(early.place);
    clock.advance(300);
    expect([late, never].map(({ call }) => call.cancellation.cancelled)).toEqual([true, false]);
    expect(clock.pending).toBe(1);
  });

  test('leave no timer when the last has ended', () => {
    const { clock, calls, begin } = start();
    const both = [begin(500), begin(900)];
    for (const { place } of both) calls.leave(place);
    expect(clock.pending).toBe(0);
    clock.advance(1_000);
    expect(both.map(({ call }) => call.cancellation.cancelled)).toEqual([false, false]);
  });

  test('that begin later with an earlier deadline are cancelled in time', () => {
    const { clock, begin } = start();
    begin(10_000);
    clock.advance(5_000);
    const short = begin(100);
    clock.advance(100);
    expect(short.call.cancellation.cancelled).toBe(true);
  });

  test('are waited for until the last has left, or until the wait is over', async () => {
    const { clock, calls, begin } = start();
    const { place } = begin(60_000);
    let idle = false;
    const waiting = calls.idle(1_000).then(() => {
      idle = true;
    });
    await clock.elapse(999);
    expect(idle).toBe(false);
    calls.leave(place);
    await waiting;
    begin(60_000);
    const second = calls.idle(1_000);
    await clock.elapse(1_000);
    await second;
  });
});

function start() {
  const clock = new TestClock();
  const calls = new CallsUnderWay(clock);
  const begin = (timeoutMs: number): { call: Call; place: number } => {
    const startedMonotonicMs = clock.monotonicMs();
    const deadlineMs = startedMonotonicMs + timeoutMs;
    const call = callOf({ plan, cancellation: new Cancellation(), startedMonotonicMs, deadlineMs });
    return { call, place: calls.enter(call) };
  };
  return { clock, calls, begin };
}
