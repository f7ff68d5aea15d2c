import { describe, expect, test } from 'vitest';
import { DEFAULT_RETRY } from '../../src/core/policies.ts';
import { Secret } from '../../src/core/secret.ts';
import type { FailoverState } from '../../src/core/strategy.ts';
import { DEFAULT_TIMEOUTS } from '../../src/core/timeouts.ts';
import { configWith, exampleConfig, exampleEnvironment, planOf, registry } from './registry.ts';

function keysOf(options: Record<string, unknown>, variables: Record<string, string> = {}): unknown[] {
  const provider = planOf({ providers: { openai: options } }, variables).providers.get('openai');
  return (provider?.options.apiKeys ?? []).map((key) => (key instanceof Secret ? key.reveal() : key));
}

describe('providers', () => {
  test('take their type from the name and their key from the environment', () => {
    const provider = planOf(exampleConfig, exampleEnvironment).providers.get('openai');
    expect(provider?.type).toBe('openai');
    expect(provider?.options.baseURL).toBe('https://api.openai.com/v1');
    expect(keysOf({}, { OPENAI_API_KEY: 'sk-x\n' })).toEqual(['sk-x']);
  });

  test('trim what copying leaves around a key, and keep equal keys once', () => {
    expect(keysOf({ apiKey: '\uFEFF sk-x \r\n' })).toEqual(['sk-x']);
    expect(keysOf({ apiKey: ['a', 'b ', 'a'] })).toEqual(['a', 'b']);
  });

  test('keep a function as it is', () => {
    const token = () => 'short-lived';
    expect(keysOf({ apiKey: token })).toEqual([token]);
  });

  test('need neither key nor address with a client of the user', () => {
    const client = { chat: {} };
    const plan = planOf({ providers: { mine: { client } } }, { OPENAI_API_KEY: 'sk-x' });
    expect(plan.providers.get('mine')).toMatchObject({ type: 'openai-compatible', options: { apiKeys: [], baseURL: undefined } });
    expect(plan.providers.get('mine')?.options.client).toBe(client);
  });

  test('of the user need neither key nor type, and bring their vendor', () => {
    const provider = {
      name: 'mine',
      vendor: 'acme',
      supports() {},
      capabilities() {},
      unsupported() {},
      send() {},
      classify() {},
    };
    const around = () => {};
    const plan = planOf({ providers: { mine: { provider, middleware: [around] } }, models: { a: ['mine/x'] } });
    expect(plan.providers.get('mine')).toMatchObject({ type: 'custom', options: { apiKeys: [], middleware: [around] } });
    expect(plan.providers.get('mine')?.options.provider).toBe(provider);
    expect(plan.models.get('a')?.deployments[0]?.vendor).toBe('acme');
  });

  test('print without their keys', () => {
    expect(JSON.stringify([...planOf(exampleConfig, exampleEnvironment).providers.values()])).not.toMatch(/sk-openai|claude-key/);
  });

  test('keep the path of a base URL without a trailing slash, and header names in lower case', () => {
    const options = { apiKey: 'x', baseURL: 'https://proxy.example.com/openai/v1/', headers: { 'X-Team': ' a ' } };
    expect(planOf({ providers: { openai: options } }).providers.get('openai')?.options).toMatchObject({
      baseURL: 'https://proxy.example.com/openai/v1',
      headers: { 'x-team': 'a' },
    });
  });

  test('the only one is the default; of several, the one that is named', () => {
    expect(planOf(configWith({})).defaultProvider).toBe('openai');
    expect(planOf(exampleConfig, exampleEnvironment).defaultProvider).toBeUndefined();
    expect(planOf({ ...exampleConfig, defaultProvider: 'lab' }, exampleEnvironment).defaultProvider).toBe('lab');
  });
});

describe('a name that models does not declare goes', () => {
  const undeclaredAt = (config: object) => planOf({ providers: { openai: { apiKey: 'x' } }, ...config }).undeclaredModelsAt;

  test('to the default provider that is named', () => {
    expect(undeclaredAt({ models: { fast: ['openai/m'] }, defaultProvider: 'openai' })).toBe('openai');
  });

  test('to the only provider where nothing is declared', () => {
    expect(undeclaredAt({})).toBe('openai');
    expect(undeclaredAt({ models: {} })).toBe('openai');
  });

  test.each([[{ fast: ['openai/m'] }], [{ 'openai/*': ['openai/*'] }]])('nowhere where %j is declared', (models) => {
    expect(undeclaredAt({ models })).toBeUndefined();
  });
});

describe('models', () => {
  test('split provider/model at the first slash', () => {
    const plan = planOf({ providers: { ollama: {} }, models: { a: ['ollama/meta/llama-3'] } });
    expect(plan.models.get('a')?.deployments[0]).toMatchObject({
      id: 'ollama/meta/llama-3',
      provider: 'ollama',
      vendor: 'ollama',
      upstreamModel: 'meta/llama-3',
      weight: 1,
      tags: [],
    });
  });

  test('expand the name of another model in place, the first of equal deployments kept', () => {
    const models = {
      all: ['openai/z', 'fast', { provider: 'openai', model: 'y', rpm: 5 }],
      fast: { deployments: [{ provider: 'openai', model: 'x', weight: 2 }, 'spare'], timeouts: { idleMs: 7 } },
      spare: ['openai/y'],
    };
    const deployments = planOf(configWith({ models })).models.get('all')?.deployments ?? [];
    expect(deployments.map(({ id, weight, rpm }) => [id, weight, rpm])).toEqual([
      ['openai/z', 1, undefined],
      ['openai/x', 2, undefined],
      ['openai/y', 1, undefined],
    ]);
    expect(deployments.map(({ timeouts }) => timeouts?.idleMs)).toEqual([60_000, 60_000, 60_000]);
  });

  test('a name with a slash is a model where no provider has that name', () => {
    const models = { 'team/fast': ['openai/x'], a: ['team/fast'] };
    expect(planOf(configWith({ models })).models.get('a')?.deployments[0]?.id).toBe('openai/x');
  });

  test('declared wildcards stand apart, longest first', () => {
    const models = { 'openai/*': ['openai/*'], 'openai/gpt-*': ['openai/gpt-*'], a: ['openai/x'] };
    const plan = planOf(configWith({ models }));
    expect(plan.wildcards.map(({ pattern }) => pattern)).toEqual(['openai/gpt-*', 'openai/*']);
    expect([...plan.models.keys()]).toEqual(['a']);
    expect(plan.wildcards[1]?.model.deployments[0]?.upstreamModel).toBe('*');
  });

  test('policies: model over top level over defaults; a provider between for its timeouts', () => {
    const plan = planOf({
      providers: { openai: { timeouts: { connectMs: 1, idleMs: 1, firstTokenMs: undefined } } },
      timeouts: { connectMs: 2, firstTokenMs: 2 },
      retry: { maxAttempts: 9, order: 'insist' },
      hedge: { percentile: 95 },
      stream: { onInterrupt: 'continue' },
      models: {
        a: { deployments: ['openai/x'], timeouts: { idleMs: 3 }, retry: { maxAttempts: 3 }, hedge: { afterMs: 4 }, stream: {} },
        b: ['openai/x'],
      },
    });
    const [a, b] = [plan.models.get('a'), plan.models.get('b')];
    expect(a?.timeouts).toEqual({ ...DEFAULT_TIMEOUTS, connectMs: 2, firstTokenMs: 2, idleMs: 3 });
    expect(a?.deployments[0]?.timeouts).toEqual({ ...DEFAULT_TIMEOUTS, connectMs: 1, firstTokenMs: 2, idleMs: 3 });
    expect(a?.retry).toEqual({ ...DEFAULT_RETRY, maxAttempts: 3, order: 'insist' });
    expect([a?.hedge, b?.hedge]).toEqual([
      { kind: 'after', afterMs: 4 },
      { kind: 'percentile', percentile: 95 },
    ]);
    expect([a?.stream, b?.stream]).toEqual([{ onInterrupt: 'continue' }, { onInterrupt: 'continue' }]);
    expect(b?.retry).toEqual(plan.defaults.retry);
    expect(b?.failover).toBe(registry.strategies.failover.get('insist'));
  });

  test('a default delay gives way to the other end where only that is configured', () => {
    expect(planOf(configWith({ retry: { maxDelayMs: 20 } })).defaults.retry).toMatchObject({ minDelayMs: 20, maxDelayMs: 20 });
    expect(planOf(configWith({ retry: { minDelayMs: 9_000 } })).defaults.retry).toMatchObject({
      minDelayMs: 9_000,
      maxDelayMs: 9_000,
    });
  });

  test("a user's failover strategy has the first opinion, the built-in one the next", () => {
    const own = {
      name: 'mine',
      decide: (state: FailoverState) => (state.attempts > 1 ? { action: 'stop' as const } : undefined),
    };
    const plan = planOf(configWith({ models: { a: { deployments: ['openai/x'], failover: own } } }));
    const failover = plan.models.get('a')?.failover;
    const state = { attempts: 1 } as FailoverState;
    expect(failover?.decide(state)).toEqual({ action: 'next', afterMs: 0 });
    expect(failover?.decide({ ...state, attempts: 2 })).toEqual({ action: 'stop' });
  });

  test("a user's routing strategy keeps its identity", () => {
    const strategy = { name: 'mine', order: () => [] };
    const plan = planOf(configWith({ models: { a: { deployments: ['openai/x'], strategy } } }));
    expect(plan.models.get('a')?.strategy).toBe(strategy);
  });

  test('a list of fallbacks is for every reason that has none of its own', () => {
    const models = { a: { deployments: ['openai/x'], fallbacks: ['openai/y'] } };
    expect(planOf(configWith({ models })).models.get('a')?.fallbacks).toEqual({
      default: ['openai/y'],
      contextWindow: [],
      contentFilter: [],
    });
  });

  test('a queue has a longest wait in any case', () => {
    const models = { a: [{ provider: 'openai', model: 'x', queue: { size: 5 } }] };
    expect(planOf(configWith({ models })).models.get('a')?.deployments[0]?.queue).toEqual({ size: 5, maxWaitMs: 30_000 });
  });
});

describe('budgets and access', () => {
  test('money is whole nano-dollars, and windows are resolved', () => {
    const budgets = planOf(exampleConfig, exampleEnvironment).budgets;
    expect(budgets.map(({ limit, window }) => ({ limit, window }))).toEqual([
      { limit: { usd: 5_000_000_000_000 }, window: { kind: 'calendar', unit: 'month', timezone: 'Europe/Berlin' } },
      { limit: { usd: 200_000_000_000, tokens: 50_000_000 }, window: { kind: 'calendar', unit: 'month', timezone: 'UTC' } },
      { limit: { requests: 60 }, window: { kind: 'rolling', lengthMs: 60_000 } },
    ]);
    expect(budgets.map(({ whenStoreFails, onExceed, estimate }) => [whenStoreFails, onExceed.action, estimate])).toEqual([
      ['deny', 'block', 'strict'],
      ['deny', 'block', 'strict'],
      ['allow', 'block', 'strict'],
    ]);
  });

  test.each([
    ['90s', 90_000],
    ['15m', 900_000],
    ['24h', 86_400_000],
    ['30d', 2_592_000_000],
  ])('a rolling window of %s is %d ms', (rolling, lengthMs) => {
    const budgets = [{ name: 'b', limit: { requests: 1 }, window: { rolling } }];
    expect(planOf(configWith({ budgets })).budgets[0]?.window).toEqual({ kind: 'rolling', lengthMs });
  });

  test('thresholds ascend, dimensions and globs are lists', () => {
    const [budget] = planOf(
      configWith({
        budgets: [
          {
            name: 'b',
            each: 'team',
            match: { model: 'gpt-*', team: ['a', 'b'] },
            limit: { usd: 0.1 },
            window: 'day',
            warnAt: [0.9, 0.5, 0.9],
          },
        ],
      }),
    ).budgets;
    expect(budget).toMatchObject({
      each: ['team'],
      match: { model: ['gpt-*'], team: ['a', 'b'] },
      limit: { usd: 100_000_000 },
      warnAt: [0.5, 0.9],
    });
  });

  test('a downgrade names its model', () => {
    const budgets = [{ name: 'b', limit: { usd: 1 }, window: 'day', onExceed: 'downgrade', downgradeTo: 'openai/x' }];
    expect(planOf(configWith({ budgets })).budgets[0]?.onExceed).toEqual({ action: 'downgrade', to: 'openai/x' });
  });

  test('virtual keys are found by the digest in lower case', () => {
    const keys = [{ id: 'ci', hash: `sha256:${'AB'.repeat(32)}`, caller: { team: 'ci' }, expiresAt: '2030-01-01T00:00:00Z' }];
    const rules = [{ match: { team: 'ci' }, allow: 'fast', maxUsdPerRequest: 0.5 }];
    const access = planOf(configWith({ access: { default: 'deny', keys, rules } })).access;
    expect(access.default).toBe('deny');
    expect(access.keys.get('ab'.repeat(32))).toEqual({
      id: 'ci',
      digest: 'ab'.repeat(32),
      caller: { key: 'ci', team: 'ci' },
      expiresAt: Date.UTC(2030, 0, 1),
      disabled: false,
    });
    expect(access.rules[0]).toEqual({
      match: { team: ['ci'] },
      allow: ['fast'],
      deny: undefined,
      maxNanoUsdPerRequest: 500_000_000,
    });
  });
});

describe('the plan', () => {
  test('has every default filled in', () => {
    expect(planOf(configWith({}))).toMatchObject({
      version: 1,
      leaseMs: 30_000,
      captureContent: false,
      unknownPrice: 'refuse',
      defaults: { retry: DEFAULT_RETRY, timeouts: DEFAULT_TIMEOUTS, hedge: undefined, stream: { onInterrupt: 'error' } },
      access: { default: 'allow', rules: [] },
    });
  });

  test('is frozen and shares nothing with the configuration', () => {
    const config = { providers: { openai: {} }, models: { a: { deployments: ['openai/x'], params: { stop: ['a'] } } } };
    const plan = planOf(config);
    config.models.a.params.stop.push('b');
    const model = plan.models.get('a');
    expect(model?.params).toEqual({ stop: ['a'] });
    for (const part of [plan, model, model?.deployments, model?.deployments[0], model?.params?.stop, plan.defaults.retry]) {
      expect(Object.isFrozen(part)).toBe(true);
    }
  });

  test('leaves the configuration as it was, frozen or not', () => {
    const before = structuredClone(exampleConfig);
    planOf(exampleConfig, exampleEnvironment);
    expect(exampleConfig).toEqual(before);
    expect(Object.isFrozen(exampleConfig.models.smart)).toBe(false);
  });
});
