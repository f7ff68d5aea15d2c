import { type Gateway, type GatewayConfig, routeOf, type Store } from 'tollgate';
import { beforeEach, describe, expect, it } from 'vitest';
import { MemoryStore } from '../../src/stores/memory.ts';
import type { Extended } from '../../src/stores/store.ts';
import { failureOf } from '../public/harness.ts';
import type { FaultExchange } from '../support/fault-server.ts';
import { eventsOf } from './stage.ts';
import { counterOf, responsesUsage, TEAM_BUDGETS, WorkUpstream } from './work-upstream.ts';

const NOTHING_HELD = { usd: 0, tokens: 0, requests: 0 };

let up: WorkUpstream;
let gateway: Gateway;
let search: Gateway;

function begin(config: Partial<GatewayConfig> = {}): void {
  gateway = up.gateway({ budgets: TEAM_BUDGETS, ...config });
  search = gateway.for({ team: 'search' });
}

beforeEach(async () => {
  up = await WorkUpstream.start();
  begin();
});

const ask = (more: Record<string, unknown> = {}) =>
  search.responses.create({ model: 'm', input: 'a long task', background: true, max_output_tokens: 30_000, ...more });

/** A background response that is streamed: its first event, and whatever the test sends on. */
async function streamed(
  signal?: AbortSignal,
): Promise<{ reader: AsyncIterator<unknown>; exchange: FaultExchange; id: string; first: unknown }> {
  const begun = Promise.withResolvers<FaultExchange>();
  const response = { id: 'resp_s', object: 'response', status: 'queued', output: [], usage: null, model: 'm' };
  up.answers = async (exchange) => {
    if (exchange.request.method !== 'POST') return false;
    await exchange.sseHead();
    await exchange.sse({ type: 'response.created', response });
    begun.resolve(exchange);
    return true;
  };
  const params = { model: 'm', input: 'x', background: true, stream: true, max_output_tokens: 30_000 } as const;
  const stream = await search.responses.create(params, { signal });
  const reader = stream[Symbol.asyncIterator]();
  const exchange = await begun.promise;
  const { value: first } = await reader.next();
  up.works.set('resp_s', response);
  return { reader, exchange, id: 'resp_s', first };
}

describe('a background response', () => {
  it('that is cancelled is settled by the answer to its cancellation', async () => {
    const { id } = await ask();
    up.end(id, { usage: responsesUsage(500, 100) });
    await gateway.for({ team: 'other' }).responses.cancel(id);
    expect(await counterOf(gateway, 'search')).toEqual({
      spent: { usd: 0.000_7, tokens: 600, requests: 1 },
      reserved: NOTHING_HELD,
    });
    expect((await counterOf(gateway, 'other')).spent).toEqual({ usd: 0, tokens: 0, requests: 1 });
  });

  it.for(['cancelled', 'incomplete', 'completed'])(
    'that is %s without a usage is charged its input and what it said',
    async (status) => {
      const settled = eventsOf(gateway, 'background.settle');
      const { id } = await ask({ input: 'x'.repeat(1_000) });
      up.end(id, { status, output: [{ type: 'message', content: [{ type: 'output_text', text: 'y'.repeat(1_000) }] }] });
      await search.responses.retrieve(id);
      const { spent, reserved } = await counterOf(gateway, 'search');
      expect(reserved).toEqual(NOTHING_HELD);
      expect(spent.tokens).toBeGreaterThan(600);
      expect(spent.tokens).toBeLessThan(900);
      expect(settled).toEqual([
        expect.objectContaining({
          caller: { team: 'search' },
          model: 'm',
          deployment: 'one/m',
          status,
          usageSource: 'estimated',
        }),
      ]);
      expect(settled[0]?.costUsd).toBe(spent.usd);
    },
  );

  it('that failed costs what it reports, else nothing', async () => {
    const first = await ask();
    up.end(first.id, { status: 'failed', usage: null, error: { code: 'server_error', message: 'x' } });
    await search.responses.retrieve(first.id);
    expect(await counterOf(gateway, 'search')).toEqual({ spent: { usd: 0, tokens: 0, requests: 2 }, reserved: NOTHING_HELD });
    const second = await ask();
    up.end(second.id, { status: 'failed', usage: responsesUsage(100, 50) });
    await search.responses.retrieve(second.id);
    expect(await counterOf(gateway, 'search')).toEqual({
      spent: { usd: 0.000_2, tokens: 150, requests: 4 },
      reserved: NOTHING_HELD,
    });
  });

  it('is charged by the model that its end names, and what earlier attempts of its call used is not lost', async () => {
    begin({
      retry: { minDelayMs: 1 },
      models: { m: ['one/m', 'two/m'] },
      prices: { 'one/m': { input: 1, output: 2 }, 'two/m': { input: 10, output: 20 } },
    });
    let attempts = 0;
    up.answers = async (exchange) => {
      if (exchange.request.method !== 'POST') return false;
      attempts += 1;
      if (attempts > 1) return false;
      await exchange.answer(500, { error: { message: 'x', code: 'server_error' } });
      return true;
    };
    const response = await ask();
    expect(routeOf(response)).toMatchObject({ deployment: 'two/m', usage: undefined, costUsd: undefined });
    up.end(response.id, { status: 'completed', usage: responsesUsage(1_000, 100), model: 'm' });
    await search.responses.retrieve(response.id, {}, { headers: { 'x-tollgate-provider': 'two' } });
    const { spent, reserved } = await counterOf(gateway, 'search');
    expect(spent).toMatchObject({ usd: 0.012, tokens: 1_100 });
    expect(reserved).toEqual(NOTHING_HELD);
    expect(await gateway.control.usage({ by: ['deployment', 'team'] })).toContainEqual(
      expect.objectContaining({ deployment: 'two/m', team: 'search', requests: 1, inputTokens: 1_000, costUsd: 0.012 }),
    );
  });

  it('holds the limits of its deployment and provider too, and gives them back', async () => {
    begin({ budgets: [{ name: 'one', each: 'provider', limit: { tokens: 100_000 }, window: 'lifetime' }] });
    const { id } = await ask();
    const [held] = await gateway.control.budgets();
    expect(held?.reserved.tokens).toBeGreaterThan(30_000);
    up.end(id, { status: 'completed', usage: responsesUsage(10, 20) });
    await search.responses.retrieve(id);
    expect(await gateway.control.budgets()).toMatchObject([{ spent: { tokens: 30 }, reserved: { tokens: 0 } }]);
  });

  it('is reported where no budget applies', async () => {
    begin({ budgets: [] });
    const { id } = await ask();
    up.end(id, { status: 'completed', usage: responsesUsage(1_000, 100) });
    for (let poll = 0; poll < 3; poll++) await search.responses.retrieve(id);
    expect(await gateway.control.usage({ by: 'model' })).toContainEqual(
      expect.objectContaining({ model: 'm', requests: 1, inputTokens: 1_000, outputTokens: 100, costUsd: 0.001_2 }),
    );
  });

  it('is warned of when its end carries a counter over a threshold', async () => {
    begin({ budgets: [{ name: 'team', each: 'team', limit: { usd: 0.1 }, window: 'lifetime', warnAt: [0.3] }] });
    const warned = eventsOf(gateway, 'budget.warn');
    const { id } = await ask();
    up.end(id, { status: 'completed', usage: responsesUsage(0, 20_000) });
    await gateway.responses.retrieve(id);
    expect(warned).toEqual([
      expect.objectContaining({ budget: 'team', values: { team: 'search' }, threshold: 0.3, spent: 0.04 }),
    ]);
  });

  it('whose request arrived and was never answered is charged what it held', async () => {
    up.answers = (exchange) => {
      exchange.end();
      return true;
    };
    begin({ retry: { maxAttempts: 1 } });
    await failureOf(ask());
    const { spent, reserved } = await counterOf(gateway, 'search');
    expect(spent.tokens).toBeGreaterThan(30_000);
    expect(spent.usd).toBeGreaterThan(0.06);
    expect(reserved).toEqual(NOTHING_HELD);
  });

  it.for([
    ['a garbled answer', (exchange: FaultExchange) => exchange.answer(200, '{')],
    ['no answer in time', () => Promise.resolve()],
  ] as const)('that began with %s is charged what it held too', async ([, answer]) => {
    begin({ retry: { maxAttempts: 1 }, timeouts: { totalMs: 5_000 } });
    const asked = Promise.withResolvers<void>();
    up.answers = async (exchange) => {
      await answer(exchange);
      asked.resolve();
      return true;
    };
    const failure = failureOf(ask());
    await asked.promise;
    await up.clock.elapse(10_000);
    await failure;
    const { spent, reserved } = await counterOf(gateway, 'search');
    expect(spent.tokens).toBeGreaterThan(30_000);
    expect(reserved).toEqual(NOTHING_HELD);
  });

  it('that is refused is charged nothing', async () => {
    begin({ retry: { maxAttempts: 1 } });
    up.answers = async (exchange) => {
      await exchange.answer(400, { error: { message: 'no', code: 'invalid_request_error' } });
      return true;
    };
    await failureOf(ask());
    expect(await counterOf(gateway, 'search')).toEqual({ spent: { usd: 0, tokens: 0, requests: 1 }, reserved: NOTHING_HELD });
  });

  it('is not hedged, because the loser would go on unseen', async () => {
    begin({ models: { m: { deployments: ['one/m', 'two/m'], hedge: { afterMs: 10 } } } });
    const attempts = eventsOf(gateway, 'attempt.start');
    const asked = Promise.withResolvers<FaultExchange>();
    up.answers = (exchange) => {
      asked.resolve(exchange);
      return true;
    };
    const answer = ask();
    const exchange = await asked.promise;
    await up.clock.elapse(1_000);
    expect(attempts).toHaveLength(1);
    up.answers = () => false;
    await exchange.answer(200, { id: 'resp_h', object: 'response', status: 'queued', output: [] });
    expect((await answer).id).toBe('resp_h');
  });

  it('under way is charged in full by a lapse from before it is sent, so that a crash loses nothing', async () => {
    class WatchedStore extends MemoryStore {
      readonly extended: (readonly number[] | undefined)[] = [];
      override extend(id: string, leaseMs: number, at: number, spent?: readonly number[]): Extended {
        this.extended.push(spent);
        return super.extend(id, leaseMs, at, spent);
      }
    }
    const store = new WatchedStore();
    begin({ store });
    let before: typeof store.extended = [];
    up.answers = () => {
      before = [...store.extended];
      return false;
    };
    await ask();
    const { reserved } = await counterOf(gateway, 'search');
    expect(before).toHaveLength(1);
    expect(before[0]?.[1]).toBe(reserved.tokens);
    expect(store.extended.at(-1)).toEqual(before[0]);
  });
});

describe('a background response that is streamed', () => {
  it('and read to its end is charged once, and nothing for looking at it again', async () => {
    const { reader, exchange, id } = await streamed();
    expect((await counterOf(gateway, 'search')).reserved.tokens).toBeGreaterThan(30_000);
    const done = { ...up.works.get(id), status: 'completed', usage: responsesUsage(10, 90) };
    await exchange.sse(
      { type: 'response.output_text.delta', delta: 'hello', output_index: 0 },
      { type: 'response.completed', response: done },
    );
    await exchange.lastChunk();
    for (let item = await reader.next(); !item.done; item = await reader.next());
    up.end(id, done);
    await search.responses.retrieve(id);
    expect(await counterOf(gateway, 'search')).toEqual({
      spent: { usd: 0.000_19, tokens: 100, requests: 2 },
      reserved: NOTHING_HELD,
    });
    expect(await gateway.control.usage({ by: ['team', 'model'] })).toContainEqual(
      expect.objectContaining({ team: 'search', model: 'm', requests: 1, inputTokens: 10, outputTokens: 90, costUsd: 0.000_19 }),
    );
  });

  it.for(['dropped', 'broken', 'aborted'] as const)('and %s goes on at its provider, so that its hold stays', async (how) => {
    const controller = new AbortController();
    const { reader, exchange, id, first } = await streamed(controller.signal);
    expect(first).toMatchObject({ type: 'response.created', response: { id } });
    await exchange.sse({ type: 'response.output_text.delta', delta: 'hello', output_index: 0 });
    await reader.next();
    if (how === 'dropped') await reader.return?.();
    else {
      if (how === 'broken') exchange.reset();
      else controller.abort();
      await failureOf(reader.next());
    }
    expect((await counterOf(gateway, 'search')).reserved.tokens).toBeGreaterThan(30_000);
    up.end(id, { status: 'completed', usage: responsesUsage(1_000, 20_000) });
    await gateway.responses.retrieve(id);
    expect(await counterOf(gateway, 'search')).toEqual({
      spent: { usd: 0.041, tokens: 21_000, requests: 1 },
      reserved: NOTHING_HELD,
    });
  });

  it('and fails in its stream is settled there', async () => {
    const { reader, exchange } = await streamed();
    const failed = {
      ...up.works.get('resp_s'),
      status: 'failed',
      error: { code: 'server_error', message: 'x' },
      usage: responsesUsage(40, 30),
    };
    await exchange.sse({ type: 'response.failed', response: failed });
    await exchange.lastChunk();
    await failureOf(reader.next());
    expect(await counterOf(gateway, 'search')).toEqual({
      spent: { usd: 0.000_1, tokens: 70, requests: 1 },
      reserved: NOTHING_HELD,
    });
  });

  it('is not begun anew elsewhere when it breaks after its first event', async () => {
    begin({ models: { m: ['one/m', 'two/m'] }, retry: { minDelayMs: 1 } });
    const { reader, exchange } = await streamed();
    exchange.reset();
    await failureOf(reader.next());
    expect(up.server.requests).toHaveLength(1);
  });
});

describe('a response whose end is read as a stream', () => {
  const events = (status: 'completed' | 'failed') => {
    const response = { id: 'resp_1', object: 'response', status, background: true, model: 'm', output: [], error: null };
    return [
      { type: 'response.created', response: { ...response, status: 'in_progress', usage: null } },
      { type: 'response.output_text.delta', delta: 'hello', output_index: 0 },
      { type: `response.${status}`, response: { ...response, usage: responsesUsage(1_000, 20_000) } },
    ];
  };

  async function replay(exchange: FaultExchange, status: 'completed' | 'failed'): Promise<boolean> {
    if (exchange.request.method !== 'GET') return false;
    await exchange.sseHead();
    await exchange.sse(...events(status));
    // The socket stays open: the last event is the end.
    return true;
  }

  it.for(['completed', 'failed'] as const)('is settled when it has %s', async (status) => {
    const { id } = await ask();
    up.answers = (exchange) => replay(exchange, status);
    const stream = await gateway.for({ team: 'other' }).responses.retrieve(id, { stream: true });
    const types: string[] = [];
    for await (const { type } of stream) types.push(type);
    expect(types).toEqual(events(status).map(({ type }) => type));
    expect(await counterOf(gateway, 'search')).toEqual({
      spent: { usd: 0.041, tokens: 21_000, requests: 1 },
      reserved: NOTHING_HELD,
    });
    expect((await counterOf(gateway, 'other')).spent).toEqual({ usd: 0, tokens: 0, requests: 1 });
  });

  it('is settled over HTTP too, with the names of its events', async () => {
    const { id } = await ask();
    up.answers = (exchange) => replay(exchange, 'completed');
    const response = await gateway.handler(`http://gateway/v1/responses/${id}?stream=true`);
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    const text = await response.text();
    expect(text).toMatch(/^event: response\.created\ndata: \{/);
    expect(text).toContain('event: response.completed\n');
    expect((await counterOf(gateway, 'search')).spent).toEqual({ usd: 0.041, tokens: 21_000, requests: 1 });
  });

  it('is not settled by a stream that breaks before it', async () => {
    const { id } = await ask();
    up.answers = async (exchange) => {
      if (exchange.request.method !== 'GET') return false;
      await exchange.sseHead();
      await exchange.sse(...events('completed').slice(0, 2));
      await exchange.lastChunk();
      return true;
    };
    const stream = await search.responses.retrieve(id, { stream: true });
    const read = async () => {
      for await (const _ of stream);
    };
    expect(await failureOf(read())).toMatchObject({ code: 'stream_interrupted' });
    expect((await counterOf(gateway, 'search')).reserved.tokens).toBeGreaterThan(30_000);
  });
});

describe('a run of a thread', () => {
  const thread = (of: Gateway, more: Record<string, unknown> = {}) =>
    of.beta.threads.createAndRun({
      assistant_id: 'asst_1',
      model: 'm',
      thread: { messages: [{ role: 'user', content: 'x' }] },
      ...more,
    });

  it('that goes on with the outputs of tools holds for each step, and is charged its usage once', async () => {
    begin({
      budgets: [{ name: 'team', each: 'team', limit: { usd: 9, tokens: 9_000_000, requests: 1_000 }, window: 'lifetime' }],
    });
    const run = await thread(search);
    const { reserved: one } = await counterOf(gateway, 'search');
    up.end(run.id, { status: 'requires_action' });
    await search.beta.threads.runs.retrieve(run.id, { thread_id: 'thread_1' });
    up.end(run.id, { status: 'in_progress' });
    await search.beta.threads.runs.submitToolOutputs(run.id, {
      thread_id: 'thread_1',
      tool_outputs: [{ tool_call_id: 'c', output: 'o' }],
    });
    const { reserved: two } = await counterOf(gateway, 'search');
    expect(two.tokens).toBeGreaterThan(1.9 * Number(one.tokens));
    up.end(run.id, { status: 'completed', usage: { prompt_tokens: 3_000, completion_tokens: 1_000, total_tokens: 4_000 } });
    await search.beta.threads.runs.retrieve(run.id, { thread_id: 'thread_1' });
    await search.beta.threads.runs.retrieve(run.id, { thread_id: 'thread_1' });
    expect(await counterOf(gateway, 'search')).toEqual({
      spent: { usd: 0.005, tokens: 4_000, requests: 5 },
      reserved: NOTHING_HELD,
    });
  });

  it('that is streamed and stops for a tool keeps its hold, with events as the client knows them', async () => {
    begin({ budgets: [{ name: 'team', each: 'team', limit: { usd: 9 }, window: 'lifetime' }] });
    const run = { id: 'run_s', object: 'thread.run', status: 'requires_action', model: 'm', usage: null };
    up.answers = async (exchange) => {
      if (exchange.request.method !== 'POST') return false;
      await exchange.sseHead();
      await exchange.chunk('event: thread.created\ndata: {"id":"thread_1","object":"thread"}\n\n');
      await exchange.chunk(`event: thread.run.created\ndata: ${JSON.stringify({ ...run, status: 'queued' })}\n\n`);
      await exchange.chunk(
        'event: thread.run.step.completed\ndata: {"id":"step_1","object":"thread.run.step","status":"completed","usage":{"prompt_tokens":9,"completion_tokens":9}}\n\n',
      );
      await exchange.chunk(`event: thread.run.requires_action\ndata: ${JSON.stringify(run)}\n\n`);
      await exchange.chunk('event: done\ndata: [DONE]\n\n');
      await exchange.lastChunk();
      return true;
    };
    const stream = await thread(search, { stream: true });
    const names: string[] = [];
    for await (const event of stream as unknown as AsyncIterable<{ event: string }>) names.push(event.event);
    expect(names).toEqual(['thread.created', 'thread.run.created', 'thread.run.step.completed', 'thread.run.requires_action']);
    const { spent, reserved } = await counterOf(gateway, 'search');
    expect(spent.usd).toBe(0);
    expect(reserved.usd).toBeGreaterThan(0.1);
    up.works.set('run_s', { ...run, status: 'completed', usage: { prompt_tokens: 3_000, completion_tokens: 1_000 } });
    await search.beta.threads.runs.retrieve('run_s', { thread_id: 'thread_1' });
    expect(await counterOf(gateway, 'search')).toEqual({ spent: { usd: 0.005 }, reserved: { usd: 0 } });
  });
});

describe('a store of the user', () => {
  it('that keeps no notes leaves it to the process that began the work', async () => {
    const inner = new MemoryStore();
    const bare: Store = {
      reserve: (...of) => inner.reserve(...of),
      settle: (...of) => inner.settle(...of),
      release: (...of) => inner.release(...of),
      extend: (...of) => inner.extend(...of),
      balances: (...of) => inner.balances(...of),
      record: (...of) => inner.record(...of),
      usage: (...of) => inner.usage(...of),
      close: () => inner.close(),
    };
    begin({ store: bare });
    const { id } = await ask();
    up.end(id, { status: 'completed', usage: responsesUsage(1_000, 20_000) });
    await search.responses.retrieve(id);
    await search.responses.retrieve(id);
    expect(await counterOf(gateway, 'search')).toEqual({
      spent: { usd: 0.041, tokens: 21_000, requests: 3 },
      reserved: NOTHING_HELD,
    });
  });
});

/** A memory store that can be away. */
class LostStore extends MemoryStore {
  away = false;

  override reserve(...of: Parameters<MemoryStore['reserve']>) {
    this.#reach();
    return super.reserve(...of);
  }

  override settle(...of: Parameters<MemoryStore['settle']>) {
    this.#reach();
    return super.settle(...of);
  }

  override release(...of: Parameters<MemoryStore['release']>) {
    this.#reach();
    return super.release(...of);
  }

  override keepNote(...of: Parameters<MemoryStore['keepNote']>) {
    this.#reach();
    super.keepNote(...of);
  }

  override readNote(...of: Parameters<MemoryStore['readNote']>) {
    this.#reach();
    return super.readNote(...of);
  }

  #reach(): void {
    if (this.away) throw new Error('away');
  }
}

describe('a store that is away', () => {
  const tokens: GatewayConfig['budgets'] = [{ name: 'team', each: 'team', limit: { tokens: 200_000 }, window: 'lifetime' }];

  it('when work begins holds it when it is back', async () => {
    const store = new LostStore();
    begin({ store, budgets: tokens });
    store.away = true;
    const { id } = await ask();
    store.away = false;
    await up.clock.elapse(1_000);
    const { reserved } = await counterOf(gateway, 'search');
    expect(reserved.tokens).toBeGreaterThan(30_000);
    up.end(id, { status: 'completed', usage: responsesUsage(1_000, 20_000) });
    await gateway.responses.retrieve(id);
    expect(await counterOf(gateway, 'search')).toEqual({ spent: { tokens: 21_000 }, reserved: { tokens: 0 } });
  });

  it('when its end is seen is told of it later, though nobody looks again', async () => {
    const store = new LostStore();
    begin({ store, budgets: tokens });
    const { id } = await ask();
    store.away = true;
    up.end(id, { status: 'completed', usage: responsesUsage(1_000, 20_000) });
    expect((await search.responses.retrieve(id)).status).toBe('completed');
    expect((await counterOf(gateway, 'search')).reserved.tokens).toBeGreaterThan(30_000);
    store.away = false;
    await up.clock.elapse(1_000);
    expect(await counterOf(gateway, 'search')).toEqual({ spent: { tokens: 21_000 }, reserved: { tokens: 0 } });
  });

  it('where the work is looked up leaves it to what this process knows', async () => {
    const store = new LostStore();
    begin({ store, budgets: [] });
    const { id } = await ask({ model: 'second' });
    store.away = true;
    await search.responses.retrieve(id);
    expect(up.server.requests.at(-1)?.path).toBe(`/two/v1/responses/${id}`);
  });
});

describe('work at one of several providers', () => {
  it('is read and cancelled where it is, without a word of the caller', async () => {
    const { id } = await ask({ model: 'second' });
    up.server.requests.length = 0;
    await search.responses.retrieve(id);
    await search.get(`/responses/${id}/input_items`).catch(() => undefined);
    await search.responses.cancel(id);
    expect(up.server.requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
      `GET /two/v1/responses/${id}`,
      `GET /two/v1/responses/${id}/input_items`,
      `POST /two/v1/responses/${id}/cancel`,
    ]);
    await search.responses.retrieve('resp_unknown').catch(() => undefined);
    expect(up.server.requests.at(-1)?.path).toBe('/one/v1/responses/resp_unknown');
    // A configuration without that provider falls back to the default one.
    gateway.control.update({
      providers: {
        one: { type: 'openai', apiKey: 'k', baseURL: `${up.server.origin}/one/v1` },
        three: { type: 'openai', apiKey: 'k', baseURL: up.server.origin },
      },
      defaultProvider: 'one',
    });
    await search.responses.retrieve(id);
    expect(up.server.requests.at(-1)?.path).toBe(`/one/v1/responses/${id}`);
  });
});
