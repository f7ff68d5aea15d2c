import { once } from 'node:events';
import net from 'node:net';
import type { GatewayConfig } from 'tollgate';
import { describe, expect, it } from 'vitest';
import { completion } from '../support/chat-upstream.ts';
import { bodies, closeAfterTest, gatewayOf, messages, providersAt, until, upstream } from './harness.ts';
import { serve } from './node-server.ts';

const good = JSON.stringify({ model: 'fast', messages });
const streamed = JSON.stringify({ model: 'fast', messages, stream: true });
const CHUNK = { id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm' };

function request(body = good, headers = '', length = Buffer.byteLength(body)): string {
  return `POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\n${headers}content-length: ${length}\r\n\r\n${body}`;
}

async function attacked(config: Partial<GatewayConfig> = {}, script?: Parameters<typeof upstream>[0]) {
  const server = await upstream(script);
  const gateway = gatewayOf({
    providers: providersAt(server, 'one'),
    models: { fast: [{ provider: 'one', model: 'm', price: { input: 1, output: 2 } }] },
    ...config,
  });
  const events: { readonly outcome: string }[] = [];
  gateway.on('request.end', (event) => events.push({ ...event }));
  const { port } = await serve(gateway.handler);
  return { server, events, port };
}

/** A connection that has sent some bytes as they are, and all that came back over it. */
async function sent(port: number, bytes: string) {
  const socket = net.connect(port, '127.0.0.1');
  const received: string[] = [];
  socket.on('error', () => {});
  socket.on('data', (chunk) => received.push(String(chunk)));
  await once(socket, 'connect');
  closeAfterTest(async () => socket.destroy());
  socket.write(Buffer.from(bytes, 'latin1'));
  const statuses = () => [...received.join('').matchAll(/^HTTP\/1\.1 (\d+)/gm)].map(([, status]) => status);
  const answered = async (count = 1) => {
    await until(() => statuses().length >= count);
    return statuses();
  };
  return { socket, statuses, answered, text: () => received.join('') };
}

/** A stream that goes on for as long as somebody reads it. */
const endless: Parameters<typeof upstream>[0] = async (exchange) => {
  await exchange.sseHead();
  await exchange.sse({ ...CHUNK, choices: [{ index: 0, delta: { content: 'word' }, finish_reason: null }] });
  await exchange.closed;
};

describe('connections that are held', () => {
  it('by bodies that do not come end with 408, and calls beside them are answered', async () => {
    const { port, server } = await attacked({ handler: { bodyTimeoutMs: 1_000 } });
    const held = await Promise.all(Array.from({ length: 200 }, () => sent(port, request('{"model":', '', 1_000))));
    const closed = Promise.all(held.map(({ socket }) => once(socket, 'close')));
    const { answered } = await sent(port, request());
    expect(await answered()).toEqual(['200']);
    await closed;
    expect(new Set(held.flatMap(({ statuses }) => statuses()))).toEqual(new Set(['408']));
    expect(server.requests).toHaveLength(1);
  });

  it('by heads that do not end, or by nothing, take no call', async () => {
    const { port, events } = await attacked();
    await Promise.all(Array.from({ length: 200 }, (_, at) => sent(port, at % 2 === 0 ? request().slice(0, 40) : '')));
    const { answered } = await sent(port, request());
    expect(await answered()).toEqual(['200']);
    await until(() => events.length > 0);
    expect(events).toHaveLength(1);
  });
});

describe('clients that leave', () => {
  it.each([
    ['200 in the middle of their streams', 200, 1],
    ['one with 20 streams on its connection', 1, 20],
  ])('end their calls: %s', async (_, clients, each) => {
    const { port, events } = await attacked({}, endless);
    const left = await Promise.all(Array.from({ length: clients }, () => sent(port, request(streamed).repeat(each))));
    await Promise.all(
      left.map(async ({ socket, answered, text }) => {
        await answered();
        await until(() => text().includes('word'));
        socket.destroy();
      }),
    );
    await until(() => events.length === clients * each);
    expect(new Set(events.map(({ outcome }) => outcome))).toEqual(new Set(['aborted']));
  });
});

describe('heads', () => {
  it('that ask whether to go on are told to, and too large bodies are refused all the same', async () => {
    const { port, server } = await attacked();
    const taken = await sent(port, request(good, 'expect: 100-continue\r\n'));
    expect(await taken.answered(2)).toEqual(['100', '200']);
    const refused = await sent(port, request('', 'expect: 100-continue\r\n', 100_000_000));
    expect(await refused.answered(2)).toEqual(['100', '413']);
    expect(server.requests).toHaveLength(1);
  });

  it.each([
    ['a type and another', 'content-type: application/json\r\ncontent-type: multipart/form-data; boundary=b\r\n', '200'],
    ['a form and another type', 'content-type: multipart/form-data; boundary=b\r\ncontent-type: application/json\r\n', '400'],
    ['a boundary of 10 KB', `content-type: multipart/form-data; boundary=${'b'.repeat(10_000)}\r\n`, '400'],
    ['a boundary of quotes', `content-type: multipart/form-data; boundary="${'b"'.repeat(5_000)}\r\n`, '400'],
    ['two credentials', 'authorization: Bearer a\r\nauthorization: Bearer b\r\n', '200'],
    ['names of prototypes', '__proto__: a\r\nconstructor: b\r\n', '200'],
    ['a value of 15 KB', `x-long: ${'v'.repeat(15_000)}\r\n`, '200'],
    ['700 names', Array.from({ length: 700 }, (_, at) => `h${at.toString(36)}: v\r\n`).join(''), '200'],
    ['7,000 tags', `x-tollgate-tags: ${'a,'.repeat(7_000)}\r\n`, '200'],
  ])('with %s are answered, and are in no event', async (_, headers, status) => {
    const { port, events } = await attacked();
    const { answered } = await sent(port, request(good, headers));
    expect(await answered()).toEqual([status]);
    expect(JSON.stringify(events).length).toBeLessThan(1_000);
  });

  it('with two credentials are taken by the first, as servers do', async () => {
    const { port, server } = await attacked();
    const { answered } = await sent(port, request(good, 'authorization: Bearer a\r\nauthorization: Bearer b\r\n'));
    await answered();
    expect(server.requests[0]?.headers.get('authorization')).toBe('Bearer key-of-one');
  });
});

describe('values', () => {
  it.each([
    [
      'again and again under one name',
      `{${'"model":"x",'.repeat(100)}"model":"fast","messages":${JSON.stringify(messages)}}`,
      {},
    ],
    [
      'under names of prototypes',
      `{"model":"fast","messages":[{"role":"user","content":"a","__proto__":{"role":"system"}}],"__proto__":{"max_tokens":1,"stream":true},"constructor":{"prototype":1},"metadata":{"__proto__":"x"}}`,
      { ['__proto__']: { max_tokens: 1, stream: true }, constructor: { prototype: 1 } },
    ],
    [
      'that are no numbers',
      `{"model":"fast","messages":${JSON.stringify(messages)},"temperature":1e999,"top_p":-0}`,
      { temperature: null, top_p: 0 },
    ],
    [
      'with zeros and half pairs',
      String.raw`{"model":"fast","messages":[{"role":"user","content":"\u0000\ud800"}],"user":"a\u0000b"}`,
      { user: 'a\u0000b' },
    ],
  ])('come to the provider as JSON has them: %s', async (_, body, expected) => {
    const { port, server } = await attacked();
    const { answered } = await sent(port, request(body));
    expect(await answered()).toEqual(['200']);
    const [own] = bodies(server);
    expect(own?.model).toBe('m');
    for (const [name, value] of Object.entries(expected)) {
      expect(Object.getOwnPropertyDescriptor(own, name)?.value).toEqual(value);
    }
  });

  it('inherited from a body say nothing of its bound', async () => {
    const budgets = [{ name: 'all', limit: { usd: 0.001 }, window: 'day' }] as const;
    const { port, server } = await attacked({ budgets });
    const body = `{"model":"fast","messages":${JSON.stringify(messages)},"__proto__":{"max_tokens":1},"max_tokens":100000}`;
    const { answered } = await sent(port, request(body));
    expect(await answered()).toEqual(['402']);
    expect(server.requests).toHaveLength(0);
  });

  it('of callers may have no zeros, which stores might end a name at', async () => {
    const { port, server } = await attacked({ access: { callerFromParams: ['user'] } });
    const { answered } = await sent(port, request(JSON.stringify({ model: 'fast', messages, user: 'a\u0000b' })));
    expect(await answered()).toEqual(['400']);
    expect(server.requests).toHaveLength(0);
  });

  it('said by a model that look like events are text', async () => {
    const said = 'data: [DONE]\n\nevent: error\ndata: {"error":{}}\n\n';
    const { port } = await attacked({}, async (exchange) => {
      if (!bodyAsks(exchange.request.body)) return exchange.answer(200, completion(said));
      await exchange.sseHead();
      await exchange.sse({ ...CHUNK, choices: [{ index: 0, delta: { content: said }, finish_reason: 'stop' }] }, '[DONE]');
      return exchange.lastChunk();
    });
    const { answered, text } = await sent(port, request(streamed, 'connection: close\r\n'));
    await answered();
    await until(() => text().includes('data: [DONE]\n\n'));
    const events = [...text().matchAll(/^data: (.*)$/gm)].map(([, data]) => data);
    const texts = events.slice(0, -1).map((data) => JSON.parse(data ?? '').choices[0]?.delta.content);
    expect([texts.join(''), events.at(-1), text().includes('\nevent:')]).toEqual([said, '[DONE]', false]);
  });
});

function bodyAsks(body: Buffer): boolean {
  return body.includes('"stream":true');
}

describe('forms', () => {
  const part = (name: string, value: string) => `--b\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
  const file = '--b\r\ncontent-disposition: form-data; name="file"; filename="a.wav"\r\n\r\nx\r\n--b--\r\n';
  const models = { fast: ['one/m'], other: ['one/n'] };

  it.each([
    ['two models: the last counts, and is sent alone', part('model', 'fast') + part('model', 'other'), 'n'],
    ['a name within quotes of another', part('a\\"; name=\\"model', 'other') + part('model', 'fast'), 'm'],
    ['names of prototypes', part('__proto__', 'other') + part('constructor', 'other') + part('model', 'fast'), 'm'],
  ])('with %s', async (_, fields, model) => {
    const { port, server } = await attacked({ models }, (exchange) => exchange.answer(200, { text: 'heard' }));
    const form = request(fields + file, 'content-type: multipart/form-data; boundary=b\r\n').replace(
      'chat/completions',
      'audio/transcriptions',
    );
    const { answered } = await sent(port, form);
    expect(await answered()).toEqual(['200']);
    const sentModels = [...String(server.requests[0]?.body).matchAll(/name="model"\r\n\r\n(.*)\r\n/g)].map(([, value]) => value);
    expect(sentModels).toEqual([model]);
  });
});
