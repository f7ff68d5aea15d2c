import fc from 'fast-check';
import { type Gateway, type GatewayConfig, routeOf } from 'tollgate';
import { describe, expect, it } from 'vitest';
import { bodies, failureOf, gatewayOf, messages, upstream } from '../public/harness.ts';
import type { FaultExchange } from '../support/fault-server.ts';
import { obedient } from './obedient-upstream.ts';

const PRICES = { 'one/m': { input: 1, output: 2 } };

const LIMIT_USD = 0.05;
const budgets = [{ name: 'b', limit: { usd: LIMIT_USD }, window: 'month' }] as const;
const CALLS = 50;

type Params = Record<string, unknown>;
type Make = (gateway: Gateway, params: Params) => Promise<unknown>;

const chat: Make = (gateway, params) => gateway.chat.completions.create({ model: 'm', messages, ...params });
const responses: Make = (gateway, params) => gateway.responses.create({ model: 'm', input: 'hello', ...params });
const completions: Make = (gateway, params) => gateway.completions.create({ model: 'm', prompt: 'hello', ...params });

const description = 'd'.repeat(30_000);
const tool = { type: 'function', function: { name: 'look', description, parameters: { type: 'object' } } };

interface Setup extends Partial<GatewayConfig> {
  /** What the provider drops. */
  readonly drop?: readonly string[];
}

async function gatewayTo(script: (exchange: FaultExchange) => unknown, { drop = [], ...config }: Setup) {
  const server = await upstream(script);
  const gateway = gatewayOf({
    providers: { one: { type: 'openai-compatible', apiKey: 'key', baseURL: `${server.origin}/v1`, drop } },
    models: { m: ['one/m'] },
    prices: PRICES,
    budgets: [...budgets],
    ...config,
  });
  return { gateway, server };
}

/** Makes many calls at once; gives what those that were let through cost, in nano-dollars as their routes say. */
async function burst(setup: Setup, make: Make, params: Params = {}) {
  const { gateway } = await gatewayTo(obedient, setup);
  const outcomes = await Promise.allSettled(Array.from({ length: CALLS }, () => make(gateway, params)));
  const answers = outcomes.filter((outcome) => outcome.status === 'fulfilled').map(({ value }) => value as object);
  const nanoUsd = answers.map((answer) => Math.round((routeOf(answer)?.costUsd ?? Number.NaN) * 1e9));
  const [balance] = await gateway.control.budgets();
  return {
    answered: answers.length,
    refusals: outcomes.filter((outcome) => outcome.status === 'rejected').map(({ reason }) => (reason as { code?: string }).code),
    costs: nanoUsd.reduce((sum, cost) => sum + cost, 0),
    spent: Math.round((balance?.spent.usd ?? Number.NaN) * 1e9),
    reserved: balance?.reserved.usd,
  };
}

describe('many calls at once keep to a strict budget, to the unit, whatever is asked and configured', () => {
  it.each<[string, Make, Params, Setup]>([
    ['chat that names a cap of Responses', chat, { max_output_tokens: 1 }, {}],
    ['chat with two caps that differ', chat, { max_completion_tokens: 1, max_tokens: 20_000 }, {}],
    ['chat with two caps that differ the other way', chat, { max_completion_tokens: 20_000, max_tokens: 1 }, {}],
    ['chat without a cap that counts', chat, { max_tokens: null }, {}],
    ['chat with tools', chat, { tools: [tool], max_tokens: 1 }, {}],
    ['chat with legacy functions', chat, { functions: [tool.function], max_tokens: 1 }, {}],
    ["chat with a vendor's documents", chat, { documents: [{ text: description }], max_tokens: 1 }, {}],
    ['Responses that name a cap of chat', responses, { max_tokens: 1 }, {}],
    ['Responses with two caps of chat', responses, { max_tokens: 1, max_completion_tokens: 1 }, {}],
    ['Responses with a cap of its own beside that of chat', responses, { max_tokens: 1, max_output_tokens: 9_000 }, {}],
    ['Responses with tools', responses, { tools: [{ type: 'function', name: 'look', description }], max_output_tokens: 1 }, {}],
    ['completions that name a cap of chat', completions, { max_completion_tokens: 1 }, {}],
    ['completions that name a cap of Responses', completions, { max_output_tokens: 1 }, {}],
    ['completions with many candidates', completions, { max_tokens: 500, best_of: 20 }, {}],
    ['answers configured on the model', chat, { max_tokens: 100 }, model({ params: { n: 20 } })],
    ['answers configured on the deployment', chat, { max_tokens: 100 }, deployment({ params: { n: 20 } })],
    ['answers configured as a text', chat, { max_tokens: 100 }, deployment({ params: { n: '20' } })],
    ['tools configured on the model', chat, { max_tokens: 1 }, model({ params: { tools: [tool] } })],
    ['tools configured on the deployment', chat, { max_tokens: 1 }, deployment({ params: { tools: [tool] } })],
    ['functions configured on the deployment', chat, { max_tokens: 1 }, deployment({ params: { functions: [tool.function] } })],
    [
      'instructions configured on the model',
      responses,
      { max_output_tokens: 1 },
      model({ params: { instructions: description } }),
    ],
    ['a cap configured on the model', chat, {}, model({ params: { max_tokens: 9_000 } })],
    ['a cap configured on the deployment', chat, {}, deployment({ params: { max_tokens: 9_000 } })],
    ['a cap of Responses configured for chat', chat, {}, deployment({ params: { max_output_tokens: 1 } })],
    ['a cap of chat configured for completions', completions, {}, deployment({ params: { max_completion_tokens: 1 } })],
    ['a cap configured as no count', chat, {}, deployment({ params: { max_tokens: '100', max_completion_tokens: -1 } })],
    ['a cap configured as zero', chat, {}, deployment({ params: { max_tokens: 0 } })],
    ['a cap taken back by the caller', chat, { max_tokens: null }, deployment({ params: { max_tokens: 1 } })],
    ['a cap that the provider drops', chat, { max_completion_tokens: 1, max_tokens: 1 }, { drop: ['max_completion_tokens'] }],
    ['a budget of the provider', chat, {}, { budgets: [{ ...budgets[0], match: { provider: 'one' } }] }],
    ['a budget that clamps', chat, { max_tokens: 20_000 }, { budgets: [{ ...budgets[0], onExceed: 'clamp' }] }],
    [
      'a budget of the provider that clamps',
      chat,
      { max_tokens: 20_000 },
      { budgets: [{ ...budgets[0], match: { provider: 'one' }, onExceed: 'clamp' }] },
    ],
  ])('%s', async (_, make, params, config) => {
    const { answered, refusals, costs, spent, reserved } = await burst(config, make, params);
    expect(spent).toBeLessThanOrEqual(LIMIT_USD * 1e9);
    expect({ spent, reserved }).toEqual({ spent: costs, reserved: 0 });
    expect(new Set(refusals)).toEqual(answered === CALLS ? new Set() : new Set(['budget_exceeded']));
    expect(answered).toBeGreaterThan(0);
  });
});

function model(more: object): Setup {
  return { models: { m: { deployments: ['one/m'], ...more } } };
}

function deployment(more: object): Setup {
  return { models: { m: [{ provider: 'one', model: 'm', ...more }] } };
}

/** What is held while a call is under way, in nano-dollars, and the body that was sent for it. The input counts 100 tokens. */
async function heldFor(setup: Setup, make: Make, params: Params = {}) {
  let held = Number.NaN;
  const { gateway, server } = await gatewayTo(
    async (exchange) => {
      const [balance] = await gateway.control.budgets();
      held = Math.round((balance?.reserved.usd ?? Number.NaN) * 1e9);
      await obedient(exchange);
    },
    { budgets: [{ name: 'b', limit: { usd: 1_000 }, window: 'month' }], countTokens: () => 100, ...setup },
  );
  await make(gateway, params);
  return { held, body: bodies(server)[0] ?? {} };
}

/** 100 tokens in at $1 and these out at $2 per million. */
const costOf = (outputTokens: number) => (100 + 2 * outputTokens) * 1_000;

describe("a deployment's own limit", () => {
  it.each([60_000, 1_000])('of %i goes out as it is, and is what is held', async (limit) => {
    const { held, body } = await heldFor(deployment({ params: { max_tokens: limit } }), chat);
    expect(body).toMatchObject({ max_tokens: limit });
    expect(body).not.toHaveProperty('max_completion_tokens');
    expect(held).toBe(costOf(limit));
  });

  it("goes over that of the model, and under the caller's, whatever the spelling", async () => {
    const both = {
      m: { deployments: [{ provider: 'one', model: 'm', params: { max_tokens: 700 } }], params: { max_completion_tokens: 5 } },
    };
    const configured = await heldFor({ models: both }, chat);
    expect(configured.body).toMatchObject({ max_tokens: 700 });
    expect(configured.body).not.toHaveProperty('max_completion_tokens');
    expect(configured.held).toBe(costOf(700));
    const asked = await heldFor({ models: both }, chat, { max_completion_tokens: 50 });
    expect(asked.body).toMatchObject({ max_completion_tokens: 50 });
    expect(asked.body).not.toHaveProperty('max_tokens');
    expect(asked.held).toBe(costOf(50));
  });

  it('is bounded where it is no count, as if there were none', async () => {
    for (const limit of ['100', 1.5, -1, 0, null]) {
      const { held, body } = await heldFor(deployment({ params: { max_tokens: limit } }), chat);
      expect({ limit, sent: body.max_completion_tokens, other: body.max_tokens }).toEqual({
        limit,
        sent: 4_096,
        other: undefined,
      });
      expect(held).toBe(costOf(4_096));
    }
  });

  it('is lowered by a clamp only, and by no more than the rest asks for', async () => {
    const clamping = [{ name: 'b', limit: { usd: 0.01 }, window: 'month', onExceed: 'clamp' }] as const;
    // $0.01 buys 4,950 tokens beside the input.
    const lowered = await heldFor({ ...deployment({ params: { max_tokens: 60_000 } }), budgets: [...clamping] }, chat);
    expect(lowered.body).toMatchObject({ max_completion_tokens: 4_950 });
    expect(lowered.held).toBe(10_000_000);
    const kept = await heldFor({ ...deployment({ params: { max_tokens: 600 } }), budgets: [...clamping] }, chat);
    expect(kept.body).toMatchObject({ max_tokens: 600 });
  });

  it('counts beside the bound of another deployment: the dearest is held, and each gets its own', async () => {
    const models = {
      m: [
        { provider: 'one', model: 'm', params: { max_tokens: 5_000 } },
        { provider: 'one', model: 'n', price: { input: 1, output: 2 } },
      ],
    };
    const { held, body } = await heldFor({ models }, chat);
    expect(held).toBe(costOf(5_000));
    expect(body).toMatchObject({ model: 'm', max_tokens: 5_000 });
  });
});

describe('answers and tools', () => {
  it('that are configured are held as they are sent', async () => {
    const { held, body } = await heldFor(deployment({ params: { n: 20 } }), chat, { max_tokens: 100 });
    expect(body).toMatchObject({ n: 20, max_tokens: 100 });
    expect(held).toBe(costOf(2_000));
    const overridden = await heldFor(model({ params: { n: 20 } }), chat, { max_tokens: 100, n: 2 });
    expect(overridden.held).toBe(costOf(200));
  });

  it('make the deployment dearer that gets them, and no other', async () => {
    const price = { input: 1, output: 2 };
    const models = {
      m: {
        strategy: 'lowest-cost',
        deployments: [
          { provider: 'one', model: 'with', price, params: { tools: [tool] } },
          { provider: 'one', model: 'bare', price },
        ],
      },
    } as const;
    const { gateway, server } = await gatewayTo(obedient, { models });
    const plan = await gateway.control.plan({ model: 'm', messages, max_tokens: 100 });
    const costs = new Map(plan.deployments.map(({ id, costUsd }) => [id, costUsd ?? Number.NaN]));
    expect((costs.get('one/with') ?? 0) - (costs.get('one/bare') ?? 0)).toBeGreaterThan(0.03);
    expect(plan.estimate.costUsd).toBe(costs.get('one/with'));
    await chat(gateway, { max_tokens: 100 });
    expect(bodies(server)[0]).toMatchObject({ model: 'bare' });
  });

  it('are reckoned with once for each of many deployments, however they are compared', async () => {
    const deployments = Array.from({ length: 300 }, (_, index) => ({
      provider: 'one',
      model: `m${index}`,
      price: { input: 1 + (index % 7), output: 2 },
    }));
    let counted = 0;
    const countTokens = () => {
      counted += 1;
      return 100;
    };
    const { gateway } = await gatewayTo(obedient, { models: { m: { strategy: 'lowest-cost', deployments } }, countTokens });
    await chat(gateway, { max_tokens: 100 });
    // For the bound and for the context windows.
    expect(counted).toBeLessThanOrEqual(2 * deployments.length);
  });

  it('are counted for the limit on the cost of a request', async () => {
    const access = { rules: [{ match: {}, maxUsdPerRequest: 0.01 }] };
    const { gateway } = await gatewayTo(obedient, { ...deployment({ params: { tools: [tool] } }), access, budgets: [] });
    expect(await failureOf(chat(gateway, { max_tokens: 100 }))).toMatchObject({ code: 'access_denied' });
  });
});

describe('a limit on the cost of a request', () => {
  it('bounds an answer that nothing else bounds', async () => {
    const access = { rules: [{ match: {}, maxUsdPerRequest: 0.01 }] };
    const { gateway, server } = await gatewayTo(obedient, { access, budgets: [] });
    const answer = (await chat(gateway, {})) as object;
    expect(bodies(server)[0]).toMatchObject({ max_completion_tokens: 4_096 });
    expect(routeOf(answer)?.costUsd).toBeLessThanOrEqual(0.01);
  });
});

describe('a provider that drops every limit of the output', () => {
  it('is held at all that its model can give', async () => {
    const drop = ['max_tokens', 'max_completion_tokens'];
    const known = { m: [{ provider: 'one', model: 'm', capabilities: { maxOutputTokens: 30_000 } }] };
    const { held, body } = await heldFor({ drop, models: known }, chat, { max_tokens: 1 });
    expect(body).toEqual({ model: 'm', messages });
    expect(held).toBe(costOf(30_000));
    const unknown = await heldFor({ drop }, chat, { max_tokens: 1 });
    expect(unknown.held).toBe(costOf(200_000));
  });

  it('of one spelling gets the limit under the other', async () => {
    const { held, body } = await heldFor({ drop: ['max_completion_tokens'] }, chat, { max_completion_tokens: 70 });
    expect(body).toEqual({ model: 'm', messages, max_tokens: 70 });
    expect(held).toBe(costOf(70));
    const bounded = await heldFor({ drop: ['max_completion_tokens'] }, chat);
    expect(bounded.body).toMatchObject({ max_tokens: 4_096 });
  });
});

describe('whatever is asked and configured', () => {
  it('what is held is at least what the longest honest answer to the request costs', async () => {
    let held = Number.NaN;
    const { gateway, server } = await gatewayTo(async (exchange) => {
      const [balance] = await gateway.control.budgets();
      held = balance?.reserved.usd ?? Number.NaN;
      await obedient(exchange);
    }, {});
    const providers = { one: { type: 'openai-compatible', apiKey: 'key', baseURL: `${server.origin}/v1` } } as const;
    const layer = fc.record(
      {
        max_tokens: fc.constantFrom<unknown>(1, 900, 30_000, null),
        max_completion_tokens: fc.constantFrom<unknown>(1, 900, 30_000),
        max_output_tokens: fc.constantFrom<unknown>(1, 900, 30_000),
        n: fc.constantFrom(1, 2, 7),
        best_of: fc.constantFrom(1, 9),
        tools: fc.array(schema('function')),
        functions: fc.array(schema('parameters')),
        response_format: schema('json_schema'),
        text: schema('format'),
        instructions: anyText,
        system: anyText,
        suffix: anyText,
        documents: fc.array(fc.record({ text: anyText, rank: fc.integer() })),
      },
      { requiredKeys: [] },
    );
    const layers = fc.tuple(layer, fc.option(layer, { nil: undefined }), fc.option(layer, { nil: undefined }));
    const property = fc.asyncProperty(
      fc.constantFrom(chat, responses, completions),
      layers,
      async (make, [asked, own, ofModel]) => {
        const models = { m: { deployments: [{ provider: 'one', model: 'm', params: own }], params: ofModel } };
        const config = { providers, models, prices: PRICES, budgets: [{ name: 'b', limit: { usd: 1e6 }, window: 'month' }] };
        gateway.control.update(config);
        const answer = (await make(gateway, asked)) as object;
        expect(routeOf(answer)?.costUsd).toBeLessThanOrEqual(held);
      },
    );
    await fc.assert(property, { numRuns: 150 });
    expect(server.requests.length).toBeGreaterThanOrEqual(150);
  }, 60_000);
});

const RESERVED = ['__proto__', 'constructor', 'prototype'];
const anyText = fc.string({ unit: 'binary', maxLength: 40 }).map((text) => text.toWellFormed());
const anyName = anyText.filter((name) => !RESERVED.includes(name));

/** A schema of any names, texts and numbers. */
function schema(under: string) {
  const value = fc.oneof(
    anyText,
    fc.integer(),
    fc.boolean(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.array(anyText),
  );
  const fields = fc.dictionary(anyName, fc.oneof(value, fc.dictionary(anyName, value)), { maxKeys: 4, noNullPrototype: true });
  return fc.record({ type: fc.constant('function'), name: anyText, [under]: fields });
}
