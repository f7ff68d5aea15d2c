import OpenAI from 'openai';
import { routeOf } from 'tollgate';
import { describe, expect, it } from 'vitest';
import { chunk, completion, streamText } from '../support/chat-upstream.ts';
import { ask, bodies, bodyOf, failureOf, gatewayOf, messages, providersAt, until, upstream } from './harness.ts';

const params = { model: 'fast', messages };
const post = (body: unknown = params, headers: Record<string, string> = {}) => ({
  method: 'POST',
  headers,
  body: JSON.stringify(body),
});

async function served(script?: Parameters<typeof upstream>[0]) {
  const server = await upstream(script);
  const gateway = gatewayOf({
    providers: providersAt(server, 'one'),
    models: { fast: [{ provider: 'one', model: 'm', price: { input: 1, output: 2 } }] },
    retry: { attemptsPerDeployment: 1 },
  });
  return { server, gateway, handler: gateway.handler };
}

describe('the handler', () => {
  it('takes a string, a URL or a Request, and whatever an adapter passes beside', async () => {
    const { handler } = await served();
    const url = 'http://x/v1/chat/completions';
    const answers = [
      await handler(url, post()),
      await handler(new URL(url), post()),
      await handler(new Request(url, post())),
      await handler(new Request(url, post()), { params: Promise.resolve({}) }),
      await handler(new Request(url, post()), { env: {}, waitUntil() {} }),
    ];
    for (const answer of answers) {
      expect(answer.status).toBe(200);
      expect(await answer.json()).toMatchObject({
        object: 'chat.completion',
        choices: [{ message: { content: expect.stringContaining('m') } }],
      });
    }
  });

  it.each(['/v1', '/api/llm/v1', '/v1/proxy/v1', '/api/llm', '', '/openai/deployments/x'])(
    'is mounted under %j',
    async (prefix) => {
      const { handler } = await served();
      const response = await handler(`http://x${prefix}/chat/completions?api-version=1`, post());
      expect(response.status).toBe(200);
      expect((await handler(`http://x${prefix}/models`)).status).toBe(200);
    },
  );

  it('tells the route in headers, of an error too', async () => {
    const { handler, gateway } = await served();
    const response = await handler('http://x/v1/chat/completions', post());
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'application/json',
      'x-tollgate-request-id': expect.stringMatching(/^req_/),
      'x-tollgate-deployment': 'one/m',
      'x-tollgate-provider': 'one',
      'x-tollgate-attempts': '1',
      'x-tollgate-cost-usd': '0.00002',
    });
    gateway.control.update({
      providers: { dead: { type: 'openai-compatible', apiKey: 'k', baseURL: 'http://127.0.0.1:1/v1' } },
      models: { fast: ['dead/m'] },
      retry: { maxAttempts: 1 },
    });
    const failed = await handler('http://x/v1/chat/completions', post());
    expect(failed.status).toBe(502);
    expect(Object.fromEntries(failed.headers)).toMatchObject({
      'x-should-retry': 'false',
      'x-tollgate-attempts': '1',
      'x-tollgate-request-id': expect.any(String),
    });
    expect(await failed.json()).toMatchObject({
      error: { code: 'failover_exhausted', message: expect.any(String), param: null },
    });
  });

  it('answers a stream as server-sent events', async () => {
    const { handler } = await served((exchange) => streamText(exchange, 'one ', 'two'));
    const response = await handler('http://x/v1/chat/completions', post({ ...params, stream: true }));
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    const events = (await response.text()).trim().split('\n\n');
    expect(events.every((event) => event.startsWith('data: '))).toBe(true);
    expect(events.at(-1)).toBe('data: [DONE]');
    expect(events.map((event) => event.includes('"one "') || event.includes('"two"')).filter(Boolean)).toHaveLength(2);
  });

  it('tells a failure in the middle of a stream as an event, without a terminal marker', async () => {
    const { handler } = await served(async (exchange) => {
      await exchange.sseHead();
      await exchange.sse(chunk({ role: 'assistant', content: 'begun' }));
      exchange.reset();
    });
    const response = await handler('http://x/v1/chat/completions', post({ ...params, stream: true }));
    expect(response.status).toBe(200);
    const text = await response.text();
    expect(text).toContain('begun');
    const last = text.trim().split('\n\n').at(-1) ?? '';
    expect(JSON.parse(last.slice('data: '.length))).toMatchObject({
      error: { code: 'stream_interrupted', message: expect.any(String) },
    });
    expect(text).not.toContain('[DONE]');
  });

  it('ends the upstream when the reader goes away', async () => {
    let closed: Promise<void> | undefined;
    const { handler } = await served(async (exchange) => {
      closed = exchange.closed;
      await exchange.sseHead();
      await exchange.sse(chunk({ role: 'assistant', content: 'begun' }));
    });
    const response = await handler('http://x/v1/chat/completions', post({ ...params, stream: true }));
    const reader = response.body?.getReader();
    await reader?.read();
    await reader?.cancel();
    await closed;
    expect(closed).toBeDefined();
  });

  it('answers every error in the form of OpenAI', async () => {
    const { handler, server } = await served((exchange) =>
      exchange.answer(400, { error: { message: 'bad', type: 'invalid_request_error', code: 'invalid_value', param: 'top_p' } }),
    );
    const cases: [Response, number, string][] = [
      [await handler('http://x/v1/chat/completions', { method: 'POST', body: '{not json' }), 400, 'invalid_params'],
      [await handler('http://x/v1/chat/completions', { method: 'POST' }), 400, 'invalid_params'],
      [await handler('http://x/v1/chat/completions', post([])), 400, 'invalid_params'],
      [await handler('http://x/v1/chat/completions', post({ messages })), 400, 'invalid_params'],
      [await handler('http://x/v1/chat/completions', post({ ...params, model: { a: 1 } })), 400, 'invalid_params'],
      [
        await handler('http://x/v1/audio/transcriptions', {
          method: 'POST',
          headers: { 'content-type': 'multipart/form-data; boundary=x' },
          body: 'broken',
        }),
        400,
        'invalid_params',
      ],
      [await handler('http://x/v1/chat/completions', post()), 400, 'invalid_value'],
      [await handler('http://x/v1/models/nothing'), 404, 'model_not_found'],
      [await handler('http://x/'), 404, 'unknown_url'],
      [await handler('http://x/favicon.ico'), 404, 'unknown_url'],
      [await handler('http://x/v1/nonsense', post()), 404, 'unknown_url'],
      [await handler('http://x/v1/files', { method: 'OPTIONS' }), 405, 'method_not_supported'],
      [await handler('http://x/v1/files', { method: 'HEAD' }), 405, ''],
    ];
    for (const [response, status, code] of cases) {
      expect([response.status, response.headers.get('x-should-retry')]).toEqual([status, 'false']);
      const text = await response.text();
      if (code === '') expect(text).toBe('');
      else
        expect(JSON.parse(text)).toEqual({
          error: {
            message: expect.any(String),
            type: expect.any(String),
            param: code === 'invalid_value' ? 'top_p' : expect.toSatisfy((param) => param === null || typeof param === 'string'),
            code,
          },
        });
    }
    expect(server.requests).toHaveLength(1);
    const head = await handler('http://x/v1/models', { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
    expect((await handler('not a url')).status).toBe(400);
  });

  it('takes an upload', async () => {
    const { handler, server } = await served((exchange) => exchange.answer(200, { text: 'spoken' }));
    const form = new FormData();
    form.append('file', new File(['RIFF'], 'a.wav', { type: 'audio/wav' }));
    form.append('model', 'one/denied');
    form.append('model', 'fast');
    const response = await handler('http://x/v1/audio/transcriptions', { method: 'POST', body: form });
    expect(await response.json()).toMatchObject({ text: 'spoken' });
    const sent = String(server.requests[0]?.body);
    expect(server.requests[0]?.path).toBe('/one/v1/audio/transcriptions');
    expect(sent.match(/name="model"/g)).toHaveLength(1);
    expect(sent).toContain('filename="a.wav"');
    expect(sent).toMatch(/name="model"\r\n\r\nm\r\n/);
  });

  it('aborts the call with the request', async () => {
    const controller = new AbortController();
    const { handler } = await served(() => controller.abort());
    const response = await handler(new Request('http://x/v1/chat/completions', { ...post(), signal: controller.signal }));
    expect(response.status).toBe(499);
  });

  it('refuses after close', async () => {
    const { handler, gateway } = await served();
    await gateway.close();
    const response = await handler('http://x/v1/chat/completions', post());
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ error: { code: 'gateway_closed' } });
  });
});

describe('clientOptions', () => {
  it('make any OpenAI client call through the gateway, as a caller', async () => {
    const { gateway, server } = await served((exchange) =>
      bodyOf(exchange).stream ? streamText(exchange, 'a', 'b') : exchange.answer(200, completion('whole')),
    );
    const callers: unknown[] = [];
    gateway.on('request.end', ({ caller }) => callers.push(caller));
    const client = new OpenAI(gateway.clientOptions({ team: 'sdk' }));
    expect((await client.chat.completions.create(params)).choices[0]?.message.content).toBe('whole');
    const text = [];
    for await (const item of await client.chat.completions.create({ ...params, stream: true }))
      text.push(item.choices[0]?.delta.content ?? '');
    expect(text.join('')).toBe('ab');
    expect((await client.models.list()).data.map(({ id }) => id)).toEqual(['fast']);
    expect(await failureOf(client.chat.completions.create({ model: 'fast', messages: [] }))).toMatchObject({
      status: 400,
      code: 'invalid_params',
    });
    expect(callers.slice(0, 2)).toEqual([{ team: 'sdk' }, { team: 'sdk' }]);
    expect(server.requests).toHaveLength(2);
    expect(bodies(server)[0]).toEqual({ model: 'm', messages });
  });

  it.each([
    [
      'ended by its caller',
      (client: OpenAI, signal: AbortSignal) => client.chat.completions.create(params, { signal }),
      'APIUserAbortError',
    ],
    ['out of time', (client: OpenAI) => client.chat.completions.create(params, { timeout: 5 }), 'APIConnectionTimeoutError'],
  ])('end a call as a fetch does: %s', async (_, call, expected) => {
    const leaving = new AbortController();
    const { gateway } = await served(() => leaving.abort());
    const outcomes: unknown[] = [];
    gateway.on('request.end', ({ outcome }) => outcomes.push(outcome));
    const error = await failureOf(call(new OpenAI(gateway.clientOptions()), leaving.signal));
    expect((error as Error).constructor.name).toBe(expected);
    await until(() => outcomes.length === 1);
    expect(outcomes).toEqual(['aborted']);
  });

  it('reject with the reason of the signal, of an init or of a request', async () => {
    const { gateway, server } = await served();
    const { fetch } = gateway.clientOptions();
    const reason = new Error('gone');
    const init = { method: 'POST', body: JSON.stringify(params), signal: AbortSignal.abort(reason) };
    expect(await failureOf(fetch('http://x/v1/chat/completions', init))).toBe(reason);
    expect(await failureOf(fetch(new Request('http://x/v1/chat/completions', init)))).toBe(reason);
    expect((await gateway.handler('http://x/v1/chat/completions', init)).status).toBe(499);
    expect(server.requests).toHaveLength(0);
  });

  it('of a clone are those of its caller, and calls in process have their route', async () => {
    const { gateway } = await served();
    const callers: unknown[] = [];
    gateway.on('request.end', ({ caller }) => callers.push(caller));
    await new OpenAI(gateway.for({ team: 'a' }).clientOptions()).chat.completions.create(params);
    await ask(gateway.for({ team: 'b' }), 'fast');
    expect(callers).toEqual([{ team: 'a' }, { team: 'b' }]);
    expect(routeOf(await gateway.chat.completions.create(params))).toMatchObject({ deployment: 'one/m' });
  });
});
