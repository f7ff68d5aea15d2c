import { type Gateway, type GatewayConfig, RunLimitError, type RunLimits, routeOf } from 'tollgate';
import { describe, expect, it } from 'vitest';
import { ask, bodyOf, failureOf, messages, until } from '../public/harness.ts';
import { completion, streamText } from '../support/chat-upstream.ts';
import type { FaultExchange } from '../support/fault-server.ts';
import { eventsOf, stage } from './stage.ts';

const caller = { team: 'search' };
const MODELS = { m: ['one/m'], embed: ['one/embed'], moderator: ['one/moderator'] };
const PRICES = {
  'one/m': { input: 1, output: 2 },
  'one/embed': { input: 1, output: 0 },
  'one/moderator': { input: 1, output: 2 },
};
const cache = { ttl: '1h', mode: 'semantic', semantic: { model: 'embed', threshold: 0.5 } } as const;
const moderated = (on: 'input' | 'output', more: object = {}) =>
  ({ name: 'moderated', on, mode: 'block', use: 'model', model: 'moderator', ...more }) as const;
const schema = { type: 'object', properties: { age: { type: 'number' } }, required: ['age'] };
const response_format = { type: 'json_schema', json_schema: { name: 'person', schema } };
const repairing = { name: 'schema', on: 'output', mode: 'block', use: 'json-schema', repair: true } as const;

function vendor(exchange: FaultExchange): unknown {
  const { model, stream, messages: sent } = bodyOf(exchange) as { model: string; stream?: boolean; messages: unknown[] };
  if (model === 'embed') {
    const data = [{ object: 'embedding', index: 0, embedding: [1, 0] }];
    return exchange.answer(200, { object: 'list', data, model, usage: { prompt_tokens: 8, total_tokens: 8 } });
  }
  if (model === 'moderator') return exchange.answer(200, completion('{"flagged": false}'));
  return stream ? streamText(exchange, 'fi', 'ne') : exchange.answer(200, completion(sent.length > 1 ? '{"age":40}' : '{}'));
}

async function staged(config: Partial<GatewayConfig>) {
  const built = await stage({ models: MODELS, prices: PRICES, ...config }, vendor);
  return { ...built, models: () => built.sent().map(({ model }) => model) };
}

/** One call inside of a run, by each way to make one; gives the run's totals by model. */
const WAYS = {
  'gateway.for': async (gateway: Gateway, limits: RunLimits, more?: Record<string, unknown>) => {
    const clone = gateway.for(caller, limits);
    await ask(clone, 'm', more);
    return gateway.control.runs()[0]?.totals;
  },
  'gateway.run': async (gateway: Gateway, limits: RunLimits, more?: Record<string, unknown>) => {
    const ends = eventsOf(gateway, 'run.end');
    await gateway.run(caller, () => ask(gateway, 'm', more), limits);
    await until(() => ends.length === 1);
    return ends[0]?.totals;
  },
};

describe.each(Object.entries(WAYS))('inside of %s', (_, within) => {
  it('the embedding of a question counts', async () => {
    const { gateway } = await staged({ cache });
    expect(await within(gateway, { maxCalls: 2 })).toMatchObject({
      calls: 2,
      tokens: 23,
      models: { embed: { calls: 1, tokens: 8, usd: 0.000_008 }, m: { calls: 1, tokens: 15 } },
    });
  });

  it('the question of a guard counts', async () => {
    const { gateway } = await staged({ guards: [moderated('input'), moderated('output', { name: 'out' })] });
    expect(await within(gateway, { maxCalls: 3 })).toMatchObject({
      calls: 3,
      models: { moderator: { calls: 2 }, m: { calls: 1 } },
    });
  });

  it('what a guard of the own calls through the gateway counts, and is refused with the call', async () => {
    const asks: { gateway?: Gateway } = {};
    const check = async () => {
      if (asks.gateway !== undefined) await ask(asks.gateway, 'moderator');
      return [];
    };
    const own = { name: 'own', on: 'input', mode: 'block', match: { model: 'm' }, check } as const;
    const { gateway, models } = await staged({ guards: [own] });
    asks.gateway = gateway;
    expect(await within(gateway, { maxCalls: 2 })).toMatchObject({
      calls: 2,
      models: { moderator: { calls: 1 }, m: { calls: 1 } },
    });
    const refused = await failureOf(within(gateway, { maxCalls: 1 }));
    expect(refused).toMatchObject({ name: 'RunLimitError', limit: 'maxCalls' });
    expect(models()).toEqual(['moderator', 'm', 'moderator']);
  });

  it('the question for a repair counts', async () => {
    const { gateway } = await staged({ guards: [repairing] });
    expect(await within(gateway, { maxCalls: 2 }, { response_format })).toMatchObject({ calls: 2, models: { m: { calls: 2 } } });
  });

  it.each([
    ['maxCalls', { maxCalls: 1 }],
    ['maxTokens', { maxTokens: 1_000 }],
    ['maxUsd', { maxUsd: 0.002 }],
  ])('%s refuses what its own questions have left no room for', async (limit, limits) => {
    const { gateway, models } = await staged({ cache });
    expect(await failureOf(within(gateway, limits, { max_tokens: 1_000 }))).toMatchObject({ code: 'run_limit', limit });
    expect(models()).toEqual(['embed']);
  });
});

describe('a question that a limit of the run refuses', () => {
  it('is left out by a cache, for which nobody is asked to raise it', async () => {
    const dear = { ...PRICES, 'one/embed': { input: 1_000, output: 0 } };
    const { gateway, models } = await staged({ cache, prices: dear });
    const asked: unknown[] = [];
    const clone = gateway.for(caller, { maxUsd: 0.001, onLimit: (run) => void asked.push(run) });
    const answer = await clone.chat.completions.create({ model: 'm', messages, max_tokens: 10 });
    expect(routeOf(answer)?.cache).toEqual({ hit: false });
    expect([models(), asked]).toEqual([['m'], []]);
  });

  it('ends the call with that limit, not with the word of a guard, before anything is sent', async () => {
    const { gateway, models } = await staged({ guards: [moderated('input')] });
    const blocks = eventsOf(gateway, 'guard.block');
    const clone = gateway.for(caller, { maxCalls: 1 });
    expect(await failureOf(ask(clone, 'm'))).toMatchObject({ code: 'run_limit', limit: 'maxCalls', spent: 1 });
    expect(await failureOf(ask(clone, 'm'))).toBeInstanceOf(RunLimitError);
    expect([models(), blocks]).toEqual([['moderator'], []]);
  });

  it('ends it also when the answer is there, whole and streamed, and charges what was answered', async () => {
    const { gateway, models } = await staged({ guards: [moderated('output')] });
    const ends = eventsOf(gateway, 'request.end');
    expect(await failureOf(ask(gateway.for(caller, { maxCalls: 1 }), 'm'))).toBeInstanceOf(RunLimitError);
    const clone = gateway.for(caller, { maxCalls: 1 });
    let text = '';
    const reading = async () => {
      for await (const { choices } of await clone.chat.completions.create({ model: 'm', messages, stream: true })) {
        text += choices[0]?.delta.content ?? '';
      }
    };
    expect(await failureOf(reading())).toBeInstanceOf(RunLimitError);
    expect([text, models()]).toEqual(['', ['m', 'm']]);
    const ofCalls = ends.filter(({ model }) => model === 'm');
    expect(ofCalls.map(({ outcome, error }) => [outcome, error?.code])).toEqual([
      ['denied', 'run_limit'],
      ['denied', 'run_limit'],
    ]);
    expect(gateway.control.runs().map(({ totals }) => totals.calls)).toEqual([1, 1]);
  });

  it('lets pass what a guard lets pass that fails', async () => {
    const { gateway } = await staged({ guards: [moderated('output', { whenItFails: 'allow' })] });
    expect(await ask(gateway.for(caller, { maxCalls: 1 }), 'm')).toBe('{}');
  });

  it('leaves an answer blocked that was to be repaired', async () => {
    const { gateway } = await staged({ guards: [repairing] });
    const clone = gateway.for(caller, { maxCalls: 1 });
    expect(await failureOf(ask(clone, 'm', { response_format }))).toMatchObject({ code: 'content_blocked', guard: 'schema' });
  });
});

describe('a question about a call', () => {
  it('is neither compared by meaning nor judged by a model itself', async () => {
    const { gateway, models } = await staged({ cache, guards: [moderated('input')] });
    await ask(gateway.for(caller), 'm');
    expect(models()).toEqual(['moderator', 'embed', 'm']);
  });

  it('goes where the tags of the call lead, and is a child of the call', async () => {
    const tagged = { deployments: [{ provider: 'one', model: 'moderator', tags: ['eu'] }, 'two/moderator'] };
    const { gateway } = await staged({ models: { ...MODELS, moderator: tagged }, guards: [moderated('input')] });
    const ends = eventsOf(gateway, 'request.end');
    const starts = eventsOf(gateway, 'request.start');
    const headers = { 'x-tollgate-tags': 'eu' };
    const params = { model: 'm', messages };
    await gateway.for(caller).chat.completions.create(params, { headers });
    expect(ends[0]).toMatchObject({ model: 'moderator', deployment: 'one/moderator' });
    expect(starts.map(({ askedFor }) => askedFor)).toEqual([undefined, starts[0]?.requestId]);
  });
});
