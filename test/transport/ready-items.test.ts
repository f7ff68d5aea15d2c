import { describe, expect, it } from 'vitest';
import { ReadyItems } from '../../src/core/ready-items.ts';

const numbered = (count: number) => Array.from({ length: count }, (_, number) => ({ number }));

describe('what waits to be taken', () => {
  it.each([1, 63, 64, 65, 1_023, 1_024, 1_025, 3_000])(
    'comes in its order, %i at a time, and again in the same room',
    (count) => {
      const ready = new ReadyItems<{ number: number }>();
      for (let round = 0; round < 3; round += 1) {
        const items = numbered(count);
        for (const item of items) ready.push(item);
        expect(ready.length).toBe(count);
        expect(items.map(() => ready.take())).toEqual(items);
        expect(ready.take()).toBeUndefined();
        expect(ready.length).toBe(0);
      }
    },
  );

  it('comes in its order if it never runs empty', () => {
    const ready = new ReadyItems<{ number: number }>();
    const items = numbered(5_000);
    const taken: unknown[] = [];
    for (const [place, item] of items.entries()) {
      ready.push(item);
      if (place % 5 > 0) taken.push(ready.take());
      expect(ready.length).toBe(place + 1 - taken.length);
    }
    while (ready.length > 0) taken.push(ready.take());
    expect(taken).toEqual(items);
  });

  it('is gone once it is cleared, and what comes later is not', () => {
    const ready = new ReadyItems<{ number: number }>();
    for (const item of numbered(3)) ready.push(item);
    ready.clear();
    expect(ready.take()).toBeUndefined();
    ready.push({ number: 7 });
    expect(ready.take()).toEqual({ number: 7 });
  });
});
