import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Deployment } from '../../src/core/deployment.ts';
import type { RoutingStrategy } from '../../src/core/strategy.ts';
import { orderDeployments, takeTurn } from '../../src/routing/router.ts';
import { routingStrategies } from '../../src/routing/strategies/index.ts';
import { at, callTo, healthWith, modelOf, routerOptions } from '../support/routing-plan.ts';

const a = at('openai/a');
const b = at('anthropic/b');
const c = at('google/c');

describe('candidates', () => {
  test('says why each deployment is passed over', () => {
    const { health } = healthWith();
    const denied = at('openai/denied', { tags: ['eu'] });
    const untagged = at('openai/untagged');
    const blind = at('openai/blind', { tags: ['eu'], capabilities: { tools: false } });
    const foreign = at('google/foreign', { tags: ['eu'] });
    const small = at('openai/small', { tags: ['eu'], contextWindow: 10 });
    const cooling = at('openai/cooling', { tags: ['eu'] });
    const fine = at('openai/fine', { tags: ['eu', 'cheap'] });
    const model = modelOf('fast', [denied, untagged, blind, foreign, small, cooling, fine]);
    const call = callTo(model, { caller: { tags: ['eu'] }, params: { messages: [], tools: [{}] } });
    health.coolDown('deployment', cooling.id, 1_000, 'overloaded', call);
    const options = routerOptions({
      forbids: (deployment) => (deployment === denied ? 'a rule denies it' : undefined),
      unsupported: ({ provider }) => (provider === 'google' ? { parameter: 'seed', reason: 'no seed' } : undefined),
      estimateInputTokens: 11,
    });
    const { order, skipped } = takeTurn(call, health, options);
    expect(order).toEqual([fine]);
    expect(skipped.map(({ deployment, kind, parameter }) => [deployment.upstreamModel, kind, parameter])).toEqual([
      ['denied', 'access', undefined],
      ['untagged', 'tags', undefined],
      ['blind', 'capability', 'tools'],
      ['foreign', 'capability', 'seed'],
      ['small', 'context-window', 'messages'],
      ['cooling', 'cooldown', undefined],
    ]);
  });

  test('judges each deployment by what it is sent, and says which has no price', () => {
    const { health } = healthWith();
    const plain = at('openai/plain', { contextWindow: 100 });
    const toolless = at('openai/toolless', { capabilities: { tools: false }, params: { tools: [{}] } });
    const short = at('openai/short', { capabilities: { maxOutputTokens: 50 } });
    const trusted = at('openai/trusted', { capabilities: { maxOutputTokens: 50 }, params: { max_tokens: 70 } });
    const full = at('openai/full', { contextWindow: 100, params: { tools: [{ long: true }] } });
    const free = at('openai/free');
    const seen: unknown[] = [];
    const model = modelOf('fast', [plain, toolless, short, trusted, full, free], { params: { max_tokens: 60 } });
    const options = routerOptions({
      estimateInputTokens: 101,
      estimate: {
        costAt: () => undefined,
        expectedInputAt: (deployment) => (deployment === full ? 101 : 99),
        fewestInputAt: () => 10,
        unpriced: new Set([free]),
      },
      unsupported: (deployment, params) => {
        seen.push([deployment.upstreamModel, params]);
        return undefined;
      },
    });
    const messages = [{ role: 'user', content: 'x' }];
    const { order, skipped } = takeTurn(callTo(model, { params: { messages } }), health, options);
    expect(order).toEqual([plain, trusted]);
    expect(skipped.map(({ deployment, kind, parameter }) => [deployment.upstreamModel, kind, parameter])).toEqual([
      ['toolless', 'capability', 'tools'],
      ['short', 'output-limit', 'max_tokens'],
      ['full', 'context-window', 'messages'],
      ['free', 'price', undefined],
    ]);
    expect(seen).toEqual([
      ['plain', { messages, max_tokens: 60 }],
      ['trusted', { messages, max_tokens: 70 }],
      ['free', { messages, max_tokens: 60 }],
    ]);
  });

  test('gives a strategy the costs of the call’s own estimate', () => {
    const { health } = healthWith({ costNanoUsd: () => 1 });
    const strategy = routingStrategies.get('lowest-cost');
    const costs = new Map([
      [a.id, 30],
      [b.id, 10],
      [c.id, 20],
    ]);
    const options = routerOptions({
      estimate: { costAt: (id) => costs.get(id), expectedInputAt: () => 0, fewestInputAt: () => 0, unpriced: undefined },
    });
    const { order } = takeTurn(callTo(modelOf('fast', [a, b, c], strategy && { strategy })), health, options);
    expect(order).toEqual([b, c, a]);
  });

  test('a dry run does not take a turn of round-robin', () => {
    const { health } = healthWith();
    const strategy = routingStrategies.get('round-robin');
    const call = callTo(modelOf('fast', [a, b], strategy && { strategy }));
    const first = () => takeTurn(call, health, routerOptions()).order[0];
    const preview = () => orderDeployments(call, health, routerOptions()).order[0];
    expect([preview(), preview(), first(), preview(), first(), first()]).toEqual([a, a, a, b, b, a]);
  });

  test("a user's strategy can leave deployments out but bring none in, nor any twice", () => {
    const { health } = healthWith();
    const strategy: RoutingStrategy = { name: 'priority', order: () => [at('openai/foreign'), b, b] };
    const { order, skipped } = takeTurn(callTo(modelOf('fast', [a, b, c], { strategy })), health, routerOptions());
    expect(order).toEqual([b]);
    expect(skipped.map(({ deployment, kind }) => [deployment, kind])).toEqual([
      [a, 'strategy'],
      [c, 'strategy'],
    ]);
  });
});

describe('tags', () => {
  const eu = at('openai/eu', { tags: ['eu', 'fast'] });
  const us = at('openai/us', { tags: ['us'] });
  const plain = at('openai/plain');
  const orderFor = (deployments: Deployment[], tags: string[], ofCall?: string[]) => {
    const call = callTo(modelOf('fast', deployments), { caller: { tags }, tags: ofCall });
    return takeTurn(call, healthWith().health, routerOptions()).order;
  };

  test('narrow to the deployments that carry all of them', () => {
    expect(orderFor([eu, us, plain], ['eu', 'fast'])).toEqual([eu]);
    expect(orderFor([eu, us, plain], ['eu', 'us'])).toEqual([]);
  });

  test('do not narrow a model none of whose deployments has a tag', () => {
    expect(orderFor([plain, a], ['eu'])).toEqual([plain, a]);
  });

  test('of the call add to those of the caller', () => {
    expect(orderFor([eu, us], [], ['us'])).toEqual([us]);
    expect(orderFor([eu, us], ['eu'], ['fast'])).toEqual([eu]);
    expect(orderFor([eu, us], ['eu'], ['us'])).toEqual([]);
  });
});

test('whatever the state, no candidate is denied, incapable or cooling', () => {
  const deploymentArbitrary = fc.record({
    allowed: fc.boolean(),
    tools: fc.constantFrom(undefined, true, false),
    contextWindow: fc.constantFrom(undefined, 100, 1_000),
    tags: fc.subarray(['eu', 'cheap']),
    coolingMs: fc.constantFrom(0, 0, 1_000, 50_000),
    reason: fc.constantFrom('rate-limited', 'overloaded', 'quota-exhausted'),
    weight: fc.integer({ min: 0, max: 3 }),
    priority: fc.integer({ min: 0, max: 2 }),
  });
  const property = fc.property(
    fc.array(deploymentArbitrary, { minLength: 1, maxLength: 6 }),
    fc.constantFrom(...routingStrategies.values()),
    fc.subarray(['eu', 'cheap']),
    fc.boolean(),
    fc.boolean(),
    fc.integer({ min: 0, max: 60_000 }),
    (specs, strategy, tags, affinity, asksTools, elapsedMs) => {
      const { health, clock } = healthWith();
      const deployments = specs.map(({ tools, contextWindow, tags: own, weight, priority }, index) =>
        at(`p${index % 3}/m${index}`, { capabilities: { tools }, contextWindow, tags: own, weight, priority }),
      );
      const model = modelOf('fast', deployments, { strategy, affinity });
      const params = { messages: [{ role: 'user', content: 'x' }], ...(asksTools ? { tools: [{}] } : {}) };
      const call = callTo(model, { caller: { tags }, params });
      specs.forEach(({ coolingMs, reason }, index) => {
        health.coolDown('deployment', deployments[index]?.id ?? '', coolingMs, reason, call);
      });
      clock.advance(elapsedMs);
      const allowed = new Set(deployments.filter((_, index) => specs[index]?.allowed));
      const options = routerOptions({
        forbids: (deployment) => (allowed.has(deployment) ? undefined : 'denied'),
        estimateInputTokens: 500,
      });
      const last = deployments.at(-1);
      if (last) options.affinity.remember(call, last.id);
      const { order, skipped, cooling } = takeTurn(call, health, options);
      expect(new Set([...order, ...skipped.map(({ deployment }) => deployment)])).toEqual(new Set(deployments));
      expect(order.length + skipped.length).toBe(deployments.length);
      const tagged = deployments.some((deployment) => deployment.tags.length > 0);
      for (const deployment of order) {
        expect(allowed.has(deployment)).toBe(true);
        if (asksTools) expect(deployment.capabilities.tools).not.toBe(false);
        expect(deployment.contextWindow ?? 500).toBeGreaterThanOrEqual(500);
        if (tagged) expect(deployment.tags).toEqual(expect.arrayContaining(tags));
        expect(health.state(deployment)).not.toBe('cooling');
      }
      expect(skipped.filter(({ kind }) => kind === 'cooldown').map(({ deployment }) => deployment)).toEqual(cooling);
    },
  );
  fc.assert(property, { numRuns: 500 });
});
