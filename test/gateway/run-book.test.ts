import { describe, expect, it } from 'vitest';
import { RunsAround } from '../../src/core/runs-around.ts';
import { Emitter } from '../../src/events/emitter.ts';
import { RunBook } from '../../src/gateway/runs/run-book.ts';
import { testClock } from '../../src/testing/test-clock.ts';

describe('the book of runs', () => {
  it('lists the newest of many runs of clones, and looks at few others for each new one', () => {
    const clock = testClock();
    const book = new RunBook({ clock, events: new Emitter() }, new RunsAround());
    let looks = 0;
    for (let made = 0; made < 12_000; made += 1) {
      const run = book.forClone({ team: 'search' }, { maxCalls: 1, id: `run-${made}` }, undefined);
      const { usedAt } = run;
      Object.defineProperty(run, 'usedAt', {
        get() {
          looks += 1;
          return usedAt;
        },
      });
    }
    expect(looks).toBeLessThan(12_000);
    const listed = book.list(undefined);
    expect(listed).toHaveLength(10_000);
    expect(listed[0]).toMatchObject({ id: 'run-2000' });
  });
});
