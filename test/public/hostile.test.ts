import { once } from 'node:events';
import net from 'node:net';
import { isDeepStrictEqual } from 'node:util';
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import type { GatewayConfig } from 'tollgate';
import { describe, expect, it } from 'vitest';
import { gatewayOf, messages, providersAt, until, upstream } from './harness.ts';
import { serve } from './node-server.ts';

const LIMITS = { maxRequestBytes: 100_000, maxUploadBytes: 1_000_000, maxNesting: 20, bodyTimeoutMs: 60_000 };

const KEY = { id: 'k', hash: `sha256:${'0'.repeat(64)}`, caller: { team: 'a' } };

async function attacked(config: Partial<GatewayConfig> = {}) {
  const server = await upstream();
  const gateway = gatewayOf({
    providers: providersAt(server, 'one'),
    models: { fast: [{ provider: 'one', model: 'm', price: { input: 1, output: 2 } }] },
    handler: LIMITS,
    ...config,
  });
  const events: Record<string, unknown>[] = [];
  gateway.on('request.end', (event) => events.push({ ...event }));
  const { origin, port } = await serve(gateway.handler);
  return { gateway, server, events, origin, port };
}

const post = (
  origin: string,
  body: string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = {},
  path = '/v1/chat/completions',
) => fetch(origin + path, { method: 'POST', body, headers, duplex: 'half' } as RequestInit);

const good = JSON.stringify({ model: 'fast', messages });
const nested = (depth: number, open = '[', close = ']') =>
  `{"model":"fast","messages":[{"role":"user","content":"a"}],"x":${open.repeat(depth)}1${close.repeat(depth)}}`;

/** A body that comes in parts, without a length. */
function streamed(part: string, times: number): ReadableStream<Uint8Array> {
  const bytes = new TextEncoder().encode(part);
  let left = times;
  return new ReadableStream({
    pull(controller) {
      left -= 1;
      if (left < 0) controller.close();
      else controller.enqueue(bytes);
    },
  });
}

async function refusal(response: Response) {
  const body = (await response.json()) as { error: { code: string; message: string } };
  return { status: response.status, retry: response.headers.get('x-should-retry'), ...body.error };
}

/** What a socket answers to bytes as they are; the socket stays open after them. */
async function raw(port: number, text: string): Promise<{ readonly socket: net.Socket; readonly status: Promise<string> }> {
  const socket = net.connect(port, '127.0.0.1');
  socket.on('error', () => {});
  await once(socket, 'connect');
  const status = once(socket, 'data').then(([bytes]) => String(bytes).split(' ')[1] ?? '');
  status.catch(() => {});
  socket.write(text);
  return { socket, status };
}

describe('the size of a body', () => {
  it('is judged by its length before it is read', async () => {
    const { port, server } = await attacked();
    const { socket, status } = await raw(
      port,
      'POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: 100001\r\n\r\n{',
    );
    expect(await status).toBe('413');
    socket.destroy();
    expect(server.requests).toHaveLength(0);
  });

  it.each([
    ['by its length', 'content-length: 100000000', '{'],
    ['while it is read', 'transfer-encoding: chunked', `ffffff\r\n${'x'.repeat(150_000)}`],
  ])('that is too large ends the connection, and the rest of it is not read: %s', async (_, length, body) => {
    const { port } = await attacked();
    const { socket, status } = await raw(port, `POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\n${length}\r\n\r\n${body}`);
    const [head] = await once(socket, 'data');
    expect([await status, String(head)]).toEqual(['413', expect.stringMatching(/^connection: close$/im)]);
    await once(socket, 'close');
  });

  it.each([
    ['a path that is none', '/nothing', {}, 404],
    ['a key that is none', '/v1/chat/completions', { access: { keys: [KEY] } }, 401],
  ])('is not read where it is refused before: %s', async (_, path, config, expected) => {
    const { port } = await attacked(config);
    const { socket, status } = await raw(port, `POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-length: 100000000\r\n\r\n{`);
    expect(await status).toBe(String(expected));
    await once(socket, 'close');
  });

  it('keeps the connection of a body that was read and refused', async () => {
    const { port } = await attacked();
    const { socket, status } = await raw(port, 'POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\n\r\n{');
    const [head] = await once(socket, 'data');
    expect([await status, String(head)]).toEqual(['400', expect.stringMatching(/^connection: keep-alive$/im)]);
    socket.destroy();
  });

  it('is told to a client that sends first and reads then', async () => {
    const { origin } = await attacked();
    for (const size of [150_000, 20_000_000]) expect((await post(origin, 'x'.repeat(size))).status).toBe(413);
  });

  it('is judged while it is read, where no length is told', async () => {
    const { gateway, server } = await attacked();
    const request = { method: 'POST', body: streamed('x'.repeat(10_000), 1_000), duplex: 'half' };
    const response = await gateway.handler('http://x/v1/chat/completions', request);
    expect(await refusal(response)).toMatchObject({
      status: 413,
      retry: 'false',
      code: 'request_too_large',
      type: 'invalid_request_error',
      message: 'expected a body of at most 100000 bytes',
    });
    expect(server.requests).toHaveLength(0);
  });

  it('may be what the limit says, and a byte more may not', async () => {
    const { gateway } = await attacked();
    const bodyOf = (bytes: number) => good + ' '.repeat(bytes - good.length);
    const statusOf = async (bytes: number) =>
      (await gateway.handler('http://x/v1/chat/completions', { method: 'POST', body: bodyOf(bytes) })).status;
    expect([await statusOf(100_000), await statusOf(100_001)]).toEqual([200, 413]);
  });

  it('is no larger for a length that lies', async () => {
    const { gateway } = await attacked();
    const lying = { method: 'POST', body: streamed('x'.repeat(10_000), 100), duplex: 'half', headers: { 'content-length': '5' } };
    expect((await gateway.handler('http://x/v1/chat/completions', lying)).status).toBe(413);
  });
});

describe('the shape of a body', () => {
  it.each([
    ['lists', nested(100)],
    ['objects', nested(100, '{"a":', '}')],
    ['lists without an end', nested(100).slice(0, 150)],
    ['50 000 lists', nested(45_000)],
  ])('may not nest too deeply: %s', async (_, body) => {
    const { origin, server } = await attacked();
    expect(await refusal(await post(origin, body))).toMatchObject({
      status: 400,
      code: 'invalid_params',
      message: 'body: expected at most 20 levels of nesting',
    });
    expect(server.requests).toHaveLength(0);
  });

  it('may nest as deeply as the limit says, and brackets in a text are text', async () => {
    const { origin } = await attacked();
    expect((await post(origin, nested(19))).status).toBe(200);
    expect((await post(origin, nested(20))).status).toBe(400);
    const text = JSON.stringify({ model: 'fast', messages: [{ role: 'user', content: '[{"\\'.repeat(5_000) }] });
    expect((await post(origin, text)).status).toBe(200);
  });

  it('is followed across the chunks that it comes in', async () => {
    const { gateway } = await attacked();
    const whole = new TextEncoder().encode(
      JSON.stringify({ model: 'fast', messages: [{ role: 'user', content: '\\"[['.repeat(30) }] }),
    );
    const deep = new TextEncoder().encode(nested(21));
    const inBytes = (bytes: Uint8Array) =>
      new ReadableStream({
        start(controller) {
          for (const byte of bytes) controller.enqueue(Uint8Array.of(byte));
          controller.close();
        },
      });
    const statusOf = async (bytes: Uint8Array) =>
      (await gateway.handler('http://x/v1/chat/completions', { method: 'POST', body: inBytes(bytes), duplex: 'half' })).status;
    expect([await statusOf(whole), await statusOf(deep)]).toEqual([200, 400]);
  });

  it.each([
    ['numbers', '1,', 400_000],
    ['lists', '[],', 200_000],
    ['texts', '"",', 200_000],
    ['fields', '{"a":1},', 50_000],
  ])('may not have too many items: %s', async (_, item, times) => {
    const { origin, server } = await attacked({ handler: {} });
    const response = await post(
      origin,
      `{"model":"fast","messages":[{"role":"user","content":"a"}],"x":[${item.repeat(times)}1]}`,
    );
    expect(await refusal(response)).toMatchObject({ status: 400, message: expect.stringContaining('fewer items') });
    expect(server.requests).toHaveLength(0);
  });

  it('may have as many items as the limit says', async () => {
    const { gateway } = await attacked({ handler: { maxItems: 110 } });
    const statusOf = async (numbers: number) => {
      const body = JSON.stringify({ model: 'fast', messages, x: Array.from({ length: numbers }, () => 1) });
      return (await gateway.handler('http://x/v1/chat/completions', { method: 'POST', body })).status;
    };
    // Five fields by 17, and their values, are 105 beside further numbers.
    expect([await statusOf(1), await statusOf(100)]).toEqual([200, 400]);
  });

  it('may be a list of as many tokens as OpenAI takes for embeddings', async () => {
    const { gateway, server } = await attacked({ handler: {} });
    const input = Array.from({ length: 150 }, () => Array.from({ length: 2_000 }, () => 1));
    await gateway.handler('http://x/v1/embeddings', { method: 'POST', body: JSON.stringify({ model: 'fast', input }) });
    expect(server.requests[0]?.path).toBe('/one/v1/embeddings');
  });

  it.each([
    ['deep', () => JSON.parse(nested(5_000))],
    [
      'cyclic',
      () => {
        const circle: Record<string, unknown> = { model: 'fast', messages };
        circle.x = { circle };
        return circle;
      },
    ],
  ])('of params in process that are %s is refused in words', async (_, params) => {
    const { gateway } = await attacked();
    await expect(gateway.chat.completions.create(params())).rejects.toMatchObject({
      name: 'InvalidParamsError',
      message: expect.stringContaining('levels of nesting'),
    });
  });
});

describe('a large body', () => {
  const long = (character: string) => `${character}${'x'.repeat(600_000)}${character}`;

  it.each([
    ['/v1/chat/completions', { model: 'fast', messages: [{ role: 'user', content: long('😀'), name: 'ж' }], é: [long('"')] }],
    ['/v1/responses', { model: 'fast', input: long('\\'), metadata: { '\u00ff1': '\u00ff0', a: 'ÿ' } }],
    ['/v1/conversations', { items: [{ type: 'message', role: 'user', content: long('漢') }], metadata: { __proto__x: 'é' } }],
  ])('comes to the provider as it was sent: %s', async (path, body) => {
    const { origin, server } = await attacked({ handler: {}, defaultProvider: 'one' });
    await (await post(origin, JSON.stringify(body), {}, path)).text();
    const sent = JSON.parse(String(server.requests[0]?.body)) as unknown;
    const model = 'model' in body ? { model: 'm' } : {};
    // Compared here, since telling the difference of long texts takes long.
    expect(isDeepStrictEqual(sent, { ...body, ...model })).toBe(true);
  });

  it.each([
    ['chat', '{"a":[', '{},', ']}', 'fewer items'],
    ['responses', '{"a":[', '1,', ']}', 'fewer items'],
    ['chat', '{"a":', '[', '', 'levels of nesting'],
  ])('has no more items in the arguments of its tool calls: %s, %s%s', async (operation, open, item, close, words) => {
    const { origin, server } = await attacked({ handler: {} });
    const called = { name: 'f', arguments: `${open}${item.repeat(400_000)}1${close}` };
    const body =
      operation === 'chat'
        ? { messages: [{ role: 'assistant', tool_calls: [{ id: 'a', type: 'function', function: called }] }] }
        : { input: [{ type: 'function_call', call_id: 'a', ...called }] };
    const path = operation === 'chat' ? '/v1/chat/completions' : '/v1/responses';
    const response = await post(origin, JSON.stringify({ model: 'fast', ...body, x: 'x'.repeat(600_000) }), {}, path);
    expect(await refusal(response)).toMatchObject({ status: 400, message: expect.stringContaining(words) });
    expect(server.requests).toHaveLength(0);
  });

  it('has no more items in reasoning that was sealed here', async () => {
    const { origin, server } = await attacked({ handler: {} });
    const sealed = Buffer.from(`[{"a":[${'{},'.repeat(200_000)}1]}]`).toString('base64url');
    const input = [{ type: 'reasoning', summary: [], encrypted_content: sealed }];
    const response = await post(origin, JSON.stringify({ model: 'fast', input }), {}, '/v1/responses');
    expect(await refusal(response)).toMatchObject({ status: 400, message: expect.stringContaining('fewer items') });
    expect(server.requests).toHaveLength(0);
  });

  it.each([
    ['large', 'google', 'x'.repeat(600_000)],
    ['large', 'cohere', 'x'.repeat(600_000)],
    ['small', 'google', ''],
    ['small', 'cohere', ''],
  ])('whose results nest too deeply for a wire that makes values of them is 400: %s, %s', async (_, type, user) => {
    const server = await upstream();
    const { origin } = await attacked({ providers: { one: { type, apiKey: 'k', baseURL: server.origin } }, handler: {} });
    const text = `{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`;
    const called = { id: 'a', type: 'function', function: { name: 'f', arguments: '{}' } };
    const history = [
      { role: 'user', content: `hello${user}` },
      { role: 'assistant', tool_calls: [called] },
      {
        role: 'tool',
        tool_call_id: 'a',
        content: [
          { type: 'text', text },
          { type: 'text', text: '' },
          { type: 'text', text: ' ' },
        ],
      },
    ];
    const response = await post(origin, JSON.stringify({ model: 'fast', messages: history }));
    expect(await refusal(response)).toMatchObject({ status: 400 });
    expect(server.requests).toHaveLength(0);
  });

  it('that is no JSON is 400', async () => {
    const { origin } = await attacked({ handler: {} });
    for (const broken of [`{"a":"${long('é')}`, `{"a":"é\\x${long('a')}"}`, `{"a":"é",${long(' ')}}`]) {
      expect(await refusal(await post(origin, broken))).toMatchObject({ status: 400, message: 'body: expected valid JSON' });
    }
  });
});

describe('the time of a body', () => {
  it.each(['application/json', 'multipart/form-data; boundary=b'])(
    'ends with 408, and closes the connection: %s',
    async (type) => {
      const { port, server } = await attacked({ handler: { bodyTimeoutMs: 20 } });
      const head = `POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-type: ${type}\r\ncontent-length: 100\r\n\r\n{`;
      const { socket, status } = await raw(port, head);
      const [bytes] = await once(socket, 'data');
      expect([await status, String(bytes)]).toEqual(['408', expect.stringMatching(/^connection: close$/im)]);
      await once(socket, 'close');
      expect(server.requests).toHaveLength(0);
    },
  );

  it('ends with the client that cuts it', async () => {
    const { port, gateway, server } = await attacked();
    const { socket } = await raw(port, 'POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{"model":');
    socket.destroy();
    const answer = await gateway.handler('http://x/v1/chat/completions', { method: 'POST', body: good });
    expect([answer.status, server.requests.length]).toEqual([200, 1]);
  });

  it('ends with the signal of the request', async () => {
    const { gateway } = await attacked();
    const left = new AbortController();
    const never = new ReadableStream({ start: (controller) => controller.enqueue(new Uint8Array(1)) });
    const init = { method: 'POST', body: never, duplex: 'half', signal: left.signal };
    const answering = gateway.handler('http://x/v1/chat/completions', init);
    left.abort();
    expect((await answering).status).toBe(499);
  });
});

describe('names from outside', () => {
  it('are refused when no model can have them, and cut in events', async () => {
    const { origin, events } = await attacked({ handler: {} });
    const response = await post(origin, JSON.stringify({ model: 'm'.repeat(3_000_000), messages }));
    expect(await refusal(response)).toMatchObject({ status: 400, code: 'invalid_params' });
    await until(() => events.length === 1);
    expect(JSON.stringify(events).length).toBeLessThan(1_000);
  });

  it.each([
    ['a model', JSON.stringify({ model: 'm'.repeat(400), messages }), {}, '/v1/chat/completions'],
    [
      'a field',
      JSON.stringify({ model: 'fast', messages: [{ ['k'.repeat(90_000)]: { a: nestedValue(200) } }] }),
      {},
      '/v1/chat/completions',
    ],
    ['a provider', '{"name":"a"}', { 'x-tollgate-provider': 'p'.repeat(5_000) }, '/v1/files'],
    ['a path', '{}', {}, `/v1/files/${'p'.repeat(5_000)}//x`],
    ['an unknown path', '{}', {}, `/${'p'.repeat(5_000)}`],
    ['a path at a provider', '{}', { 'x-tollgate-provider': 'one' }, `/v1/${'p'.repeat(5_000)}/x`],
  ])('are cut in errors and events: %s', async (_, body, headers, path) => {
    const { origin, events } = await attacked({ handler: { maxNesting: 128 } });
    const response = await post(origin, body, headers, path);
    expect(response.status).toBeGreaterThanOrEqual(400);
    expect((await response.text()).length).toBeLessThan(1_000);
    expect(JSON.stringify(events).length).toBeLessThan(2_000);
  });

  it('of any script are told in headers that HTTP allows', async () => {
    const { origin } = await attacked({ defaultProvider: 'one' });
    const response = await post(origin, JSON.stringify({ model: 'модель', messages }));
    expect([response.status, decodeURIComponent(response.headers.get('x-tollgate-deployment') ?? '')]).toEqual([
      200,
      'one/модель',
    ]);
  });
});

function nestedValue(depth: number): unknown {
  return depth === 0 ? 1 : [nestedValue(depth - 1)];
}

describe('requests that are none', () => {
  it.each([
    ['TRACE', '/v1/chat/completions', [400, 405]],
    ['OPTIONS', '/v1/chat/completions', [405]],
    ['PROPFIND', '/v1/files', [405]],
    ['GET', '/v1/chat/%2e%2e/models', [200, 400, 404]],
    ['POST', '/v1//chat//completions', [200, 400]],
    ['POST', '/v1/chat/completions%20', [200]],
    ['POST', '/v1/chat%20/%20completions%09', [200]],
    ['POST', '/v1/files/%2e%2e/x', [400, 404]],
    ['POST', '/v1/%00', [400, 404]],
    ['GET', '/v1/models/%ff', [404]],
    ['GET', `/v1/models${'/'.repeat(10_000)}`, [200]],
    ['GET', `/v1/${'/'.repeat(10_000)}a`, [404]],
    ['GET', `/v1/models/${'a'.repeat(10_000)}`, [404]],
    ['GET', '//', [400, 404]],
    ['GET', '/?a=1#b', [404]],
  ])('%s %s is answered, and never 5xx', async (method, path, statuses) => {
    const { port } = await attacked();
    const body = method === 'POST' ? good : '';
    const { socket, status } = await raw(
      port,
      `${method} ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    );
    expect(statuses.map(String)).toContain(await status);
    socket.destroy();
  });

  it.each(['a b', '[', 'x:99999'])("a host that is none, %j, is the client's fault", async (host) => {
    const { port } = await attacked();
    const { socket, status } = await raw(port, `GET /v1/models HTTP/1.1\r\nhost: ${host}\r\n\r\n`);
    expect(await status).toBe('400');
    socket.destroy();
  });

  it.each([
    ['authorization', 'Bearer', 401],
    ['authorization', `Bearer ${'k'.repeat(10_000)}`, 401],
    ['x-tollgate-priority', 'first', 400],
    ['x-tollgate-tags', ',,,', 401],
    ['content-encoding', 'gzip', 401],
  ])('odd headers are answered: %s', async (name, value, expected) => {
    const { origin } = await attacked({
      access: { keys: [KEY] },
    });
    expect((await post(origin, good, { [name]: value })).status).toBe(expected);
  });

  const formOf = (field: Buffer) =>
    Buffer.concat([
      Buffer.from('--b\r\ncontent-disposition: form-data; name="model"\r\n\r\nfast\r\n'),
      Buffer.from('--b\r\ncontent-disposition: form-data; name="prompt"\r\n\r\n'),
      field,
      Buffer.from('\r\n--b--\r\n'),
    ]);
  const FORM = { 'content-type': 'multipart/form-data; boundary=b' };
  const UPLOAD = '/v1/audio/transcriptions';

  it.each([
    ['gzip', gzipSync(good), {}],
    ['deflate', deflateSync(good), {}],
    ['br', brotliCompressSync(good), {}],
    ['zstd', zstdCompressSync(good), {}],
    ['identity, gzip', gzipSync(good), {}],
    ['x-snappy', Buffer.from([1, 2, 3]), {}],
    ['gzip', Buffer.concat([Buffer.from([0x1f, 0x8b]), Buffer.from('['.repeat(50_000))]), {}],
    ['gzip', gzipSync(formOf(Buffer.from('x'))), FORM],
  ])('a compressed body is told to be none, and nothing is decompressed: %s', async (coding, packed, more) => {
    const { origin, server } = await attacked();
    const path = 'content-type' in more ? UPLOAD : undefined;
    const response = await post(origin, new Uint8Array(packed), { 'content-encoding': coding, ...more }, path);
    expect(response.headers.get('accept-encoding')).toBe('identity');
    expect(await refusal(response)).toMatchObject({ status: 415, code: 'unsupported_content_encoding' });
    expect(server.requests).toHaveLength(0);
  });

  it.each(['identity', ' Identity ', 'gzip'])('a coding that a server has undone is none: %j', async (coding) => {
    const { origin } = await attacked();
    expect((await post(origin, good, { 'content-encoding': coding })).status).toBe(200);
  });

  const wide = JSON.stringify({ model: 'fast', messages: [{ role: 'user', content: 'h\u00e9' }] });
  it.each([
    ['latin1', Buffer.from(wide, 'latin1')],
    ['UTF-16', Buffer.from(wide, 'utf16le')],
    ['UTF-16 of ASCII', Buffer.from(good, 'utf16le')],
    ['latin1, large', Buffer.from(wide.replace('}]', `},{"role":"user","content":"${'x'.repeat(600_000)}"}]`), 'latin1')],
  ])('a body that is not UTF-8 is 400, and no letter of it is lost unseen: %s', async (_, bytes) => {
    const { origin, server } = await attacked({ handler: {} });
    expect(await refusal(await post(origin, new Uint8Array(bytes)))).toMatchObject({
      status: 400,
      code: 'invalid_params',
      message: 'body: expected valid JSON in UTF-8',
    });
    expect(server.requests).toHaveLength(0);
  });

  it('a field of a form that is not UTF-8 is 400 by its name', async () => {
    const { origin, server } = await attacked();
    const body = new Uint8Array(formOf(Buffer.from('h\u00e9', 'latin1')));
    expect(await refusal(await post(origin, body, FORM, UPLOAD))).toMatchObject({
      status: 400,
      message: 'prompt: expected text in UTF-8',
    });
    expect(server.requests).toHaveLength(0);
  });

  it.each(['utf-16', 'iso-8859-1', 'none-such'])(
    'JSON is UTF-8 whatever a charset says, with a mark or without: %s',
    async (charset) => {
      const { origin, server } = await attacked();
      const type = { 'content-type': `application/json; charset=${charset}` };
      for (const text of [wide, `\ufeff${wide}`]) expect((await post(origin, text, type)).status).toBe(200);
      for (const { body } of server.requests) expect(JSON.parse(String(body)).messages[0].content).toBe('h\u00e9');
    },
  );

  it('what a browser asks ahead, without a key, is no failed key', async () => {
    const { origin, gateway } = await attacked({ access: { keys: [KEY], maxFailuresPerMinute: 1 } });
    let denied = 0;
    gateway.on('access.deny', () => {
      denied += 1;
    });
    for (let round = 0; round < 3; round += 1) {
      const response = await fetch(`${origin}/v1/chat/completions`, { method: 'OPTIONS', headers: { origin: 'http://page' } });
      expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, POST, PUT, PATCH, DELETE']);
    }
    expect(denied).toBe(0);
    expect((await post(origin, good)).status).toBe(401);
    expect(denied).toBe(1);
  });

  it('pipelined ones are answered in their order, and those behind a refused body are not read', async () => {
    const { port, server } = await attacked();
    const request = (body: string, length = body.length) =>
      `POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: ${length}\r\n\r\n${body}`;
    const { socket } = await raw(port, request(good) + request('{') + request(good) + request('{', 100_001) + request(good));
    const chunks: string[] = [];
    socket.on('data', (bytes) => chunks.push(String(bytes)));
    await once(socket, 'close');
    const statuses = [...chunks.join('').matchAll(/^HTTP\/1\.1 (\d+)/gm)].map(([, status]) => status);
    expect(statuses).toEqual(['200', '400', '200', '413']);
    expect(server.requests).toHaveLength(2);
  });

  it('trailers change nothing', async () => {
    const { port, server } = await attacked();
    const chunked = `${good.length.toString(16)}\r\n${good}\r\n0\r\nauthorization: Bearer other\r\nx-tollgate-tags: a\r\n\r\n`;
    const head = 'POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\ntrailer: authorization\r\n\r\n';
    const { socket, status } = await raw(port, head + chunked);
    expect(await status).toBe('200');
    expect(server.requests).toHaveLength(1);
    socket.destroy();
  });

  it('500 at once are answered each, good ones well', async () => {
    const { gateway } = await attacked();
    const bodies = [good, nested(50), '{', '', 'x'.repeat(100_001)];
    const answers = await Promise.all(
      Array.from({ length: 500 }, (_, at) =>
        gateway.handler('http://x/v1/chat/completions', { method: 'POST', body: bodies[at % bodies.length] }),
      ),
    );
    const counts = Map.groupBy(answers, ({ status }) => status);
    expect(Object.fromEntries([...counts].map(([status, of]) => [status, of.length]))).toEqual({ 200: 100, 400: 300, 413: 100 });
  });
});
