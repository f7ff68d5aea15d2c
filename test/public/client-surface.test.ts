import OpenAI, { APIPromise } from 'openai';
import { zodResponseFormat } from 'openai/helpers/zod';
import { Gateway, routeOf } from 'tollgate';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { completion, streamText } from '../support/chat-upstream.ts';
import type { FaultExchange } from '../support/fault-server.ts';
import { ask, bodies, bodyOf, failureOf, gatewayOf, messages, providersAt, upstream } from './harness.ts';

const params = { model: 'fast', messages };

async function served(script?: (exchange: FaultExchange) => unknown) {
  const server = await upstream(script);
  const gateway = gatewayOf({ providers: providersAt(server, 'one', 'two'), models: { fast: ['one/m'] } });
  return { server, gateway, client: gateway.for({ team: 'a' }) };
}

const response = {
  id: 'resp_1',
  object: 'response',
  created_at: 1,
  status: 'completed',
  model: 'm',
  output: [
    {
      type: 'message',
      id: 'msg_1',
      role: 'assistant',
      status: 'completed',
      content: [{ type: 'output_text', text: 'hi', annotations: [] }],
    },
  ],
  usage: { input_tokens: 3, output_tokens: 2, total_tokens: 5 },
};

describe('a clone bound to a caller is the OpenAI client', () => {
  it('chat.completions.stream', async () => {
    const { client } = await served((exchange) => streamText(exchange, 'one ', 'two'));
    const stream = client.chat.completions.stream(params);
    const deltas: string[] = [];
    stream.on('content', (delta) => deltas.push(delta));
    expect((await stream.finalChatCompletion()).choices[0]?.message.content).toBe('one two');
    expect(deltas).toEqual(['one ', 'two']);
  });

  it('chat.completions.parse', async () => {
    const { client } = await served((exchange) => exchange.answer(200, completion('{"city":"Berlin"}')));
    const parsed = await client.chat.completions.parse({
      ...params,
      response_format: zodResponseFormat(z.object({ city: z.string() }), 'place'),
    });
    expect(parsed.choices[0]?.message.parsed).toEqual({ city: 'Berlin' });
    expect(routeOf(parsed)).toMatchObject({ deployment: 'one/m' });
  });

  it('chat.completions.runTools', async () => {
    const call = { id: 'call_1', type: 'function', function: { name: 'add', arguments: '{"a":1,"b":2}' } };
    const { client, server } = await served((exchange) => {
      const calls = {
        choices: [
          {
            index: 0,
            finish_reason: 'tool_calls',
            logprobs: null,
            message: { role: 'assistant', content: null, refusal: null, tool_calls: [call] },
          },
        ],
      };
      return exchange.answer(200, exchange.index === 0 ? completion('', calls) : completion('it is 3'));
    });
    const add = (args: unknown) => {
      const { a, b } = args as { a: number; b: number };
      return String(a + b);
    };
    const tools = [
      {
        type: 'function' as const,
        function: { name: 'add', description: 'adds', function: add, parse: JSON.parse, parameters: { type: 'object' } },
      },
    ];
    expect(await client.chat.completions.runTools({ ...params, tools }).finalContent()).toBe('it is 3');
    expect(bodies(server)[1]?.messages).toMatchObject([{ role: 'user' }, { role: 'assistant' }, { role: 'tool', content: '3' }]);
  });

  it('responses.create', async () => {
    const { client } = await served((exchange) => exchange.answer(200, response));
    const answer = await client.responses.create({ model: 'fast', input: 'hello' });
    expect(answer.output_text).toBe('hi');
    expect(routeOf(answer)).toMatchObject({ deployment: 'one/m', usage: { inputTokens: 3, outputTokens: 2 } });
  });

  it('embeddings.create, whose base64 is decoded', async () => {
    const vector = [0.25, -1.5, 3];
    const base64 = Buffer.from(new Float32Array(vector).buffer).toString('base64');
    const { client, server } = await served((exchange) =>
      exchange.answer(200, {
        object: 'list',
        model: 'm',
        data: [{ object: 'embedding', index: 0, embedding: bodyOf(exchange).encoding_format === 'base64' ? base64 : vector }],
        usage: { prompt_tokens: 2, total_tokens: 2 },
      }),
    );
    const answer = await client.embeddings.create({ model: 'fast', input: 'x' });
    expect(answer.data[0]?.embedding).toEqual(vector);
    expect(routeOf(answer)).toMatchObject({ deployment: 'one/m', usage: { inputTokens: 2 } });
    expect((await client.embeddings.create({ model: 'fast', input: 'x', encoding_format: 'float' })).data[0]?.embedding).toEqual(
      vector,
    );
    expect(bodies(server)[0]).toMatchObject({ model: 'm', input: 'x' });
  });

  it('files.list, page by page, at the provider of the header or the default provider', async () => {
    const files = (id: string, more: boolean) => ({ object: 'list', data: [{ id, object: 'file' }], has_more: more });
    const { client, server, gateway } = await served((exchange) =>
      exchange.answer(200, exchange.request.path.includes('after=') ? files('file_2', false) : files('file_1', true)),
    );
    const ids = [];
    for await (const { id } of client.files.list({ limit: 1 }, { headers: { 'x-tollgate-provider': 'two' } })) ids.push(id);
    expect(ids).toEqual(['file_1', 'file_2']);
    expect(server.requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'GET /two/v1/files?limit=1',
      'GET /two/v1/files?limit=1&after=file_1',
    ]);
    expect(server.requests[1]?.headers.get('authorization')).toBe('Bearer key-of-two');
    expect(await failureOf(client.files.list())).toMatchObject({
      code: 'unsupported_operation',
      message: expect.stringContaining('x-tollgate-provider'),
    });
    gateway.control.update({ providers: providersAt(server, 'one', 'two'), defaultProvider: 'one' });
    expect((await client.files.list()).data[0]?.id).toBe('file_1');
    expect(server.requests[2]?.path).toBe('/one/v1/files');
  });

  it('audio.speech and audio.transcriptions', async () => {
    const { client, server } = await served((exchange) =>
      exchange.request.path.endsWith('/speech')
        ? exchange.answer(200, Buffer.from('MP3'), { 'content-type': 'audio/mpeg' })
        : exchange.answer(200, { text: 'spoken' }),
    );
    const speech = await client.audio.speech.create({ model: 'fast', voice: 'alloy', input: 'x' });
    expect(Buffer.from(await speech.arrayBuffer()).toString()).toBe('MP3');
    const transcript = await client.audio.transcriptions.create({ model: 'fast', file: new File(['RIFF'], 'a.wav') });
    expect(transcript.text).toBe('spoken');
    expect(String(server.requests[1]?.body)).toMatch(/name="model"\r\n\r\nm\r\n/);
  });
});

describe('what a call can be asked beside its result', () => {
  it('withResponse and asResponse of an object', async () => {
    const { client } = await served((exchange) =>
      exchange.answer(200, completion('hi'), { 'x-request-id': 'up-1', 'x-ratelimit-remaining-requests': '9' }),
    );
    const { data, response, request_id } = await client.chat.completions.create(params).withResponse();
    expect(data.choices[0]?.message.content).toBe('hi');
    expect(request_id).toBe('up-1');
    expect(response.headers.get('x-tollgate-deployment')).toBe('one/m');
    expect(response.headers.get('x-ratelimit-remaining-requests')).toBe('9');
    const raw = await client.chat.completions.create(params).asResponse();
    expect(await raw.json()).toMatchObject({ choices: [{ message: { content: 'hi' } }] });
  });

  it("a promise that is one of OpenAI's, and sends once however often it is asked", async () => {
    const { client, server } = await served();
    const promise = client.chat.completions.create(params);
    expect(promise).toBeInstanceOf(APIPromise);
    expect(promise).toBeInstanceOf(Promise);
    const [answer, again] = await Promise.all([promise, promise.then((same) => same)]);
    expect(again).toBe(answer);
    expect(await promise.finally(() => {})).toBe(answer);
    expect(await Promise.resolve(promise)).toBe(answer);
    expect(server.requests).toHaveLength(1);
    const failing = client.chat.completions.create({ ...params, model: 'none' });
    expect(await failing.catch((error: unknown) => error)).toBe(await failureOf(failing.asResponse()));
  });

  it.each(['create', 'parse'] as const)(
    'withResponse and asResponse on a proxy of the promise of %s, as tracers make it',
    async (method) => {
      const { client } = await served();
      const { completions } = client.chat;
      const call = { create: () => completions.create(params), parse: () => completions.parse(params) }[method];
      const { data, response } = await new Proxy(call(), {}).withResponse();
      expect(data.choices[0]?.message.content).toContain('m');
      expect(routeOf(data)).toMatchObject({ deployment: 'one/m' });
      expect(response.headers.get('x-tollgate-deployment')).toBe('one/m');
      expect((await new Proxy(call(), {}).asResponse()).status).toBe(200);
    },
  );

  it('a list is read through a proxy of its promise, as with the client itself', async () => {
    const { client } = await served();
    const proxy = () => new Proxy(client.models.list(), {});
    const own = (await client.models.list()).data.map(({ id }) => id);
    expect(own).not.toHaveLength(0);
    expect((await proxy()).data.map(({ id }) => id)).toEqual(own);
    expect((await proxy().withResponse()).data.data.map(({ id }) => id)).toEqual(own);
    const seen: string[] = [];
    for await (const { id } of proxy()) seen.push(id);
    expect(seen).toEqual(own);
  });

  it('withResponse reads a parsed answer once, beside the promise itself', async () => {
    const { client } = await served((exchange) => exchange.answer(200, completion('{"city":"Berlin"}')));
    const format = zodResponseFormat(z.object({ city: z.string() }), 'place');
    const promise = client.chat.completions.parse({ ...params, response_format: format });
    const [{ data }, parsed] = await Promise.all([promise.withResponse(), promise]);
    expect(data).toBe(parsed);
    expect(parsed.choices[0]?.message.parsed).toEqual({ city: 'Berlin' });
  });

  it('withResponse and asResponse of a stream, none of whose items is lost', async () => {
    const { client } = await served((exchange) => streamText(exchange, 'one ', 'two'));
    const { data, response } = await client.chat.completions.create({ ...params, stream: true }).withResponse();
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    const pieces = [];
    for await (const item of data) pieces.push(item.choices[0]?.delta.content ?? '');
    expect(pieces.join('')).toBe('one two');
    const raw = await client.chat.completions.create({ ...params, stream: true }).asResponse();
    expect(await raw.text()).toContain('data: [DONE]');
  });

  it('withOptions({ timeout }) and a timeout of the call', async () => {
    const { gateway, client } = await served(() => {});
    const create = (of: Gateway, options = {}) => failureOf(of.chat.completions.create(params, options));
    expect(await create(client.withOptions({ timeout: 30 }))).toBeInstanceOf(OpenAI.APIConnectionTimeoutError);
    expect(await create(gateway, { timeout: 30 })).toBeInstanceOf(OpenAI.APIConnectionTimeoutError);
    expect(await create(gateway, { signal: AbortSignal.abort() })).toBeInstanceOf(OpenAI.APIUserAbortError);
  });

  it('headers of the call and of withOptions, the call winning, null taking away', async () => {
    const { client, server } = await served();
    const withDefaults = client.withOptions({ defaultHeaders: { 'x-a': 'default', 'x-b': 'default', 'x-c': 'default' } });
    await withDefaults.chat.completions.create(params, { headers: { 'X-A': 'call', 'x-b': null } });
    const sent = server.requests[0]?.headers;
    expect([sent?.get('x-a'), sent?.has('x-b'), sent?.get('x-c')]).toEqual(['call', false, 'default']);
    expect(await failureOf(client.chat.completions.create(params, { headers: { 'x-a': 'a\r\nb: c' } }))).toMatchObject({
      status: 400,
    });
  });

  it('maxRetries does not add to the attempts', async () => {
    const { client, server } = await served((exchange) => exchange.answer(400, { error: { message: 'no', code: 'bad' } }));
    await failureOf(client.chat.completions.create(params, { maxRetries: 5 }));
    expect(server.requests).toHaveLength(1);
  });
});

describe('around a gateway', () => {
  /** What Langfuse's wrapper does: functions are bound and traced, nested resources wrapped in turn. */
  function traced<T extends object>(sdk: T, seen: string[]): T {
    return new Proxy(sdk, {
      get(target, key, proxy) {
        const value: unknown = Reflect.get(target, key, proxy);
        if (typeof value === 'function') {
          return (...args: unknown[]) => {
            seen.push(String(key));
            return Reflect.apply(value, target, args);
          };
        }
        return typeof value === 'object' && value !== null && typeof key === 'string' && !key.startsWith('_')
          ? traced(value, seen)
          : value;
      },
    });
  }

  it('a proxy that traces every method works, on a clone as well', async () => {
    const { gateway } = await served((exchange) =>
      bodyOf(exchange).stream ? streamText(exchange, 'a') : exchange.answer(200, completion('whole')),
    );
    for (const client of [gateway, gateway.for({ team: 'a' })]) {
      const seen: string[] = [];
      const proxy = traced(client, seen);
      expect((await proxy.chat.completions.create(params)).choices[0]?.message.content).toBe('whole');
      for await (const item of await proxy.chat.completions.create({ ...params, stream: true }))
        expect(item.object).toBe('chat.completion.chunk');
      expect(seen).toContain('create');
    }
  });

  it('a plain proxy can make clones', async () => {
    const { gateway } = await served();
    const callers: unknown[] = [];
    gateway.on('request.end', ({ caller }) => callers.push(caller));
    const proxy = new Proxy(gateway, {});
    await ask(proxy.for({ team: 'a' }), 'fast');
    await proxy.run({ team: 'b' }, () => ask(proxy, 'fast'));
    expect(callers).toEqual([{ team: 'a' }, { team: 'b' }]);
    expect(proxy.for({ team: 'a' })).toBeInstanceOf(Gateway);
    expect(proxy).toBeInstanceOf(OpenAI);
  });
});
