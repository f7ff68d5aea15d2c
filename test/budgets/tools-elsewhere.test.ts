import { AccessDeniedError, type Gateway, UnpricedModelError } from 'tollgate';
import { describe, expect, it } from 'vitest';
import { failureOf, messages } from '../public/harness.ts';
import { completion } from '../support/chat-upstream.ts';
import type { FaultExchange } from '../support/fault-server.ts';
import { type Stage, stage } from './stage.ts';

type Fields = Record<string, unknown>;

const price = { input: 1, output: 2 };
/** Tokens of the answer cost $0.00002. */
const TOKENS_USD = 0.000_02;
const costOf = (uses: number) => (uses * 10_000_000 + 20_000) / 1e9;

const MODELS = {
  openai: 'gpt-x',
  openrouter: 'x/y',
  google: 'gemini-2.5-flash',
  anthropic: 'claude-opus-4-5',
  groq: 'llama',
  alibaba: 'qwen',
  moonshot: 'kimi',
};
type Vendor = keyof typeof MODELS;

/** One deployment `m` at a vendor's wire, under a money budget of one dollar; a use of `web_search` costs one cent. */
async function at(
  vendor: Vendor,
  config: Fields,
  answer: (exchange: FaultExchange) => unknown,
  more: Fields = {},
): Promise<Stage> {
  const upstream = await stage({}, answer);
  const origin = upstream.server.origin;
  const baseURL = vendor === 'google' || vendor === 'anthropic' ? origin : `${origin}/v1`;
  const made = await stage({
    providers: { [vendor]: { apiKey: 'k', baseURL } },
    models: { m: [{ provider: vendor, model: MODELS[vendor], price, ...more }] },
    prices: {},
    budgets: [{ name: 'b', limit: { usd: 1 }, window: 'month' }],
    toolPrices: { web_search: 0.01 },
    retry: { maxAttempts: 1 },
    clock: undefined,
    ...config,
  } as never);
  return { ...made, server: upstream.server };
}

const chat = (gateway: Gateway, params: Fields = {}) =>
  gateway.chat.completions.create({ model: 'm', messages, max_tokens: 50, ...params } as never) as PromiseLike<object>;
const respond = (gateway: Gateway, params: Fields = {}) =>
  gateway.responses.create({ model: 'm', input: 'hello', max_output_tokens: 50, ...params } as never) as PromiseLike<object>;

const found = (exchange: FaultExchange) => exchange.answer(200, completion('found'));
const gemini = (exchange: FaultExchange) =>
  exchange.answer(200, {
    candidates: [{ index: 0, content: { role: 'model', parts: [{ text: 'found' }] }, finishReason: 'STOP' }],
    usageMetadata: { promptTokenCount: 10, candidatesTokenCount: 5, totalTokenCount: 15 },
  });
const response = (output: Fields[], more: Fields = {}) => ({
  id: 'resp_1',
  object: 'response',
  status: 'completed',
  model: 'm',
  output,
  usage: { input_tokens: 10, output_tokens: 5, total_tokens: 15 },
  ...more,
});
const search = { type: 'web_search_call', id: 'ws_1', status: 'completed' };

describe('a limit on the uses of tools', () => {
  it.each<[string, Vendor, Fields]>([
    ['max_tool_calls where the vendor does not heed it', 'openrouter', { tools: [{ type: 'web_search' }], max_tool_calls: 0 }],
    ['max_tool_calls over a bridge, which does not send it', 'google', { tools: [{ googleSearch: {} }], max_tool_calls: 1 }],
    ['max_uses on a tool that has no such field', 'openai', { tools: [{ type: 'web_search', max_uses: 0 }] }],
    ['a negative one', 'openai', { tools: [{ type: 'web_search' }], max_tool_calls: -1 }],
    ['one that is no whole number', 'openai', { tools: [{ type: 'web_search' }], max_tool_calls: 0.5 }],
    ['one that is a text', 'openai', { tools: [{ type: 'web_search' }], max_tool_calls: '0' }],
  ])('bounds nothing: %s', async (_, vendor, params) => {
    const { gateway, server, budget } = await at(vendor, {}, found);
    expect(await failureOf(respond(gateway, params))).toBeInstanceOf(UnpricedModelError);
    expect(server.requests).toHaveLength(0);
    expect((await budget()).spent).toEqual({ usd: 0 });
  });

  it('that is as large as numbers go is refused, and holds nothing', async () => {
    const { gateway, budget } = await at('openai', {}, found);
    const params = { tools: [{ type: 'web_search' }], max_tool_calls: Number.MAX_SAFE_INTEGER };
    expect(await failureOf(respond(gateway, params))).toMatchObject({ code: 'budget_exceeded' });
    expect(await budget()).toMatchObject({ spent: { usd: 0 }, reserved: { usd: 0 } });
  });
});

describe('tools that a bridged response does not show', () => {
  it('are charged as often as they may have been used', async () => {
    const { gateway, budget } = await at('google', { toolPrices: { web_search: { usd: 0.01, maxUses: 3 } } }, gemini);
    await respond(gateway, { tools: [{ googleSearch: {} }] });
    expect(await budget()).toMatchObject({ spent: { usd: costOf(3) }, reserved: { usd: 0 } });
  });

  it("are charged by the vendor's count, where it has one", async () => {
    const { gateway, budget } = await at('anthropic', {}, (exchange) =>
      exchange.answer(200, {
        id: 'msg_1',
        type: 'message',
        role: 'assistant',
        model: 'claude',
        content: [{ type: 'text', text: 'found' }],
        stop_reason: 'end_turn',
        usage: { input_tokens: 10, output_tokens: 5, server_tool_use: { web_search_requests: 2 } },
      }),
    );
    await respond(gateway, { tools: [{ type: 'web_search_20250305', name: 'web_search', max_uses: 4 }] });
    expect((await budget()).spent).toEqual({ usd: costOf(2) });
  });
});

/** Ways to ask for a search of the web that are no plain tool. */
const SPELLINGS: readonly (readonly [string, Vendor, params: Fields, more: Fields])[] = [
  ["OpenRouter's server tools", 'openrouter', { tools: [{ type: 'openrouter:web_search' }] }, {}],
  ["OpenRouter's models that are online", 'openrouter', {}, { model: 'x/y:online' }],
  ["Groq's systems", 'groq', {}, { model: 'groq/compound' }],
  ["Groq's systems with chosen tools", 'groq', { compound_custom: { tools: { enabled_tools: ['web_search'] } } }, {}],
  ["Moonshot's builtin functions", 'moonshot', { tools: [{ type: 'builtin_function', function: { name: '$web_search' } }] }, {}],
  ["Alibaba's switch", 'alibaba', { enable_search: true }, {}],
  ["Gemini's fields", 'google', { tools: [{ google_search: {} }] }, {}],
  ['default params of the deployment', 'openai', {}, { params: { web_search_options: {} } }],
];

describe.each(SPELLINGS)('%s', (_, vendor, params, more) => {
  it('are priced like any search', async () => {
    const { gateway, server } = await at(vendor, { toolPrices: {} }, found, more);
    expect(await failureOf(chat(gateway, params))).toMatchObject({ code: 'unknown_price', tool: 'web_search' });
    expect(server.requests).toHaveLength(0);
  });

  it('can be denied by the name of the tool', async () => {
    const access = { rules: [{ match: {}, denyTools: ['WEB_*'] }] };
    const { gateway, server } = await at(vendor, { budgets: [], access }, found, more);
    const error = await failureOf(chat(gateway, params));
    expect(error).toBeInstanceOf(AccessDeniedError);
    expect((error as Error).message).toContain("'web_search'");
    expect(server.requests).toHaveLength(0);
  });
});

it('a plugin that is off, and a system left without tools, cost nothing', async () => {
  const plugin = await at('openrouter', { toolPrices: {} }, found);
  await chat(plugin.gateway, { plugins: [{ id: 'web', enabled: false }] });
  const system = await at('groq', { toolPrices: {} }, found, { model: 'groq/compound' });
  await chat(system.gateway, { compound_custom: { tools: { enabled_tools: [] } } });
  expect([(await plugin.budget()).spent, (await system.budget()).spent]).toEqual([{ usd: TOKENS_USD }, { usd: TOKENS_USD }]);
});

it('a shell that runs at the client costs nothing, one in a container its price', async () => {
  const run = async (type: string, environment: Fields) => {
    const item = { type: 'shell_call', id: 's', call_id: 'c', status: 'completed', environment };
    const { gateway, budget } = await at('openai', { toolPrices: { shell: 0.01 } }, (e) => e.answer(200, response([item])));
    await respond(gateway, { tools: [{ type: 'shell', environment: { type } }], max_tool_calls: 2 });
    return (await budget()).spent.usd;
  };
  expect(await run('local', { type: 'local' })).toBe(TOKENS_USD);
  expect(await run('container_auto', { type: 'container_reference', container_id: 'x' })).toBe(costOf(1));
});

describe('an answer that failed', () => {
  const tools = { tools: [{ type: 'web_search' }], max_tool_calls: 3 };
  const failed = response([search], { status: 'failed', error: { code: 'server_error', message: 'Broken.' } });
  const event = (type: string, more: Fields) => `event: ${type}\ndata: ${JSON.stringify({ type, ...more })}\n\n`;
  const begun = event('response.created', { response: response([], { status: 'in_progress', usage: null }) });
  const searched = event('response.output_item.done', { output_index: 0, item: search });

  async function read(gateway: Gateway): Promise<void> {
    for await (const _ of (await respond(gateway, { ...tools, stream: true })) as AsyncIterable<unknown>);
  }

  it('is charged the uses that it shows, whole and streamed', async () => {
    const whole = await at('openai', {}, (exchange) => exchange.answer(200, failed));
    await failureOf(respond(whole.gateway, tools));
    const streamed = await at('openai', {}, async (exchange) => {
      await exchange.sseHead();
      await exchange.chunk(begun + searched + event('response.failed', { response: failed }));
      await exchange.lastChunk();
    });
    await failureOf(read(streamed.gateway));
    expect([(await whole.budget()).spent, (await streamed.budget()).spent]).toEqual([{ usd: costOf(1) }, { usd: costOf(1) }]);
  });

  it('and broke off after a use, before any text, is charged all that may be', async () => {
    const { gateway, budget } = await at('openai', {}, async (exchange) => {
      await exchange.sseHead();
      await exchange.chunk(begun + searched);
      exchange.end();
    });
    await failureOf(read(gateway));
    const { spent, reserved } = await budget();
    expect(spent.usd).toBeGreaterThanOrEqual(0.03);
    expect(reserved).toEqual({ usd: 0 });
  });
});

describe('a denied tool', () => {
  const access = { rules: [{ match: {}, denyTools: ['web_search', 'mcp'] }] };

  it('leaves the deployment whose defaults bring it out, and serves the call by another', async () => {
    const { gateway, sent } = await stage({
      models: { m: [{ provider: 'one', model: 'm', params: { web_search_options: {} } }, 'two/m'] },
      access,
    } as never);
    await chat(gateway);
    expect(sent()).toHaveLength(1);
    expect(sent()[0]).not.toHaveProperty('web_search_options');
    const plan = await gateway.control.plan({ model: 'm', messages });
    expect(plan.deployments).toMatchObject([
      { id: 'two/m', place: 1 },
      { id: 'one/m', skipped: "the caller may not use the tool 'web_search'" },
    ]);
  });

  it('is found in the session that a client is given a secret for', async () => {
    const { gateway, server } = await at('openai', { budgets: [], access }, found);
    const session = { type: 'realtime', model: 'm', tools: [{ type: 'mcp', server_label: 'l', server_url: 'https://x' }] };
    expect(await failureOf(gateway.post('/realtime/client_secrets', { body: { session } }))).toBeInstanceOf(AccessDeniedError);
    expect(server.requests).toHaveLength(0);
  });

  it('is found in the lines of a batch', async () => {
    const { gateway, server } = await at('openai', { budgets: [], access, models: {}, defaultProvider: 'openai' }, (exchange) =>
      exchange.answer(200, { id: 'file-1', object: 'file' }),
    );
    const body = { model: 'gpt-x', input: 'hello', tools: [{ type: 'web_search' }] };
    const line = JSON.stringify({ custom_id: '1', method: 'POST', url: '/v1/responses', body });
    await gateway.files.create({ purpose: 'batch', file: new File([line], 'a.jsonl') });
    const batch = { input_file_id: 'file-1', endpoint: '/v1/responses', completion_window: '24h' } as const;
    expect(await failureOf(gateway.batches.create(batch))).toBeInstanceOf(AccessDeniedError);
    expect(server.requests).toHaveLength(1);
  });
});
