import OpenAI, { OpenAIError } from 'openai';
import { OpenAIRealtimeWS } from 'openai/realtime/ws';
import { ResponsesWS } from 'openai/resources/responses/ws';
import { createVirtualKey, type GatewayConfig, routeOf } from 'tollgate';
import { describe, expect, it } from 'vitest';
import { completion } from '../support/chat-upstream.ts';
import type { FaultExchange } from '../support/fault-server.ts';
import { bodies, failureOf, gatewayOf, messages, providersAt, upstream } from './harness.ts';

async function stageOf(script: (exchange: FaultExchange) => unknown, config: Partial<GatewayConfig> = {}) {
  const server = await upstream(script);
  const retry = { minDelayMs: 1, maxDelayMs: 1 };
  return { server, gateway: gatewayOf({ providers: providersAt(server, 'one'), retry, ...config }) };
}

const answering =
  (status: number, body: unknown = { id: 'thing_1', object: 'thing' }, headers?: Record<string, string>) =>
  (exchange: FaultExchange) =>
    exchange.answer(status, body, headers);

describe('an answer to a call that is handed through', () => {
  it.for([
    ['204 without a body', 204, '', undefined, null],
    ['200 without a body', 200, '', 'text/plain', ''],
    ['200 with a type and no body', 200, '', 'application/json', undefined],
    ['null', 200, 'null', 'application/json', null],
    ['a list', 200, '[1]', 'application/json', [1]],
    ['text', 200, 'done', 'text/plain', 'done'],
  ] as const)('is a success, as the plain client gives it: %s', async ([, status, body, type, expected]) => {
    const { server, gateway } = await stageOf(answering(status, body, type && { 'content-type': type }));
    const plain = new OpenAI({ apiKey: 'k', baseURL: `${server.origin}/one/v1`, maxRetries: 0 });
    expect(await plain.post('/realtime/calls/call_1/hangup')).toEqual(expected);
    expect(await gateway.post('/realtime/calls/call_1/hangup')).toEqual(expected);
    const response = await gateway.post('/realtime/calls/call_1/hangup').asResponse();
    expect([response.status, await response.text()]).toEqual([status, body]);
    const handled = await gateway.handler('http://h/v1/realtime/calls/call_1/hangup', { method: 'POST' });
    expect([handled.status, await handled.text()]).toEqual([status, body]);
    expect(server.requests).toHaveLength(4);
  });

  it.for([
    ['that is no JSON', (exchange: FaultExchange) => exchange.answer(200, '{"a":', { 'content-type': 'application/json' })],
    [
      'that breaks off',
      async (exchange: FaultExchange) => {
        await exchange.head(200, { 'content-type': 'application/json', 'content-length': '100' });
        await exchange.write('{');
        exchange.reset();
      },
    ],
  ] as const)('is never asked for again by POST: %s', async ([, script]) => {
    const { server, gateway } = await stageOf(script);
    expect(await failureOf(gateway.post('/conversations', { body: {} }))).toBeInstanceOf(Error);
    expect(server.requests).toHaveLength(1);
  });

  it('that breaks off is asked for again by GET', async () => {
    const { server, gateway } = await stageOf(async (exchange) => {
      if (exchange.index === 1) return exchange.answer(200, { id: 'file_1' });
      await exchange.head(200, { 'content-type': 'application/json', 'content-length': '100' });
      await exchange.write('{');
      exchange.reset();
    });
    expect(await gateway.files.retrieve('file_1')).toMatchObject({ id: 'file_1' });
    expect(server.requests).toHaveLength(2);
  });
});

const RESPONSE = {
  id: 'resp_1',
  object: 'response',
  status: 'completed',
  output: [],
  usage: { input_tokens: 3, output_tokens: 4 },
};

describe('a response without a model', () => {
  it('goes to the default provider as it is', async () => {
    const { server, gateway } = await stageOf(answering(200, RESPONSE), { models: { fast: ['one/m'] }, defaultProvider: 'one' });
    const answer = await gateway.responses.create({ prompt: { id: 'pmpt_1' } });
    await gateway.responses.create({ previous_response_id: 'resp_1', input: 'go on' });
    expect(bodies(server)).toEqual([{ prompt: { id: 'pmpt_1' } }, { previous_response_id: 'resp_1', input: 'go on' }]);
    expect(server.requests.map(({ path }) => path)).toEqual(['/one/v1/responses', '/one/v1/responses']);
    expect(answer.output_text).toBe('');
    expect(routeOf(answer)?.usage).toMatchObject({ inputTokens: 3, outputTokens: 4 });
  });

  it('is refused under a budget of money, since nobody knows its price', async () => {
    const { server, gateway } = await stageOf(answering(200, RESPONSE), {
      budgets: [{ name: 'all', limit: { usd: 1 }, window: 'day' }],
    });
    expect(await failureOf(gateway.responses.create({ prompt: { id: 'pmpt_1' } }))).toMatchObject({ code: 'unknown_price' });
    expect(server.requests).toEqual([]);
  });

  it('streams', async () => {
    const { gateway } = await stageOf(async (exchange) => {
      await exchange.sseHead();
      await exchange.chunk(
        `event: response.completed\ndata: ${JSON.stringify({ type: 'response.completed', response: RESPONSE })}\n\n`,
      );
      await exchange.lastChunk();
    });
    const types: string[] = [];
    for await (const event of await gateway.responses.create({ prompt: { id: 'pmpt_1' }, stream: true })) types.push(event.type);
    expect(types).toEqual(['response.completed']);
  });
});

describe('a body', () => {
  it('that is empty is sent, with its type', async () => {
    const { server, gateway } = await stageOf(answering(200));
    await gateway.conversations.create({});
    await gateway.beta.threads.create({});
    await gateway.post('/things', { body: [{ a: 1 }] });
    expect(server.requests.map(({ body, headers }) => [String(body), headers.get('content-type')])).toEqual([
      ['{}', 'application/json'],
      ['{}', 'application/json'],
      ['[{"a":1}]', 'application/json'],
    ]);
  });

  it('of images and moderations names no model where the caller named none', async () => {
    const { server, gateway } = await stageOf((exchange) =>
      exchange.answer(200, { id: 'x', created: 1, data: [{ b64_json: 'aGk=' }], results: [] }),
    );
    await gateway.images.generate({ prompt: 'x' });
    await gateway.moderations.create({ input: 'x' });
    expect(bodies(server)).toEqual([{ prompt: 'x' }, { input: 'x' }]);
  });

  it('means what JSON.stringify makes of it', async () => {
    const { server, gateway } = await stageOf((exchange) => exchange.answer(200, completion('x')));
    class Point {
      x = 1;
      #y = 2;
      sum() {
        return this.x + this.#y;
      }
    }
    const odd = {
      point: new Point(),
      date: new Date(0),
      money: { toJSON: (key: string) => `own ${key}` },
      bytes: new Uint8Array([1, 2]),
      buffer: Buffer.from('a'),
      map: new Map([[1, 2]]),
      boxed: Object(3) as unknown,
      left: () => 1,
      symbol: Symbol('s'),
      list: [undefined, () => 1, Number.NaN],
      infinite: Number.POSITIVE_INFINITY,
    };
    await gateway.chat.completions.create({ model: 'm', messages, metadata: odd as never });
    await gateway.post('/things', { body: odd });
    expect(bodies(server)[0]?.metadata).toEqual(JSON.parse(JSON.stringify(odd)));
    expect(bodies(server)[1]).toEqual(JSON.parse(JSON.stringify(odd)));
  });

  it('has the bigints, the functions and the numbers as they are written that JSON.stringify finds a form for', async () => {
    const { server, gateway } = await stageOf(answering(200));
    const raw = JSON as unknown as { rawJSON(text: string): unknown };
    const odd = {
      big: 1n,
      boxed: Object(2n) as unknown,
      list: [3n],
      called: Object.assign(() => 1, { toJSON: () => 'called' }),
      digits: raw.rawJSON('12345678901234567890'),
      short: raw.rawJSON('5'),
    };
    const prototype = BigInt.prototype as { toJSON?: () => string };
    prototype.toJSON = function (this: bigint) {
      return String(this);
    };
    try {
      await gateway.post('/things', { body: odd });
      expect(String(server.requests[0]?.body)).toBe(JSON.stringify(odd));
    } finally {
      delete prototype.toJSON;
    }
    await expect(gateway.post('/things', { body: { big: 1n } })).rejects.toThrow('big: expected JSON, not a bigint');
  });

  it('of nothing is none', async () => {
    const { server, gateway } = await stageOf(answering(200));
    for (const body of [false, 0, '', null, undefined]) await gateway.post('/things', { body });
    expect(server.requests.map(({ body, headers }) => [String(body), headers.get('content-type')])).toEqual(
      Array.from({ length: 5 }, () => ['', undefined]),
    );
  });

  it('that is handed through is not checked', async () => {
    const { server, gateway } = await stageOf(answering(200));
    const session = { type: 'realtime', max_output_tokens: 'inf', max_tokens: 0, n: -1, messages: [] } as never;
    await gateway.realtime.calls.accept('call_1', session);
    expect(bodies(server)).toEqual([session]);
  });
});

const RUN = { id: 'run_1', object: 'thread.run', status: 'completed', usage: { prompt_tokens: 3, completion_tokens: 4 } };
const THREAD_EVENTS: [string, unknown][] = [
  ['thread.run.created', { ...RUN, status: 'queued', usage: null }],
  ['thread.message.created', { id: 'msg_1', object: 'thread.message', content: [] }],
  [
    'thread.message.delta',
    { id: 'msg_1', object: 'thread.message.delta', delta: { content: [{ index: 0, type: 'text', text: { value: 'hello' } }] } },
  ],
  [
    'thread.message.completed',
    { id: 'msg_1', object: 'thread.message', content: [{ type: 'text', text: { value: 'hello', annotations: [] } }] },
  ],
  ['thread.run.completed', RUN],
];

async function sendEvents(exchange: FaultExchange): Promise<void> {
  await exchange.sseHead();
  for (const [event, data] of THREAD_EVENTS) await exchange.chunk(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  await exchange.chunk('event: done\ndata: [DONE]\n\n');
  await exchange.lastChunk();
}

describe("a thread's stream", () => {
  it('keeps its events for the helper of the client', async () => {
    const { gateway } = await stageOf(sendEvents);
    const run = gateway.beta.threads.runs.stream('thread_1', { assistant_id: 'asst_1' });
    const names: string[] = [];
    run.on('event', ({ event }) => names.push(event));
    expect(await run.finalRun()).toMatchObject({ id: 'run_1', status: 'completed' });
    expect(names).toEqual(THREAD_EVENTS.map(([name]) => name));
  });

  it('keeps its events over the handler', async () => {
    const { gateway } = await stageOf(sendEvents);
    const client = new OpenAI(gateway.clientOptions());
    const run = client.beta.threads.runs.stream('thread_1', { assistant_id: 'asst_1' });
    expect(await run.finalRun()).toMatchObject({ id: 'run_1', status: 'completed' });
  });

  it('of any other kind keeps the names of its events over the handler', async () => {
    const { gateway } = await stageOf(async (exchange) => {
      await exchange.sseHead();
      await exchange.chunk('event: agent.step\ndata: {"a":1}\n\ndata: {"b":2}\n\n');
      await exchange.lastChunk();
    });
    const response = await gateway.handler('http://h/v1/threads/things', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"stream":true}',
    });
    expect(await response.text()).toBe('event: agent.step\ndata: {"a":1}\n\ndata: {"b":2}\n\ndata: [DONE]\n\n');
    const items: unknown[] = [];
    for await (const item of await gateway.post<AsyncIterable<unknown>>('/threads/things', { body: {}, stream: true }))
      items.push(item);
    expect(items).toEqual([{ a: 1 }, { b: 2 }]);
  });

  it('may have events of more than 8 MiB', async () => {
    const image = 'x'.repeat(9_000_000);
    const { gateway } = await stageOf(async (exchange) => {
      await exchange.sseHead();
      await exchange.sse({ type: 'response.completed', response: { ...RESPONSE, model: 'm', image } });
      await exchange.lastChunk();
    });
    let length = 0;
    for await (const event of await gateway.responses.create({ model: 'm', input: 'x', stream: true })) {
      if (event.type === 'response.completed') length = (event.response as unknown as { image: string }).image.length;
    }
    expect(length).toBe(image.length);
  });

  it('has one limit of size with whole answers', async () => {
    const { gateway } = await stageOf(
      async (exchange) => {
        await exchange.sseHead();
        await exchange.sse({ type: 'response.completed', response: { ...RESPONSE, model: 'm', image: 'x'.repeat(2_000) } });
        await exchange.lastChunk();
      },
      { maxBodyBytes: 1_000 },
    );
    const error = await failureOf(
      (async () => {
        for await (const event of await gateway.responses.create({ model: 'm', input: 'x', stream: true })) return event;
        return undefined;
      })(),
    );
    expect(String(error)).toContain('larger than 1000 bytes');
  });
});

const PAGE = { object: 'list', data: [{ id: 'gpt-x', object: 'model', created: 1, owned_by: 'one' }] };

describe('models', () => {
  it('are those of the provider where undeclared names go there', async () => {
    const { server, gateway } = await stageOf((exchange) =>
      exchange.answer(200, exchange.request.path.endsWith('/models') ? PAGE : PAGE.data[0]),
    );
    expect((await gateway.models.list()).data).toMatchObject([{ id: 'gpt-x' }]);
    expect(await gateway.models.retrieve('gpt-x')).toMatchObject({ id: 'gpt-x' });
    expect(await (await gateway.handler('http://h/v1/models')).json()).toEqual(PAGE);
    expect(server.requests.map(({ path }) => path)).toEqual(['/one/v1/models', '/one/v1/models/gpt-x', '/one/v1/models']);
  });

  it('that are declared are told by the gateway, and the others where they go', async () => {
    const { server, gateway } = await stageOf(answering(200, PAGE.data[0]), {
      models: { fast: ['one/m'] },
      defaultProvider: 'one',
    });
    expect((await gateway.models.list()).data.map(({ id }) => id)).toEqual(['fast']);
    expect(await gateway.models.retrieve('fast')).toMatchObject({ id: 'fast' });
    expect(server.requests).toEqual([]);
    expect(await gateway.models.retrieve('gpt-x')).toMatchObject({ id: 'gpt-x' });
  });

  it('are told by the gateway where not everybody may use all', async () => {
    const { server, gateway } = await stageOf(answering(200, PAGE), {
      access: { rules: [{ match: { team: 'intern' }, deny: ['*'] }] },
    });
    expect((await gateway.models.list()).data).toEqual([]);
    expect(server.requests).toEqual([]);
  });
});

describe('options of the client', () => {
  it('add their query to what is sent', async () => {
    const { server, gateway } = await stageOf((exchange) => exchange.answer(200, completion('x')));
    const clone = gateway.withOptions({ defaultQuery: { v: '1', w: '2' } });
    await clone.chat.completions.create({ model: 'm', messages }, { query: { w: '3', list: ['a', 'b'], of: { x: 'y' } } });
    await clone.files.retrieve('file_1');
    const plain = new OpenAI({ apiKey: 'k', baseURL: `${server.origin}/one/v1`, defaultQuery: { v: '1', w: '2' } });
    await plain.chat.completions.create({ model: 'm', messages }, { query: { w: '3', list: ['a', 'b'], of: { x: 'y' } } });
    await plain.files.retrieve('file_1');
    const paths = server.requests.map(({ path }) => path);
    expect(paths.slice(0, 2)).toEqual(paths.slice(2));
  });

  it('are refused where a wire takes no query', async () => {
    const { gateway } = await stageOf(() => {}, { providers: { anthropic: { apiKey: 'k' } } });
    const error = await failureOf(gateway.chat.completions.create({ model: 'anthropic/m', messages }, { query: { a: '1' } }));
    expect(error).toMatchObject({ status: 400, message: expect.stringContaining('query') });
  });

  it.for(['baseURL', 'organization', 'project', 'apiKey', 'fetch', 'logger', 'fetchOptions', 'adminAPIKey'])(
    'that lead nowhere are refused by name: %s',
    async (name) => {
      const { gateway } = await stageOf(() => {});
      expect(() => gateway.withOptions({ [name]: 'x' })).toThrow(new RegExp(`^400 ${name}: expected it in`));
    },
  );

  it('may be a virtual key', async () => {
    const { key, hash } = createVirtualKey();
    const { gateway } = await stageOf((exchange) => exchange.answer(200, completion('x')), {
      access: { keys: [{ id: 'k1', hash, caller: { team: 'search' } }] },
    });
    const callers: unknown[] = [];
    gateway.on('request.end', ({ caller }) => callers.push(caller.team));
    await gateway.withOptions({ apiKey: key }).chat.completions.create({ model: 'm', messages });
    expect(callers).toEqual(['search']);
    expect(() => gateway.withOptions({ apiKey: 'another' })).toThrow(/key/i);
  });

  it('may allow fewer repeats than the configuration, and not more', async () => {
    const { server, gateway } = await stageOf((exchange) => exchange.answer(503, {}));
    for (const [maxRetries, requests] of [
      [0, 1],
      [1, 2],
      [9, 2],
    ] as const) {
      const before = server.requests.length;
      await failureOf(gateway.withOptions({ maxRetries }).chat.completions.create({ model: 'm', messages }));
      expect(server.requests.length - before).toBe(requests);
    }
  });

  it('build URLs and requests, of clones too', async () => {
    const { gateway } = await stageOf(() => {});
    const clone = gateway.for({ team: 'a' }).withOptions({ defaultQuery: { v: '1' }, defaultHeaders: { 'x-own': 'h' } });
    expect(clone.buildURL('/things', { a: 'b' })).toBe('http://tollgate.internal/v1/things?v=1&a=b');
    const { req, url } = await clone.buildRequest({ method: 'post', path: '/things', body: { a: 1 } });
    expect([url, req.body, req.headers.get('x-own')]).toEqual(['http://tollgate.internal/v1/things?v=1', '{"a":1}', 'h']);
  });

  it('take the secret of webhooks from the environment', async () => {
    const { gateway } = await stageOf(() => {});
    expect(gateway.webhookSecret).toBeNull();
    expect(gateway.withOptions({ webhookSecret: 'whsec_a' }).for({ team: 'a' }).webhookSecret).toBe('whsec_a');
    process.env.OPENAI_WEBHOOK_SECRET = 'whsec_b';
    try {
      expect((await stageOf(() => {})).gateway.for({ team: 'a' }).webhookSecret).toBe('whsec_b');
    } finally {
      delete process.env.OPENAI_WEBHOOK_SECRET;
    }
  });

  it('open no WebSockets, and say so', async () => {
    const { gateway } = await stageOf(() => {});
    const open = () => new OpenAIRealtimeWS({ model: 'gpt-realtime' }, gateway);
    expect(open).toThrow(OpenAIError);
    expect(open).toThrow(/WebSocket connections/);
    expect(() => new ResponsesWS(gateway.for({ user: 'a' }))).toThrow(/WebSocket connections/);
  });
});

describe('administration', () => {
  it('is asked for with the admin key, and nothing else is', async () => {
    const { server, gateway } = await stageOf(answering(200, { object: 'list', data: [] }));
    const providers = {
      one: { type: 'openai', apiKey: 'key-one', adminApiKey: 'key-admin', baseURL: `${server.origin}/one/v1` },
    } as const;
    const withKey = gatewayOf({ providers });
    await withKey.admin.organization.users.list();
    await withKey.files.list();
    await gateway.admin.organization.users.list();
    expect(server.requests.map(({ path, headers }) => [path, headers.get('authorization')])).toEqual([
      ['/one/v1/organization/users', 'Bearer key-admin'],
      ['/one/v1/files', 'Bearer key-one'],
      ['/one/v1/organization/users', 'Bearer key-of-one'],
    ]);
  });

  it.each([
    ['/organization/usage/completions?start_time=1', '/one/v1/organization/usage/completions'],
    ['/organization/usage/images', '/one/v1/organization/usage/images'],
    ['/organization/projects/p/models', '/one/v1/organization/projects/p/models'],
  ])('has paths that end as those of resources do, which are its own over HTTP: %s', async (asked, expected) => {
    const { server, gateway } = await stageOf(answering(200, { object: 'list', data: [] }));
    const headers = { 'x-tollgate-provider': 'one' };
    expect((await gateway.handler(`http://x/v1${asked}`)).status).toBe(404);
    expect((await gateway.handler(`http://x/v1${asked}`, { headers })).status).toBe(200);
    expect(server.requests.map(({ path }) => path.split('?')[0])).toEqual([expected]);
  });

  it('is for who may', async () => {
    const { server, gateway } = await stageOf(answering(200), {
      access: { rules: [{ match: { team: 'intern' }, deny: ['one/organization'] }] },
    });
    expect(await failureOf(gateway.for({ team: 'intern' }).get('/organization/users'))).toMatchObject({ code: 'access_denied' });
    expect(server.requests).toEqual([]);
  });
});

describe('an id', () => {
  it('may hold a slash', async () => {
    const { server, gateway } = await stageOf(answering(200));
    await gateway.files.retrieve('folder/file 1');
    expect(server.requests.map(({ path }) => path)).toEqual(['/one/v1/files/folder%2Ffile%201']);
  });

  it.for(['a%2F..%2Fb', 'a%2F%2Fb', '%2Fa', 'a%2F', '..%2Fa'])('may not lead to another path: %s', async (id) => {
    const { server, gateway } = await stageOf(answering(200));
    expect(await failureOf(gateway.get(`/files/${id}`))).toMatchObject({ status: 400 });
    expect(server.requests).toEqual([]);
  });

  it('may not spell an endpoint', async () => {
    const { gateway } = await stageOf(answering(200));
    expect(await failureOf(gateway.post('/x/chat%2Fcompletions', { body: { model: 'm' } }))).toMatchObject({ status: 400 });
  });
});
