import { readFileSync } from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';
import tls from 'node:tls';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { routeOf } from 'tollgate';
import { beforeAll, describe, expect, it } from 'vitest';
import { chunk, completion, usageChunk } from '../support/chat-upstream.ts';
import { type FaultExchange, type FaultServer, startFaultServer } from '../support/fault-server.ts';
import { closeAfterTest, failureOf, gatewayOf, messages, providersAt, upstream } from './harness.ts';

const pem = (name: string) => readFileSync(new URL(`../fixtures/tls/${name}.pem`, import.meta.url));
const certificate = { key: pem('key'), cert: pem('certificate') };

beforeAll(() => tls.setDefaultCACertificates([...tls.getCACertificates('default'), String(certificate.cert)]));

const budgets = [{ name: 'b', limit: { requests: 1_000, usd: 10 }, window: 'month' }] as const;

function askerAt(server: Pick<FaultServer, 'origin'>, retry = { attemptsPerDeployment: 1 }) {
  const gateway = gatewayOf({
    providers: providersAt(server, 'one'),
    models: { fast: ['one/m'] },
    prices: { 'one/m': { input: 1, output: 2 } },
    budgets: [...budgets],
    retry,
  });
  const ask = () => gateway.chat.completions.create({ model: 'fast', messages });
  const stream = async () => {
    let text = '';
    for await (const chunk of await gateway.chat.completions.create({ model: 'fast', messages, stream: true }))
      text += chunk.choices[0]?.delta.content ?? '';
    return text;
  };
  const spent = async () => (await gateway.control.budgets())[0]?.spent;
  const health = async () => (await gateway.control.health())[0];
  return { gateway, ask, stream, spent, health };
}

async function overTls(script: (exchange: FaultExchange) => unknown): Promise<FaultServer> {
  const server = await startFaultServer(async (exchange) => void (await script(exchange)), { tls: certificate });
  closeAfterTest(() => server.close());
  return server;
}

describe('kept sockets over TLS', () => {
  it.each(['end', 'destroy'] as const)(
    'that turn out to be closed by %s are made up for on new ones, each call charged once',
    async (close) => {
      const used = new Set<number>();
      const first = Promise.withResolvers<void>();
      const server = await overTls(async (exchange) => {
        const { connection } = exchange.request;
        if (used.has(connection)) return exchange.socket[close]();
        used.add(connection);
        if (used.size === 3) first.resolve();
        await first.promise;
        return exchange.answer(200, completion('here'));
      });
      const { ask, spent, health } = askerAt(server);
      await Promise.all([ask(), ask(), ask()]);
      for (let call = 0; call < 3; call += 1) expect(routeOf(await ask())?.attempts).toHaveLength(1);
      // 10 tokens in and 5 out, six times
      expect(await spent()).toMatchObject({ requests: 6, usd: expect.closeTo(6 * 0.000_02, 12) });
      expect((await health())?.consecutiveFailures).toBe(0);
    },
  );

  it('whose session tickets nobody honours any more cost no call', async () => {
    const server = await overTls((exchange) => exchange.answer(200, completion('first')));
    const { ask } = askerAt(server);
    await ask();
    const { port } = server;
    await server.close();
    const later = tls.createServer(certificate, (socket) => {
      socket.on('error', () => {});
      socket.once('data', () => {
        const body = JSON.stringify(completion('second'));
        socket.end(`HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
      });
    });
    await new Promise<void>((resolve) => later.listen(port, '127.0.0.1', resolve));
    closeAfterTest(() => new Promise((resolve) => later.close(resolve)));
    const answer = await ask();
    expect(answer.choices[0]?.message.content).toBe('second');
    expect(routeOf(answer)?.attempts).toHaveLength(1);
  });

  it('that end inside a stream, with a regular goodbye and no marker, are an error and not its end', async () => {
    const server = await overTls(async (exchange) => {
      await exchange.head(200, { 'content-type': 'text/event-stream' });
      await exchange.write(`data: ${JSON.stringify(chunk({ content: 'half an' }))}\n\n`);
      exchange.end();
    });
    const { stream } = askerAt(server);
    expect(await failureOf(stream())).toMatchObject({ code: 'stream_interrupted' });
  });
});

/** Answers that bend HTTP or text, and are answers all the same. */
const BENT: Readonly<Record<string, (exchange: FaultExchange) => unknown>> = {
  'early hints and more of them': async (exchange) => {
    await exchange.write('HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n');
    await exchange.answer(200, completion('hello'));
  },
  'chunks with trailers': async (exchange) => {
    await exchange.head(200, { 'content-type': 'application/json', 'transfer-encoding': 'chunked', trailer: 'x-sum' });
    await exchange.chunk(JSON.stringify(completion('hello')));
    await exchange.write('0\r\nx-sum: 1\r\n\r\n');
  },
  'connection: close, and bytes after its length': async (exchange) => {
    await exchange.answer(200, completion('hello'), { connection: 'close' });
    await exchange.write('late bytes that nobody asked for');
    exchange.end();
  },
  'a byte order mark': (exchange) => exchange.answer(200, `\ufeff${JSON.stringify(completion('hello'))}`),
  'white space around it': (exchange) => exchange.answer(200, `\r\n  ${JSON.stringify(completion('hello'))}\n\n`),
  'gzip that was not asked for': (exchange) =>
    exchange.answer(200, gzipSync(JSON.stringify(completion('hello'))), { 'content-encoding': 'gzip' }),
  'the coding named in capitals': (exchange) =>
    exchange.answer(200, gzipSync(JSON.stringify(completion('hello'))), { 'Content-Encoding': 'GZIP' }),
};

it.each(Object.entries(BENT))('an answer with %s is an answer', async (_, script) => {
  const server = await upstream(script);
  const { ask, spent, health } = askerAt(server);
  for (let call = 1; call <= 2; call += 1) {
    expect((await ask()).choices[0]?.message.content).toBe('hello');
    expect(await spent()).toMatchObject({ requests: call });
  }
  expect((await health())?.consecutiveFailures).toBe(0);
});

const JSON_BODY = JSON.stringify(completion('hello'));

/** Answers that are none: tried once, told by their kind, counted against the deployment, charged nothing. */
const BROKEN: Readonly<Record<string, (exchange: FaultExchange) => unknown>> = {
  'a coding that nobody asked for': (exchange) =>
    exchange.answer(200, zstdCompressSync(JSON_BODY), { 'content-encoding': 'zstd' }),
  'a coding that it is not in': (exchange) => exchange.answer(200, JSON_BODY, { 'content-encoding': 'br' }),
  'two codings of which one is named': (exchange) =>
    exchange.answer(200, gzipSync(gzipSync(JSON_BODY)), { 'content-encoding': 'gzip' }),
  'a NUL in the middle': (exchange) => exchange.answer(200, JSON_BODY.replace('"model"', '\u0000"model"')),
};

it.each(Object.entries(BROKEN))('an answer with %s is no answer', async (_, script) => {
  const server = await upstream(script);
  const { ask, spent, health } = askerAt(server);
  const error = await failureOf(ask());
  expect(error).toMatchObject({ attempts: [{ failure: { kind: 'invalid-response' } }] });
  expect(await spent()).toEqual({ requests: 1, usd: 0 });
  expect((await health())?.consecutiveFailures).toBe(1);
});

const UNICODE = 'Zürich 東京 \u{1F30D} e\u0301 \u2028 end';
const CHUNKS = [
  chunk({ role: 'assistant', content: '' }),
  ...[...UNICODE].map((content) => chunk({ content })),
  chunk({}, 'stop'),
  usageChunk(),
];
const events = (separator: string) =>
  [...CHUNKS.map((item) => JSON.stringify(item)), '[DONE]'].map((data) => `data: ${data}${separator}${separator}`).join('');

/** One stream, in the pieces that the net may make of it. */
const STREAMS: Readonly<Record<string, (bytes: Buffer) => readonly Buffer[]>> = {
  'byte by byte': (bytes) => Array.from(bytes, (byte) => Buffer.from([byte])),
  'in threes': (bytes) => Array.from({ length: Math.ceil(bytes.length / 3) }, (_, at) => bytes.subarray(at * 3, at * 3 + 3)),
  'in one piece': (bytes) => [bytes],
};

describe.each(Object.entries(STREAMS))('a stream that comes %s', (_, cut) => {
  it.each([
    ['line feeds', '\n', ''],
    ['carriage returns alone', '\r', ''],
    ['both', '\r\n', ''],
    ['a byte order mark', '\n', '\ufeff'],
    ['comments and a long line', '\n', `: ${'x'.repeat(70_000)}\n: ping\n\n`],
  ])('with %s has the same text', async (_name, separator, before) => {
    const server = await upstream(async (exchange) => {
      await exchange.sseHead();
      const pieces = cut(Buffer.from(events(separator)));
      if (before) await exchange.chunk(before);
      for (const piece of pieces) exchange.chunk(piece);
      await exchange.lastChunk();
    });
    const { stream, spent } = askerAt(server);
    expect(await stream()).toBe(UNICODE);
    expect(await spent()).toMatchObject({ requests: 1 });
  });
});

it('a server that announces how long it keeps a socket is believed', async () => {
  const server = await upstream(async (exchange) => {
    await exchange.answer(200, completion('hello'), { 'keep-alive': 'timeout=1', connection: 'keep-alive' });
    // Half-closed at once, as hosts do that are about to leave.
    exchange.socket.end();
  });
  const { ask, health } = askerAt(server);
  for (let call = 0; call < 3; call += 1) {
    expect(routeOf(await ask())?.attempts).toHaveLength(1);
    await turn();
  }
  expect((await health())?.consecutiveFailures).toBe(0);
});

it('a kept socket that ends after the first byte of an answer is not asked again: it may have been charged', async () => {
  let requests = 0;
  const server = await upstream(async (exchange) => {
    requests += 1;
    if (exchange.index === 0) return exchange.answer(200, completion('hello'));
    await exchange.write('HTTP/1.1 2');
    return exchange.end();
  });
  const { ask } = askerAt(server);
  await ask();
  await failureOf(ask());
  expect(requests).toBe(2);
});
