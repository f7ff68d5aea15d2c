import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import type { Deployment } from '../../src/core/deployment.ts';
import { Emitter } from '../../src/events/emitter.ts';
import { createLedger } from '../../src/ledger/create-ledger.ts';
import { MemoryStore } from '../../src/stores/memory.ts';
import { callOf, deploymentOf, planOf } from '../support/ledger-plan.ts';

describe('an estimate over many deployments', () => {
  const deployments = Array.from({ length: 120 }, (_, index) =>
    deploymentOf({
      id: `openai/m${index}`,
      upstreamModel: index % 7 === 0 ? `gpt-oss-${index}` : `m${index}`,
      price: { input: 1 + ((index * 7) % 120), output: 1 + ((index * 11) % 120) },
    }),
  );
  const call = callOf({
    plan: planOf({}),
    params: { model: 'fast', max_tokens: 50, messages: [{ role: 'user', content: 'Hi' }] },
  });
  const ledger = createLedger({ store: new MemoryStore(), clock: systemClock, events: new Emitter() });
  const over = { ...call, modelPlan: { ...call.modelPlan, deployments } };
  const each = deployments.map((deployment) => ledger.estimate(over, [deployment]).strict);

  it('is the most of what each comes to', () => {
    const { strict } = ledger.estimate(over, deployments);
    expect(strict.costNanoUsd).toBe(Math.max(...each.map(({ costNanoUsd = 0 }) => costNanoUsd)));
    expect(strict.totalTokens).toBe(Math.max(...each.map(({ totalTokens }) => totalTokens)));
  });

  it('tells what each comes to', () => {
    const { strict } = ledger.estimate(over, deployments);
    expect(deployments.map(({ id }) => strict.costAt(id))).toEqual(each.map(({ costNanoUsd }) => costNanoUsd));
    expect(deployments.map(({ id }) => strict.at(id).usage)).toEqual(each.map(({ usage }) => usage));
  });

  it('leaves over the cheapest of each size of text, the first of equal ones', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 6 }), fc.integer({ min: 0, max: 6 })), { minLength: 16, maxLength: 60 }),
        fc.integer({ min: 1, max: 3_000 }),
        (prices, max_tokens) => {
          const priced = prices.map(([input, output], index) =>
            deploymentOf({ id: `openai/p${index}`, upstreamModel: `p${index}`, price: { input: input / 10_000, output } }),
          );
          const params = { model: 'fast', max_tokens, messages: [{ role: 'user', content: 'Hi' }] };
          const estimate = ledger.estimate({ ...call, params, modelPlan: { ...call.modelPlan, deployments: priced } }, priced);
          const firstOfCheapest = (among: readonly Deployment[]) =>
            among.toSorted((a, b) => (estimate.costAt(a.id) ?? 0) - (estimate.costAt(b.id) ?? 0))[0];
          expect(firstOfCheapest(estimate.cheapestOf(priced))).toBe(firstOfCheapest(priced));
          const others = priced.slice(1);
          expect(firstOfCheapest(estimate.cheapestOf(others))).toBe(firstOfCheapest(others));
        },
      ),
    );
  });
});
