import { afterEach, expect, it } from 'vitest';
import { callOnce, type House, openHouse } from '../faults/harness.ts';
import { completion } from '../support/chat-upstream.ts';

let house: House | undefined;
afterEach(async () => {
  await house?.close();
  house = undefined;
});

const WAIT_MS = 25_000;

/** Each reading is a millisecond later than the one before, and the wait ends `earlyMs` before it is due; no other timer runs. */
function clockWithEarlyTimers(earlyMs: number) {
  let skippedMs = 0;
  let readings = 0;
  const monotonicMs = () => {
    readings += 1;
    return performance.now() + skippedMs + readings;
  };
  return {
    now: () => Date.now() + skippedMs,
    monotonicMs,
    setTimeout(callback: () => void, delayMs: number) {
      if (Math.abs(delayMs - WAIT_MS) > 1_000) return { cancel() {} };
      const dueMs = monotonicMs() + delayMs - earlyMs;
      const immediate = setImmediate(() => {
        skippedMs += Math.max(0, dueMs - monotonicMs());
        callback();
      });
      return { cancel: () => clearImmediate(immediate) };
    },
  };
}

it.each(Array.from({ length: 24 }, (_, index) => index + 0.5))(
  'a call that waited for its only deployment tries it once, though the timer came %d ms early',
  async (earlyMs) => {
    house = await openHouse({
      alone: true,
      config: { clock: clockWithEarlyTimers(earlyMs) },
      first: (exchange) =>
        exchange.index === 0
          ? exchange.answer(429, { error: { message: 'slow down' } }, { 'retry-after-ms': `${WAIT_MS}` })
          : exchange.answer(200, completion('later')),
    });
    const result = await callOnce(house, false);
    expect(result.text).toBe('later');
    expect(house.events.filter(({ type }) => type === 'retry')).toHaveLength(1);
  },
);
