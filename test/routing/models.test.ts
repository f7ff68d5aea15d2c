import { describe, expect, test } from 'vitest';
import { isWellFormedName, resolveModel, type UndeclaredModelParts } from '../../src/routing/models.ts';
import { at, failover, modelOf, planWith } from '../support/routing-plan.ts';

const parts: UndeclaredModelParts = {
  makeDeployment: (provider, upstreamModel) =>
    at(`${provider}/${upstreamModel}`, { capabilities: { tools: true }, contextWindow: 9 }),
  failover,
};
const mini = at('openai/gpt-5-mini', { rpm: 5, maxConcurrent: 2 });
const fast = modelOf('fast', [mini]);
const plan = planWith([fast], { extraProviders: ['anthropic', 'openrouter'] });

function idsOf(name: string, of = plan): string[] | undefined {
  return resolveModel(of, name, parts)?.deployments.map(({ id }) => id);
}

describe('a name stands for', () => {
  test('the declared model of exactly this name', () => {
    expect(resolveModel(plan, 'fast', parts)).toBe(fast);
    expect(idsOf('Fast')).toBeUndefined();
  });

  test('provider/model of a configured provider, split at the first slash', () => {
    expect(idsOf('anthropic/claude-x')).toEqual(['anthropic/claude-x']);
    expect(idsOf('openrouter/meta-llama/llama-4')).toEqual(['openrouter/meta-llama/llama-4']);
    expect(idsOf('nobody/gpt')).toBeUndefined();
  });

  test('the declared deployment, with its limits, where it is asked for by its own name', () => {
    expect(resolveModel(plan, 'openai/gpt-5-mini', parts)?.deployments[0]).toBe(mini);
  });

  test('the model of that name at the provider that takes undeclared names', () => {
    const withDefault = planWith([fast], { extraProviders: ['openrouter'], undeclaredModelsAt: 'openrouter' });
    expect(idsOf('meta-llama/llama-4', withDefault)).toEqual(['openrouter/meta-llama/llama-4']);
    expect(idsOf('openai/gpt-x', withDefault)).toEqual(['openai/gpt-x']);
  });

  test('nothing, where no provider takes undeclared names', () => {
    expect(resolveModel(planWith([fast], { defaultProvider: 'openai' }), 'gpt-x', parts)).toBeUndefined();
  });

  test('the wildcard whose star the rest fills in, the longest pattern first', () => {
    const template = at('openai/*', { rpm: 7, capabilities: { tools: false }, tags: ['eu'] });
    const one = modelOf('openai/*', [template, at('azure/fixed')], { affinity: true });
    const any = modelOf('*', [at('openrouter/vendor/*')]);
    const wild = planWith([fast], {
      extraProviders: ['azure', 'openrouter'],
      wildcards: [
        { pattern: 'openai/*', model: one },
        { pattern: '*', model: any },
      ],
    });
    const resolved = resolveModel(wild, 'openai/gpt-$&', parts);
    expect(resolved).toMatchObject({ name: 'openai/gpt-$&', affinity: true });
    expect(resolved?.deployments).toMatchObject([
      { id: 'openai/gpt-$&', upstreamModel: 'gpt-$&', rpm: 7, capabilities: { tools: false }, tags: ['eu'], contextWindow: 9 },
      { id: 'azure/fixed' },
    ]);
    expect(idsOf('else', wild)).toEqual(['openrouter/vendor/else']);
  });
});

test('the same name gives the same object, and memory of names is bounded', () => {
  const first = resolveModel(plan, 'anthropic/one', parts);
  expect(resolveModel(plan, 'anthropic/one', parts)).toBe(first);
  for (let number = 0; number < 1_000; number += 1) resolveModel(plan, `anthropic/n${number}`, parts);
  expect(resolveModel(plan, 'anthropic/one', parts)).not.toBe(first);
});

test.each([
  '',
  ' openai/gpt',
  'openai/gpt ',
  'openai/',
  '/gpt',
  'openai//gpt',
  'openai/gpt/',
  'openai/../gpt',
  'openai/..',
  'openai/.',
  'openai\\..\\gpt',
  'openai/a\nb',
  'openai/a\u0000',
  'openai/a\u200bb',
  'openai/a\u202eb',
  'openai/\ud800',
  `openai/${'x'.repeat(506)}`,
])('the malformed name %j stands for nothing', (name) => {
  expect([isWellFormedName(name), resolveModel(plan, name, parts)]).toEqual([false, undefined]);
});

test.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])('%s is a name like any other', (name) => {
  expect(idsOf(name)).toBeUndefined();
  expect(idsOf(`${name}/x`)).toBeUndefined();
});
