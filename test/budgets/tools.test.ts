import { AccessDeniedError, BudgetExceededError, ConfigurationError, Gateway, routeOf, UnpricedModelError } from 'tollgate';
import { describe, expect, it } from 'vitest';
import { failureOf, messages } from '../public/harness.ts';
import { completion } from '../support/chat-upstream.ts';
import type { FaultExchange } from '../support/fault-server.ts';
import { PRICES, stage } from './stage.ts';

type Fields = Record<string, unknown>;

const money = (usd = 1) => [{ name: 'b', limit: { usd }, window: 'month' as const }];
const openai = { type: 'openai', apiKey: 'k' };

/** Tokens of the answer cost $0.00002. */
const TOKENS_USD = 0.000_02;
/** With so many uses of a tool at $0.01. */
const costOf = (uses: number) => (uses * 10_000_000 + 20_000) / 1e9;

const response = (output: Fields[], more: Fields = {}) => ({
  id: 'resp_1',
  object: 'response',
  status: 'completed',
  model: 'm',
  output: [...output, { type: 'message', id: 'msg_1', role: 'assistant', status: 'completed', content: [] }],
  usage: { input_tokens: 10, output_tokens: 5, total_tokens: 15 },
  ...more,
});

const search = { type: 'web_search_call', id: 'ws_1', status: 'completed' };

async function searching(
  config: Fields,
  answer: (exchange: FaultExchange) => unknown = (e) => e.answer(200, response([search])),
) {
  const at = await stage({}, answer);
  return stage({
    providers: { one: { ...openai, baseURL: `${at.server.origin}/v1` } },
    budgets: money(),
    models: { m: ['one/m'] },
    prices: { 'one/m': PRICES['one/m'] },
    clock: undefined,
    ...config,
  } as never);
}

const ask = (gateway: Gateway, params: Fields = {}) =>
  gateway.responses.create({ model: 'm', input: 'hello', max_output_tokens: 100, ...params } as never) as PromiseLike<object>;

describe('a tool that the vendor bills', () => {
  it.each([
    ['web_search', [{ type: 'web_search' }]],
    ['web_search', [{ type: 'web_search_preview_2025_03_11' }]],
    ['file_search', [{ type: 'file_search', vector_store_ids: ['v'] }]],
    ['code_interpreter', [{ type: 'code_interpreter', container: { type: 'auto' } }]],
    ['image_generation', [{ type: 'image_generation' }]],
    ['mcp', [{ type: 'mcp', server_label: 'l', server_url: 'https://x' }]],
    ['computer_use', [{ type: 'computer_use_preview', display_width: 1, display_height: 1, environment: 'browser' }]],
    ['shell', [{ type: 'shell', environment: { type: 'container_auto' } }]],
    ['some_new_tool', [{ type: 'some_new_tool_20270101' }]],
  ])('%s is an unknown price under a money budget', async (tool, tools) => {
    const { gateway, budget } = await searching({});
    const error = (await failureOf(ask(gateway, { tools, max_tool_calls: 3 }))) as UnpricedModelError;
    expect(error).toBeInstanceOf(UnpricedModelError);
    expect([error.status, error.code, error.tool]).toEqual([402, 'unknown_price', tool]);
    expect(error.message).toContain(`'${tool}'`);
    expect((await budget()).spent).toEqual({ usd: 0 });
  });

  it.each([
    [[{ type: 'function', name: 'f', parameters: {} }]],
    [[{ type: 'custom', name: 'f' }]],
    [[{ type: 'local_shell' }]],
    [[{ type: 'shell', environment: { type: 'local' } }]],
    [[{ type: 'apply_patch' }]],
  ])('does not stand for what the client runs: %j', async (tools) => {
    const { gateway, budget } = await searching({}, (exchange) => exchange.answer(200, response([])));
    await ask(gateway, { tools });
    expect((await budget()).spent).toEqual({ usd: TOKENS_USD });
  });

  it('holds its price times the most uses, and is charged the uses that the answer shows', async () => {
    const { gateway, budget } = await searching({ toolPrices: { web_search: 0.01 } }, (exchange) =>
      exchange.answer(200, response([search, search])),
    );
    const plan = await gateway.control.plan({
      model: 'm',
      messages,
      tools: [{ type: 'web_search' }],
      max_tool_calls: 5,
    } as never);
    expect(plan.deployments[0]?.costUsd).toBeGreaterThan(0.05);
    const answer = await ask(gateway, { tools: [{ type: 'web_search' }], max_tool_calls: 5 });
    expect((await budget()).spent).toEqual({ usd: costOf(2) });
    expect(routeOf(answer)).toMatchObject({ costUsd: costOf(2), usage: { toolUses: { web_search: 2 } } });
  });

  it('costs nothing where it was not used', async () => {
    const { gateway, budget } = await searching({ toolPrices: { web_search: 0.01 } }, (exchange) =>
      exchange.answer(200, response([])),
    );
    await ask(gateway, { tools: [{ type: 'web_search' }], max_tool_calls: 5 });
    expect((await budget()).spent).toEqual({ usd: TOKENS_USD });
  });

  it('needs a bound on its uses, in the call or in the price', async () => {
    const tools = [{ type: 'web_search' }];
    const unbounded = await searching({ toolPrices: { web_search: 0.01 } });
    expect(await failureOf(ask(unbounded.gateway, { tools }))).toBeInstanceOf(UnpricedModelError);
    const bounded = await searching({ toolPrices: { web_search: { usd: 0.01, maxUses: 2 } } });
    await ask(bounded.gateway, { tools });
    const free = await searching({ toolPrices: { web_search: 0 } });
    await ask(free.gateway, { tools });
    expect([(await bounded.budget()).spent, (await free.budget()).spent]).toEqual([{ usd: costOf(1) }, { usd: TOKENS_USD }]);
  });

  it('is refused where its bound has no room', async () => {
    const { gateway } = await searching({ toolPrices: { web_search: 0.01 }, budgets: money(0.04) });
    const call = (uses: number) => ask(gateway, { tools: [{ type: 'web_search' }], max_tool_calls: uses });
    expect(await failureOf(call(4))).toBeInstanceOf(BudgetExceededError);
    await call(3);
    // Another provider's price is not this one's.
    const other = await searching({ toolPrices: { 'one/web_search': 1, web_search: 0.01 } });
    expect(await failureOf(ask(other.gateway, { tools: [{ type: 'web_search' }], max_tool_calls: 1 }))).toBeInstanceOf(
      BudgetExceededError,
    );
  });

  it('is taken for used as often as it may be where a stream broke', async () => {
    const events = [
      { type: 'response.created', response: response([], { status: 'in_progress', usage: null }) },
      { type: 'response.output_text.delta', output_index: 0, content_index: 0, item_id: 'msg_1', delta: 'hello' },
    ];
    const body = events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join('');
    const { gateway, budget } = await searching({ toolPrices: { web_search: 0.01 } }, (exchange) =>
      exchange.answer(200, body, { 'content-type': 'text/event-stream' }),
    );
    const read = async () => {
      const stream = await gateway.responses.create({
        model: 'm',
        input: 'hello',
        stream: true,
        max_output_tokens: 100,
        tools: [{ type: 'web_search' }],
        max_tool_calls: 2,
      });
      for await (const _ of stream);
    };
    expect(await failureOf(read())).toMatchObject({ code: 'stream_interrupted' });
    expect((await budget()).spent.usd).toBeGreaterThanOrEqual(0.02);
  });

  it('is counted in the last event of a stream', async () => {
    const events = [
      { type: 'response.created', response: response([], { status: 'in_progress', usage: null }) },
      { type: 'response.completed', response: response([search, search, search]) },
    ];
    const body = events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join('');
    const { gateway, budget } = await searching({ toolPrices: { web_search: 0.01 } }, (exchange) =>
      exchange.answer(200, body, { 'content-type': 'text/event-stream' }),
    );
    const params = { model: 'm', input: 'hello', stream: true as const, max_output_tokens: 100, max_tool_calls: 9 };
    for await (const _ of await gateway.responses.create({ ...params, tools: [{ type: 'web_search' }] }));
    expect((await budget()).spent).toEqual({ usd: costOf(3) });
  });

  it('without a budget goes out, and its cost is not known where it was used', async () => {
    const { gateway } = await searching({ budgets: [] });
    const used = await ask(gateway, { tools: [{ type: 'web_search' }] });
    expect(routeOf(used)?.costUsd).toBeUndefined();
    const [row] = await gateway.control.usage();
    expect(row).toMatchObject({ requests: 1, unpricedRequests: 1 });
  });
});

describe('tools of chat', () => {
  it('that are offered by a param of their own are bounded by the price of the tool', async () => {
    const chat = async (toolPrices: Fields, params: Fields) => {
      const made = await searching({ toolPrices }, (exchange) => exchange.answer(200, completion('found')));
      const call = made.gateway.chat.completions.create({ model: 'm', messages, max_tokens: 50, ...params } as never);
      return {
        error: await call.then(
          () => undefined,
          (error: unknown) => error,
        ),
        spent: (await made.budget()).spent,
      };
    };
    const options = { web_search_options: {} };
    expect((await chat({}, options)).error).toMatchObject({ code: 'unknown_price', tool: 'web_search' });
    expect((await chat({}, { plugins: [{ id: 'web' }] })).error).toMatchObject({ tool: 'web_search' });
    expect((await chat({}, { search_parameters: { mode: 'on' } })).error).toMatchObject({ tool: 'web_search' });
    expect((await chat({ web_search: { usd: 0.01, maxUses: 1 } }, options)).spent.usd).toBeCloseTo(costOf(1), 9);
  });

  it("are charged by Anthropic's own count, and bounded by max_uses", async () => {
    const messageOf = (uses: number) => ({
      id: 'msg_1',
      type: 'message',
      role: 'assistant',
      model: 'claude-opus-4-5',
      content: [{ type: 'text', text: 'found' }],
      stop_reason: 'end_turn',
      usage: { input_tokens: 10, output_tokens: 5, server_tool_use: uses ? { web_search_requests: uses } : null },
    });
    const run = async (uses: number, tool: Fields) => {
      const at = await stage({}, (exchange) => exchange.answer(200, messageOf(uses)));
      const made = await stage({
        providers: { claude: { type: 'anthropic', apiKey: 'k', baseURL: at.server.origin } },
        models: { m: [{ provider: 'claude', model: 'claude-opus-4-5', price: { input: 1, output: 2 } }] },
        prices: {},
        toolPrices: { web_search: 0.01 },
        budgets: money(),
        clock: undefined,
      } as never);
      const params = {
        model: 'm',
        messages,
        max_tokens: 50,
        tools: [{ type: 'web_search_20260318', name: 'web_search', ...tool }],
      };
      const error = await made.gateway.chat.completions.create(params as never).then(
        () => undefined,
        (e: unknown) => e,
      );
      return [(error as { code?: string } | undefined)?.code, (await made.budget()).spent.usd];
    };
    expect(await run(3, { max_uses: 5 })).toEqual([undefined, costOf(3)]);
    expect(await run(0, { max_uses: 5 })).toEqual([undefined, TOKENS_USD]);
    expect(await run(0, {})).toEqual(['unknown_price', 0]);
  });
});

describe('access rules', () => {
  it('deny tools by their names, whatever the version', async () => {
    const { gateway, server } = await searching({
      budgets: [],
      access: { rules: [{ match: { team: 'intern' }, denyTools: ['web_*', 'mcp'] }] },
    });
    const intern = gateway.for({ team: 'intern' });
    const error = await failureOf(ask(intern, { tools: [{ type: 'web_search_preview' }] }));
    expect(error).toBeInstanceOf(AccessDeniedError);
    expect(String(error)).toContain("'web_search'");
    await ask(intern, { tools: [{ type: 'file_search', vector_store_ids: ['v'] }] });
    await ask(gateway, { tools: [{ type: 'mcp', server_label: 'l', server_url: 'https://x' }] });
    expect(server.requests).toHaveLength(0);
  });
});

it('prices of tools are checked', () => {
  const make = (toolPrices: Fields) => () => new Gateway({ providers: { one: openai }, toolPrices } as never);
  expect(make({ web_search: -1 })).toThrow(ConfigurationError);
  expect(make({ web_search: { maxUses: 1 } })).toThrow('toolPrices.web_search');
  expect(make({ 'oen/web_search': 1 })).toThrow("'one'");
});
