import { describe, expect, test } from 'vitest';
import type { RoutingStrategy } from '../../src/core/strategy.ts';
import { routingStrategies } from '../../src/routing/strategies/index.ts';
import { leastBusy } from '../../src/routing/strategies/least-busy.ts';
import { lowestCost } from '../../src/routing/strategies/lowest-cost.ts';
import { lowestLatency } from '../../src/routing/strategies/lowest-latency.ts';
import { mostHeadroom } from '../../src/routing/strategies/most-headroom.ts';
import { priority } from '../../src/routing/strategies/priority.ts';
import { roundRobin } from '../../src/routing/strategies/round-robin.ts';
import { weighted } from '../../src/routing/strategies/weighted.ts';
import { at, callTo, failed, healthWith, modelOf, seeded, success } from '../support/routing-plan.ts';

const a = at('openai/a');
const b = at('anthropic/b');
const c = at('google/c');
const call = callTo(modelOf('fast', [a, b, c]));

function idsOf(strategy: RoutingStrategy, candidates = [a, b, c], health = healthWith().health): string[] {
  return strategy.order(candidates, health, call).map(({ id }) => id);
}

describe.each([...routingStrategies])('%s', (_name, strategy) => {
  test('returns every candidate exactly once and leaves the given list as it was', () => {
    const given = Object.freeze([a, b, c]);
    expect(strategy.order(given, healthWith().health, call).toSorted((x, y) => x.id.localeCompare(y.id))).toEqual([b, c, a]);
  });

  test('gives the same orders for the same seed', () => {
    const orders = () => {
      const { health, clock } = healthWith({ random: seeded(7) });
      return Array.from({ length: 50 }, () => {
        const order = strategy.order([a, b, c], health, call);
        for (const deployment of order.slice(0, 1)) {
          health.started(deployment);
          health.finished(deployment, success(50), call);
        }
        clock.advance(10_000);
        health.advanceTurn(call.model);
        return order.map(({ id }) => id);
      });
    };
    expect(orders()).toEqual(orders());
  });
});

test('priority puts lower numbers first and keeps the listed order of equal ones', () => {
  const last = at('openai/last', { priority: 2 });
  expect(idsOf(priority, [last, b, a])).toEqual([b.id, a.id, last.id]);
});

describe('weighted', () => {
  const heavy = at('openai/heavy', { weight: 5 });
  const middle = at('openai/middle', { weight: 3 });
  const light = at('openai/light', { weight: 2 });

  test('draws the first place in proportion to the weights', () => {
    const { health } = healthWith({ random: seeded(42) });
    const draws = 20_000;
    const counts = new Map<string, number>();
    for (let draw = 0; draw < draws; draw += 1) {
      const first = weighted.order([light, heavy, middle], health, call)[0];
      if (first) counts.set(first.id, (counts.get(first.id) ?? 0) + 1);
    }
    let chiSquared = 0;
    for (const deployment of [heavy, middle, light]) {
      const expected = (draws * deployment.weight) / 10;
      chiSquared += ((counts.get(deployment.id) ?? 0) - expected) ** 2 / expected;
    }
    // 99.9 % quantile of chi-squared with two degrees of freedom.
    expect(chiSquared).toBeLessThan(13.816);
  });

  test('draws the second place in proportion to the weights that are left', () => {
    const { health } = healthWith({ random: seeded(43) });
    let afterHeavy = 0;
    let middleAfterHeavy = 0;
    for (let draw = 0; draw < 20_000; draw += 1) {
      const [first, second] = weighted.order([light, heavy, middle], health, call);
      if (first !== heavy) continue;
      afterHeavy += 1;
      if (second === middle) middleAfterHeavy += 1;
    }
    expect(middleAfterHeavy / afterHeavy).toBeCloseTo(0.6, 1);
  });

  test('puts weight 0 last', () => {
    const never = at('openai/never', { weight: 0 });
    const { health } = healthWith({ random: seeded(3) });
    for (let draw = 0; draw < 100; draw += 1) {
      expect(weighted.order([never, heavy, light], health, call).at(-1)).toBe(never);
    }
  });
});

test('round-robin begins one further at each call and keeps the cycle', () => {
  const { health } = healthWith();
  const firsts = Array.from({ length: 4 }, () => {
    const order = idsOf(roundRobin, [a, b, c], health);
    health.advanceTurn(call.model);
    return order;
  });
  expect(firsts).toEqual([
    [a.id, b.id, c.id],
    [b.id, c.id, a.id],
    [c.id, a.id, b.id],
    [a.id, b.id, c.id],
  ]);
});

test('least-busy counts attempts under way, in proportion to maxConcurrent where all have one', () => {
  const { health } = healthWith();
  health.started(a);
  expect(idsOf(leastBusy, [a, b], health)).toEqual([b.id, a.id]);
  const wide = at('openai/wide', { maxConcurrent: 10 });
  const narrow = at('openai/narrow', { maxConcurrent: 1 });
  health.started(wide);
  health.started(wide);
  health.started(narrow);
  expect(idsOf(leastBusy, [narrow, wide], health)).toEqual([wide.id, narrow.id]);
});

test('lowest-cost takes the estimate of this call and puts unknown prices last', () => {
  const costs = new Map([
    [b.id, 20],
    [c.id, 10],
  ]);
  const { health } = healthWith({ costNanoUsd: (id) => costs.get(id) });
  expect(idsOf(lowestCost, [a, b, c], health)).toEqual([c.id, b.id, a.id]);
});

test('most-headroom puts the largest share of rpm and tpm first', () => {
  const shares = new Map([
    [a.id, 0.1],
    [b.id, 0.9],
    [c.id, 0.5],
  ]);
  const { health } = healthWith({ headroom: (id) => shares.get(id) ?? 1 });
  expect(idsOf(mostHeadroom, [a, b, c], health)).toEqual([b.id, c.id, a.id]);
});

describe('lowest-latency', () => {
  function measured(latencies: ReadonlyMap<typeof a, number>, seed = 5) {
    const made = healthWith({ random: seeded(seed) });
    for (const [deployment, firstTokenMs] of latencies) {
      made.health.started(deployment);
      made.health.finished(deployment, success(firstTokenMs), call);
    }
    return made;
  }

  test('puts the shortest time to first token first', () => {
    const { health } = measured(
      new Map([
        [a, 300],
        [b, 100],
        [c, 200],
      ]),
    );
    expect(idsOf(lowestLatency, [a, b, c], health)).toEqual([b.id, c.id, a.id]);
  });

  test('tries what was never used, one call at a time', () => {
    const { health } = measured(new Map([[a, 100]]));
    expect(idsOf(lowestLatency, [a, b], health)[0]).toBe(b.id);
    health.started(b);
    expect(idsOf(lowestLatency, [a, b], health)[0]).toBe(a.id);
  });

  test('does not return at once to a deployment that was tried and failed', () => {
    const { health } = measured(new Map([[a, 100]]));
    health.started(b);
    health.finished(b, failed(), call);
    expect(idsOf(lowestLatency, [a, b], health)[0]).toBe(a.id);
  });

  test('finds a deployment again that was slow for a while', () => {
    const { health, clock } = measured(
      new Map([
        [a, 150],
        [b, 5_000],
      ]),
    );
    const latencyMs = new Map([
      [a, 150],
      [b, 50],
    ]);
    const firsts: string[] = [];
    for (let second = 0; second < 600; second += 1) {
      const [first] = lowestLatency.order([a, b], health, call);
      if (!first) continue;
      firsts.push(first.id);
      health.started(first);
      clock.advance(1_000);
      health.finished(first, success(latencyMs.get(first)), call);
    }
    expect(firsts.slice(0, 20)).not.toContain(b.id);
    const ofLast = firsts.slice(-100).filter((id) => id === b.id).length;
    expect(ofLast).toBeGreaterThan(90);
  });
});
