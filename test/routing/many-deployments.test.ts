import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Deployment } from '../../src/core/deployment.ts';
import type { Health } from '../../src/routing/health.ts';
import { type RouterOptions, takeTurn } from '../../src/routing/router.ts';
import { routingStrategies } from '../../src/routing/strategies/index.ts';
import { isStaged, type RankedHealth } from '../../src/routing/strategies/staged-strategy.ts';
import { weighted } from '../../src/routing/strategies/weighted.ts';
import { at, callTo, failed, healthWith, modelOf, routerOptions, seeded, success } from '../support/routing-plan.ts';

const MANY = 40;

const someOf = fc.record({
  priority: fc.integer({ min: 0, max: 3 }),
  weight: fc.integer({ min: 0, max: 3 }),
  contextWindow: fc.option(fc.constantFrom(50, 100, 200), { nil: undefined }),
  capabilities: fc.record({
    tools: fc.constantFrom(true, undefined, false),
    maxOutputTokens: fc.constantFrom(undefined, 500, 1_000),
  }),
});

function listOf(facts: readonly Partial<Deployment>[]): readonly Deployment[] {
  return facts.map((own, index) => at(`openai/m${index}`, own));
}

/** Uses and failures of some of them. */
function lived(health: Health, deployments: readonly Deployment[], lives: readonly number[]): void {
  const call = callTo(modelOf('fast', deployments));
  for (const [place, life] of lives.entries()) {
    const deployment = deployments[(place * 7) % deployments.length];
    if (deployment === undefined) continue;
    health.started(deployment);
    if (life % 3 > 0) health.finished(deployment, life % 3 === 1 ? success(life) : failed(), call);
    if (life % 11 === 0) health.coolDown('deployment', deployment.id, 1_000, 'overloaded', call);
  }
}

const staged = [...routingStrategies.values()].filter(isStaged).map((strategy) => [strategy.name, strategy] as const);

describe.each(staged)('many deployments under %s', (_name, strategy) => {
  const order = (facts: readonly Partial<Deployment>[], lives: readonly number[], own: Partial<RouterOptions>) => {
    const deployments = listOf(facts);
    const { health } = healthWith({ random: seeded(5), headroom: (id) => (id.length % 3) / 3, costNanoUsd: (id) => id.length });
    lived(health, deployments, lives);
    const messages = [{ role: 'user', content: 'x' }];
    const call = callTo(modelOf('fast', deployments, { strategy }), { params: { messages, max_tokens: 700, tools: [{}] } });
    const found = takeTurn(call, health, routerOptions({ estimateInputTokens: 80, ...own }));
    return {
      order: found.order.map(({ id }) => id),
      skipped: found.skipped.map(({ deployment, reason }) => [deployment.id, reason]),
    };
  };
  const lists = fc.array(someOf, { minLength: 1, maxLength: MANY });
  const fitting = fc.array(
    someOf.map((own) => ({ ...own, contextWindow: 100, capabilities: {} })),
    { minLength: 20, maxLength: MANY },
  );
  const lives = fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 60 });

  test('are the same ones in the same order, whether looked at one by one or all at once', () => {
    fc.assert(
      fc.property(fc.oneof(lists, fitting), lives, (facts, used) => {
        const atOnce: Partial<RouterOptions> = { forbids: undefined, judgedApart: (deployments) => deployments.slice(0, 1) };
        expect(order(facts, used, atOnce)).toEqual(order(facts, used, {}));
      }),
      { numRuns: 60 },
    );
  });

  test('have one order, of which the first is found alone', () => {
    fc.assert(
      fc.property(fitting, lives, (facts, used) => {
        const deployments = listOf(facts);
        const { health } = healthWith({
          random: () => 0.99,
          headroom: (id) => (id.length % 3) / 3,
          costNanoUsd: (id) => id.length,
        });
        lived(health, deployments, used);
        const call = callTo(modelOf('fast', deployments, { strategy }));
        const first = strategy.first(deployments, health, call);
        if (first === undefined) throw new Error('there is none');
        const staged = [first, ...strategy.rest(first, deployments, health, call)];
        expect(staged.toSorted((a, b) => a.id.localeCompare(b.id))).toEqual(
          deployments.toSorted((a, b) => a.id.localeCompare(b.id)),
        );
        if (strategy !== weighted) expect(staged).toEqual(strategy.order(deployments, health, call));
      }),
      { numRuns: 60 },
    );
  });
});

test.each(['most-headroom', 'lowest-latency'])(
  '%s finds the same one by what is kept of the whole list as by asking of each',
  (name) => {
    const strategy = routingStrategies.get(name);
    if (strategy === undefined || !isStaged(strategy)) throw new Error('there is none');
    const headroom = (id: string) => ((id.codePointAt(id.length - 1) ?? 0) % 5) / 5;
    fc.assert(
      fc.property(
        fc.array(fc.boolean(), { minLength: 3, maxLength: MANY }),
        fc.array(fc.nat(39), { maxLength: 60 }),
        (kept, used) => {
          const deployments = kept.map((_, index) => at(`openai/m${index}`));
          const left = deployments.filter((_, index) => kept[index]);
          const call = callTo(modelOf('fast', deployments, { strategy }));
          const shares = Float64Array.from(deployments, ({ id }) => headroom(id));
          const { health: asked } = healthWith({ random: seeded(3), headroom });
          const { health: keeps } = healthWith({ random: seeded(3), headroom, headroomOf: () => shares });
          keeps.standingOf(deployments);
          for (const health of [asked, keeps]) lived(health, deployments, used);
          const asking = view(asked);
          for (const candidates of [deployments, left, left.toReversed()]) {
            if (candidates.length === 0) continue;
            expect(strategy.first(candidates, keeps, call)).toBe(strategy.first(candidates, asking, call));
          }
        },
      ),
      { numRuns: 100 },
    );
  },
);

/** What any strategy may read. */
function view(health: Health): RankedHealth {
  return {
    random: health.random,
    inFlight: (id) => health.inFlight(id),
    firstTokenMs: (id) => health.firstTokenMs(id),
    lastUsedMs: (id) => health.lastUsedMs(id),
    nowMs: () => health.nowMs(),
    headroom: (id) => health.headroom(id),
    costNanoUsd: () => undefined,
    turn: (model) => health.turn(model),
  };
}

test('one that may not serve the call is passed over among many that may', () => {
  const { health } = healthWith();
  const deployments = Array.from({ length: MANY }, (_, index) =>
    at(`openai/m${index}`, { contextWindow: index === 7 ? 10 : 100 }),
  );
  const options = routerOptions({ forbids: undefined, judgedApart: (all) => all, estimateInputTokens: 50 });
  const { count, skipped } = takeTurn(callTo(modelOf('fast', deployments)), health, options);
  expect(count).toBe(MANY - 1);
  expect(skipped.map(({ deployment, kind }) => [deployment.upstreamModel, kind])).toEqual([['m7', 'context-window']]);
});

test('of many that are judged alike one is asked', () => {
  const { health } = healthWith();
  const deployments = Array.from({ length: MANY }, (_, index) => at(`openai/m${index}`));
  const asked: string[] = [];
  const options = routerOptions({
    forbids: undefined,
    judgedApart: (all) => all.slice(0, 1),
    unsupported: ({ upstreamModel }) => {
      asked.push(upstreamModel);
      return undefined;
    },
  });
  expect(takeTurn(callTo(modelOf('fast', deployments)), health, options).order).toEqual(deployments);
  expect(asked).toEqual(['m0']);
});

test('weighted draws the first of many in proportion to the weights, and none of weight 0', () => {
  const weights = Array.from({ length: MANY }, (_, index) => index % 4);
  const deployments = weights.map((weight, index) => at(`openai/m${index}`, { weight }));
  const { health } = healthWith({ random: seeded(11) });
  const call = callTo(modelOf('fast', deployments, { strategy: weighted }));
  const drawn = new Map<number, number>();
  const draws = 12_000;
  for (let draw = 0; draw < draws; draw += 1) {
    const { weight = -1 } = weighted.first(deployments, health, call) ?? {};
    drawn.set(weight, (drawn.get(weight) ?? 0) + 1);
  }
  expect(drawn.get(0)).toBeUndefined();
  // Ten of each weight: a sixth, a third and a half of all draws.
  for (const weight of [1, 2, 3]) expect((drawn.get(weight) ?? 0) / draws).toBeCloseTo(weight / 6, 1);
});
