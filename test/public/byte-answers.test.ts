import { type Gateway, routeOf } from 'tollgate';
import { describe, expect, it } from 'vitest';
import { stage } from '../budgets/stage.ts';
import type { FaultExchange } from '../support/fault-server.ts';
import { failureOf, gatewayOf, providersAt, until, upstream } from './harness.ts';

/** A gateway over an upstream that answers with bytes whose rest comes when the test says so. */
async function slowUpstream() {
  let goOn: () => void = () => {};
  const rest = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  const exchanges: FaultExchange[] = [];
  const server = await upstream(async (exchange) => {
    exchanges.push(exchange);
    await exchange.head(200, { 'content-type': 'audio/mpeg', 'transfer-encoding': 'chunked' });
    await exchange.chunk('first');
    await rest;
    await exchange.chunk(' last');
    await exchange.lastChunk();
  });
  const gateway = gatewayOf({ providers: providersAt(server, 'one') });
  return { gateway, goOn, exchanges };
}

const DOORS: [string, (gateway: Gateway) => Promise<Response>][] = [
  ['speech', (gateway) => gateway.audio.speech.create({ model: 'tts', voice: 'alloy', input: 'x' })],
  ['the content of a file', (gateway) => gateway.files.content('file_1')],
  ['a video', (gateway) => gateway.videos.downloadContent('video_1')],
  [
    'speech over the handler',
    (gateway) =>
      gateway.handler('http://h/v1/audio/speech', {
        method: 'POST',
        body: JSON.stringify({ model: 'tts', voice: 'alloy', input: 'x' }),
        headers: { 'content-type': 'application/json' },
      }),
  ],
  ['a file over the handler', (gateway) => gateway.handler('http://h/v1/files/file_1/content')],
];

describe('an answer of bytes', () => {
  it.for(DOORS)('is handed on as it comes: %s', async ([, ask]) => {
    const { gateway, goOn } = await slowUpstream();
    const response = await ask(gateway);
    expect(response.headers.get('content-type')).toBe('audio/mpeg');
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    expect(Buffer.from((await reader.read()).value ?? []).toString()).toBe('first');
    goOn();
    expect(Buffer.from((await reader.read()).value ?? []).toString()).toBe(' last');
    expect((await reader.read()).done).toBe(true);
  });

  it.for(DOORS)('that nobody reads on closes the upstream: %s', async ([, ask]) => {
    const { gateway, exchanges } = await slowUpstream();
    const response = await ask(gateway);
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    await reader.read();
    await reader.cancel();
    await exchanges[0]?.closed;
    expect(exchanges).toHaveLength(1);
  });

  it('ends with its call', async () => {
    const { gateway, exchanges } = await slowUpstream();
    const controller = new AbortController();
    const response = await gateway.files.content('file_1', { signal: controller.signal });
    const reading = failureOf(response.arrayBuffer());
    controller.abort();
    expect(await reading).toBeInstanceOf(Error);
    await exchanges[0]?.closed;
  });

  it('has no limit of size', async () => {
    const piece = Buffer.alloc(1_048_576, 1);
    const server = await upstream(async (exchange) => {
      await exchange.head(200, { 'content-type': 'application/octet-stream', 'content-length': String(70 * piece.byteLength) });
      for (let sent = 0; sent < 70; sent += 1) await exchange.write(piece);
    });
    const gateway = gatewayOf({ providers: providersAt(server, 'one') });
    const response = await gateway.files.content('file_1');
    let bytes = 0;
    for await (const chunk of response.body as ReadableStream<Uint8Array>) bytes += chunk.byteLength;
    expect(bytes).toBe(70 * piece.byteLength);
  });

  it('that breaks off is an error to its reader, and not asked for again', async () => {
    const server = await upstream(async (exchange) => {
      await exchange.head(200, { 'content-type': 'audio/mpeg', 'content-length': '100000' });
      await exchange.write('first');
      exchange.reset();
    });
    const gateway = gatewayOf({ providers: providersAt(server, 'one') });
    const response = await gateway.files.content('file_1');
    expect(await failureOf(response.arrayBuffer())).toMatchObject({ code: 'stream_interrupted' });
    expect(server.requests).toHaveLength(1);
  });

  it('is settled when it has been read, as one that came in one piece', async () => {
    const { gateway, budget } = await stage(
      {
        models: {},
        budgets: [{ name: 'all', limit: { usd: 100 }, window: 'day' }],
        prices: { 'one/tts': { input: 1, output: 2, outputAudio: 10 } },
      },
      (exchange) => exchange.answer(200, 'x'.repeat(48_000), { 'content-type': 'audio/mpeg' }),
    );
    const response = await gateway.audio.speech.create({ model: 'one/tts', voice: 'alloy', input: 'hello there' });
    expect((await budget()).reserved.usd).toBeGreaterThan(0);
    await response.arrayBuffer();
    const after = await budget();
    expect(after.reserved.usd).toBe(0);
    // 11 bytes of words last 1.1 seconds, at 32 tokens a second and $10 a million; the input is 8 tokens at $1.
    const [row] = await gateway.control.usage();
    expect(row).toMatchObject({ requests: 1, outputTokens: 36, costUsd: after.spent.usd });
    expect(after.spent.usd).toBeCloseTo((row?.inputTokens ?? 0) / 1e6 + 36e-5, 9);
  });

  it.for(['application/jsonl', 'application/x-ndjson', 'application/json-seq', 'text/plain'])(
    'of lines is what it was, though a line alone is JSON: %s',
    async (type) => {
      const line = '{"custom_id": 12345678901234567890}\n';
      const server = await upstream((exchange) => exchange.answer(200, line, { 'content-type': type }));
      const gateway = gatewayOf({ providers: providersAt(server, 'one') });
      expect(await (await gateway.files.content('file_1')).text()).toBe(line);
      const response = await gateway.handler('http://h/v1/files/file_1/content');
      expect([response.headers.get('content-type'), await response.text()]).toEqual([type, line]);
    },
  );

  it('that is nothing is an empty body', async () => {
    const server = await upstream((exchange) => exchange.answer(200, '', { 'content-type': 'audio/mpeg' }));
    const gateway = gatewayOf({ providers: providersAt(server, 'one') });
    const response = await gateway.files.content('file_1');
    expect((await response.arrayBuffer()).byteLength).toBe(0);
    expect(routeOf(response)?.attempts).toHaveLength(1);
  });
});

describe('an answer without content', () => {
  it.for([204, 205])('is taken as it is where bytes were asked for: %i', async (status) => {
    const server = await upstream(async (exchange) => {
      await exchange.head(status, { 'transfer-encoding': 'chunked' });
      if (status === 205) await exchange.lastChunk();
    });
    const gateway = gatewayOf({ providers: providersAt(server, 'one') });
    const response = await gateway.files.content('file_1');
    expect([response.status, response.body, await response.text()]).toEqual([status, null, '']);
    expect((await gateway.handler('http://h/v1/files/file_1/content')).status).toBe(status);
  });

  it('has no type that the provider did not give', async () => {
    const server = await upstream((exchange) => exchange.head(200, { 'content-length': '0' }));
    const gateway = gatewayOf({ providers: providersAt(server, 'one') });
    const response = await gateway.files.retrieve('file_1').asResponse();
    expect([response.status, response.headers.get('content-type'), await response.text()]).toEqual([200, null, '']);
  });
});

describe('the stream that answers a call nobody waits for', () => {
  it('is known to have ended', async () => {
    const { gateway, goOn } = await slowUpstream();
    let ended = 0;
    gateway.on('request.end', () => {
      ended += 1;
    });
    const response = await gateway.files.content('file_1');
    expect(ended).toBe(0);
    goOn();
    await response.text();
    await until(() => ended === 1);
    expect(ended).toBe(1);
  });
});
