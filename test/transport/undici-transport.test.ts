import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompressSync, createGzip, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { Agent } from 'undici';
import { describe, expect, it } from 'vitest';
import type { AwsEvent } from '../../src/core/transport.ts';
import { exchangeIndex, readExchange, responseBytes } from '../support/fixtures.ts';
import { asking, drain, eventsOf, gate, openTransport, post, rejection, serve, socketsFree, textOf } from './sending.ts';

describe('a whole answer', () => {
  it('comes with status, lower-case headers and its body', async () => {
    const server = await serve((exchange) => exchange.answer(200, { ok: true }, { 'X-Request-Id': 'r1' }));
    const reply = await openTransport().send(post(server.origin, { body: '{"a":1}' }), asking('whole'));
    expect(reply).toMatchObject({ kind: 'whole', status: 200, headers: { 'x-request-id': 'r1' } });
    expect(textOf(reply)).toBe('{"ok":true}');
    expect(server.requests[0]).toMatchObject({ method: 'POST', path: '/v1/chat' });
    expect(server.requests[0]?.headers.get('authorization')).toBe('Bearer sk-secret-value');
    expect(server.requests[0]?.body.toString()).toBe('{"a":1}');
  });

  it('joins several values of a header, and keeps a header named as a property of every object', async () => {
    const server = await serve(async (exchange) => {
      await exchange.head(200, { 'x-many': ['a', 'b'], constructor: 'c', 'content-length': '0' });
    });
    const { headers } = await openTransport().send(post(server.origin), asking('whole'));
    expect(headers['x-many']).toBe('a, b');
    expect(headers.constructor).toBe('c');
    expect(headers.toString).toBeUndefined();
  });

  it('takes bytes as a body and sends a GET without one', async () => {
    const server = await serve((exchange) => exchange.answer(200, exchange.request.body));
    const transport = openTransport();
    const reply = await transport.send(post(server.origin, { body: new Uint8Array([1, 2, 3]).subarray(1) }), asking('whole'));
    expect(reply).toMatchObject({ body: Buffer.from([2, 3]) });
    await transport.send(post(server.origin, { method: 'GET', body: undefined }), asking('whole'));
    expect(server.requests[1]?.headers.has('content-length')).toBe(false);
  });

  it('is what any status from 400 on has, whatever was asked for', async () => {
    const server = await serve((exchange) => exchange.answer(429, 'data: x\n\n', { 'content-type': 'text/event-stream' }));
    const reply = await openTransport().send(post(server.origin), asking('server-sent-events'));
    expect(reply).toMatchObject({ kind: 'whole', status: 429 });
  });

  it.each(['server-sent-events', 'aws-events'] as const)('is what an answer of another type than %s has', async (answer) => {
    const server = await serve((exchange) => exchange.answer(200, '<html>', { 'content-type': 'text/html' }));
    const reply = await openTransport().send(post(server.origin), asking(answer));
    expect(textOf(reply)).toBe('<html>');
  });

  it('is decoded when the server compresses unasked', async () => {
    const text = JSON.stringify({ text: 'x'.repeat(1_000) });
    const bodies: [string, Buffer][] = [
      ['gzip', gzipSync(text)],
      ['deflate', deflateSync(text)],
      ['deflate', deflateRawSync(text)],
      ['br', brotliCompressSync(text)],
      ['identity', Buffer.from(text)],
    ];
    const server = await serve((exchange) => {
      const [encoding, body] = bodies[exchange.index] ?? ['', ''];
      return exchange.answer(200, body, { 'content-encoding': encoding });
    });
    const transport = openTransport();
    for (const _ of bodies) expect(textOf(await transport.send(post(server.origin), asking('whole')))).toBe(text);
    expect(server.requests[0]?.headers.has('accept-encoding')).toBe(false);
  });
});

describe('a stream', () => {
  it('gives events as they come, at once where they are there already', async () => {
    const server = await serve(async (exchange) => {
      await exchange.sseHead();
      await exchange.sse('one', 'two');
      await exchange.lastChunk();
    });
    const events = eventsOf(await openTransport().send(post(server.origin), asking('server-sent-events')));
    expect(await events.next()).toEqual({ event: 'message', data: 'one' });
    expect(events.next()).toEqual({ event: 'message', data: 'two' });
    expect(await events.next()).toBeUndefined();
    expect(events.next()).toBeUndefined();
  });

  it.each<Record<string, string>>([{ 'content-type': 'Text/Event-Stream; charset=utf-8' }, {}])(
    'is told by its content type or by none: %j',
    async (headers) => {
      const server = await serve(async (exchange) => {
        await exchange.head(200, headers);
        await exchange.write('data: 1\n\n');
        exchange.end();
      });
      const reply = await openTransport().send(post(server.origin), asking('server-sent-events'));
      expect(await drain(reply)).toEqual({ data: ['1'], error: undefined });
    },
  );

  it('of AWS frames gives their events', async () => {
    const bytes =
      exchangeIndex()
        .filter(({ provider, stream }) => provider === 'bedrock' && stream)
        .map(({ file }) => readExchange(file))
        .filter(({ response }) => response.eventstream_base64 !== undefined)
        .map(responseBytes)[0] ?? Buffer.alloc(0);
    const server = await serve(async (exchange) => {
      await exchange.head(200, { 'content-type': 'application/vnd.amazon.eventstream', 'content-length': `${bytes.length}` });
      await exchange.write(bytes.subarray(0, 700));
      await exchange.write(bytes.subarray(700));
    });
    const reply = await openTransport().send(post(server.origin), asking('aws-events'));
    if (reply.kind !== 'aws-events') return expect.unreachable('not a stream');
    const types: (string | undefined)[] = [];
    for (let event: AwsEvent | undefined = await reply.events.next(); event; event = await reply.events.next()) {
      types.push(event.headers.get(':event-type'));
    }
    expect(types[0]).toBe('messageStart');
  });

  it('is decoded event by event when the server compresses unasked', async () => {
    const server = await serve(async (exchange) => {
      await exchange.head(200, {
        'content-type': 'text/event-stream',
        'content-encoding': 'gzip',
        'transfer-encoding': 'chunked',
      });
      const gzip = createGzip();
      gzip.on('data', (bytes: Buffer) => exchange.chunk(bytes));
      gzip.write('data: one\n\n');
      gzip.flush();
      await resumed.opened;
      gzip.end('data: two\n\n', () => gzip.once('end', () => exchange.lastChunk()));
    });
    const resumed = gate();
    const reply = await openTransport().send(post(server.origin), asking('server-sent-events'));
    expect(await eventsOf(reply).next()).toMatchObject({ data: 'one' });
    resumed.open();
    expect(await drain(reply)).toEqual({ data: ['two'], error: undefined });
  });

  it('refuses a second next while one waits', async () => {
    const server = await serve((exchange) => exchange.sseHead());
    const events = eventsOf(await openTransport().send(post(server.origin), asking('server-sent-events')));
    const first = events.next();
    expect(() => events.next()).toThrow('has not arrived yet');
    events.cancel();
    expect(await first).toBeUndefined();
  });
});

describe('a slow reader', () => {
  it.each(['identity', 'gzip'])('stops the server from writing (%s), and gets every event in the end', async (encoding) => {
    const large = Array.from({ length: 4_000 }, (_, index) => `data: ${index} ${crypto.randomUUID().repeat(100)}\n\n`);
    const bytes = Buffer.from(large.join(''));
    let flushed = false;
    const server = await serve(async (exchange) => {
      await exchange.head(200, { 'content-type': 'text/event-stream', 'content-encoding': encoding });
      await exchange.write(encoding === 'gzip' ? gzipSync(bytes, { level: 1 }) : bytes);
      flushed = true;
      exchange.end();
    });
    const events = eventsOf(await openTransport().send(post(server.origin), asking('server-sent-events')));
    expect((await events.next())?.data.slice(0, 2)).toBe('0 ');
    // Another request's round trip gives the first one's bytes time to pile up.
    const other = await serve((exchange) => exchange.answer(200, {}));
    for (let round = 0; round < 20; round += 1) await openTransport().send(post(other.origin), asking('whole'));
    expect(encoding === 'gzip' || !flushed).toBe(true);
    let last = '';
    let count = 1;
    for (let event = await events.next(); event; event = await events.next()) {
      last = event.data;
      count += 1;
    }
    expect(count).toBe(large.length);
    expect(last.slice(0, 5)).toBe('3999 ');
    expect(flushed).toBe(true);
  });
});

describe('sockets', () => {
  it('are used again, one request at a time on each', async () => {
    const server = await serve((exchange) => exchange.answer(200, exchange.request.connection));
    const transport = openTransport();
    for (const _ of [1, 2, 3]) {
      expect(textOf(await transport.send(post(server.origin), asking('whole')))).toBe('0');
      await socketsFree();
    }
    const both = await Promise.all([1, 2].map(() => transport.send(post(server.origin), asking('whole'))));
    expect(both.map(textOf).sort()).toEqual(['0', '1']);
  });

  it('are used again after a stream that was read to its end', async () => {
    const server = await serve(async (exchange) => {
      await exchange.sseHead();
      await exchange.sse('x');
      await exchange.lastChunk();
    });
    const transport = openTransport();
    for (const _ of [1, 2]) {
      const reply = await transport.send(post(server.origin), asking('server-sent-events'));
      expect(await drain(reply)).toEqual({ data: ['x'], error: undefined });
      await socketsFree();
    }
    expect(server.connections).toBe(1);
  });

  it('that are idle keep no process alive', async () => {
    const server = await serve((exchange) => exchange.answer(200, {}));
    const script = fileURLToPath(new URL('send-once.ts', import.meta.url));
    const { stdout } = await promisify(execFile)(process.execPath, [script, server.origin]);
    expect(stdout).toBe('200');
  });

  it('close with the transport', async () => {
    const server = await serve((exchange) => exchange.answer(200, {}));
    const transport = openTransport();
    await transport.send(post(server.origin), asking('whole'));
    await transport.close();
    await server.quiet();
    expect(await rejection(transport.send(post(server.origin), asking('whole')))).toMatchObject({ neverSent: true });
  });

  it('that are busy close with force', async () => {
    const server = await serve((exchange) => exchange.sseHead());
    const transport = openTransport();
    const events = eventsOf(await transport.send(post(server.origin), asking('server-sent-events')));
    const next = Promise.resolve(events.next());
    await Promise.all([transport.close(true), expect(next).rejects.toMatchObject({ fault: 'closed-in-answer' })]);
    await server.quiet();
    expect(server.openSockets()).toBe(0);
  });

  it('of a dispatcher that the user brought stay open', async () => {
    const server = await serve((exchange) => exchange.answer(200, {}));
    const dispatcher = new Agent();
    const transport = openTransport({ dispatcher });
    await transport.send(post(server.origin), asking('whole'));
    await transport.close(true);
    await socketsFree();
    await transport.send(post(server.origin), asking('whole'));
    expect(server.connections).toBe(1);
    await dispatcher.close();
  });
});
