import { brotliCompressSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { FaultExchange } from '../support/fault-server.ts';
import { asking, drain, eventsOf, faultOf, openTransport, post, rejection, serve, socketsFree, textOf } from './sending.ts';

async function brokenStream(script: (exchange: FaultExchange) => void | Promise<void>) {
  const server = await serve(script);
  const result = await drain(await openTransport().send(post(server.origin), asking('server-sent-events')));
  return { ...result, server };
}

describe('an answer that breaks off', () => {
  it.each<[string, (exchange: FaultExchange) => void | Promise<void>]>([
    [
      'with a body shorter than its length',
      async (exchange) => {
        await exchange.head(200, { 'content-length': '100' });
        await exchange.write('short');
        exchange.end();
      },
    ],
    [
      'the same on a connection that is not kept',
      async (exchange) => {
        await exchange.head(200, { 'content-length': '100', connection: 'close' });
        await exchange.write('short');
        exchange.end();
      },
    ],
    [
      'inside a chunked body',
      async (exchange) => {
        await exchange.head(200, { 'transfer-encoding': 'chunked' });
        await exchange.chunk('abc');
        exchange.end();
      },
    ],
    [
      'the same on a connection that is not kept, too',
      async (exchange) => {
        await exchange.head(200, { 'transfer-encoding': 'chunked', connection: 'close' });
        await exchange.chunk('abc');
        exchange.end();
      },
    ],
    [
      'by a reset',
      async (exchange) => {
        await exchange.head(200, { 'content-length': '100' });
        await exchange.write('short');
        exchange.reset();
      },
    ],
  ])('%s', async (_, script) => {
    expect(await faultOf(script)).toMatchObject({ fault: 'closed-in-answer', neverSent: false, staleSocket: false });
  });

  it('by a reset inside an event gives the whole events before it, then the fault', async () => {
    const { data, error } = await brokenStream(async (exchange) => {
      await exchange.sseHead();
      await exchange.sse('one', 'two');
      await exchange.chunk('data: thr');
      exchange.reset();
    });
    // A reset may overtake what was sent before it.
    expect(['one', 'two'].slice(0, data.length)).toEqual(data);
    expect(error).toMatchObject({ fault: 'closed-in-answer' });
  });

  it('inside a chunked stream gives the whole events before it, then the fault', async () => {
    const { data, error, server } = await brokenStream(async (exchange) => {
      await exchange.sseHead();
      await exchange.sse('one', 'two');
      await exchange.chunk('data: thr');
      exchange.end();
    });
    expect(data).toEqual(['one', 'two']);
    expect(error).toMatchObject({ fault: 'closed-in-answer' });
    await server.quiet();
  });

  it('regularly and without a length just ends the stream', async () => {
    const { data, error } = await brokenStream(async (exchange) => {
      await exchange.head(200, { 'content-type': 'text/event-stream', connection: 'close' });
      await exchange.write('data: one\n\n');
      exchange.end();
    });
    expect({ data, error }).toEqual({ data: ['one'], error: undefined });
  });

  it('gives buffered events first to a reader that comes late', async () => {
    const server = await serve(async (exchange) => {
      await exchange.sseHead();
      await exchange.sse('one', 'two');
      exchange.end();
    });
    const reply = await openTransport().send(post(server.origin), asking('server-sent-events'));
    await server.quiet();
    await socketsFree();
    const { data, error } = await drain(reply);
    expect(data).toEqual(['one', 'two']);
    expect(error).toMatchObject({ fault: 'closed-in-answer' });
    expect(() => eventsOf(reply).next()).toThrow('inside the answer');
  });
});

describe('an answer that is none', () => {
  it('of bytes that are not HTTP', async () => {
    const error = await faultOf((exchange) => exchange.write('\x00\x01\x02 secret garbage\r\n\r\n'));
    expect(error).toMatchObject({ fault: 'malformed-answer', neverSent: false });
    expect(error.cause).toBeUndefined();
  });

  it('with a head beyond the limit', async () => {
    const error = await faultOf((exchange) => exchange.head(200, { 'x-large': 'x'.repeat(65_536) }));
    expect(error).toMatchObject({ fault: 'too-large', code: 'UND_ERR_HEADERS_OVERFLOW' });
  });

  it.each([302, 307])('with status %i is not followed', async (status) => {
    const other = await serve((exchange) => exchange.answer(200, {}));
    const error = await faultOf((exchange) => exchange.answer(status, '', { location: `${other.origin}/secret` }));
    expect(error).toMatchObject({ fault: 'redirect' });
    expect(other.connections).toBe(0);
  });

  it.each([
    ['gzip', Buffer.from('no gzip at all')],
    ['gzip', gzipSync('cut short').subarray(0, -6)],
    ['br', brotliCompressSync('x'.repeat(99)).fill(255, 2)],
    ['deflate', Buffer.from([0x78, 0x9c, 1, 2, 3])],
    ['unheard-of', Buffer.from('{}')],
  ])('with corrupt %s', async (encoding, body) => {
    const error = await faultOf(async (exchange) => {
      await exchange.answer(200, body, { 'content-encoding': encoding });
      exchange.end();
    });
    expect(error).toMatchObject({ fault: 'malformed-answer' });
  });

  it.each([
    ['gzip', Buffer.concat([gzipSync('data: one\n\n'), Buffer.from('garbage after it')])],
    ['unheard-of', Buffer.from('data: one\n\n')],
  ])('with a stream of corrupt %s', async (encoding, bytes) => {
    const { data, error, server } = await brokenStream(async (exchange) => {
      await exchange.head(200, { 'content-type': 'text/event-stream', 'content-encoding': encoding });
      await exchange.write(bytes);
      await exchange.closed;
    });
    expect(data.length).toBeLessThan(2);
    expect(error).toMatchObject({ fault: 'malformed-answer' });
    await server.quiet();
  });
});

describe('an answer beyond the caps', () => {
  const small = { maxBodyBytes: 1_000, maxEventBytes: 100 };

  it.each<[string, (exchange: FaultExchange) => void | Promise<void>]>([
    [
      'that never ends',
      async (exchange) => {
        await exchange.head(200, { 'transfer-encoding': 'chunked' });
        while (!exchange.socket.destroyed) await exchange.chunk('x'.repeat(100));
      },
    ],
    ['whose length says so', (exchange) => exchange.head(200, { 'content-length': '1001' })],
    ['after decoding', (exchange) => exchange.answer(200, gzipSync('x'.repeat(1_001)), { 'content-encoding': 'gzip' })],
  ])('is refused: a whole body %s', async (_, script) => {
    const server = await serve(script);
    const transport = openTransport(small);
    expect(await rejection(transport.send(post(server.origin), asking('whole')))).toMatchObject({ fault: 'too-large' });
    await transport.close();
    await server.quiet();
  });

  it.each(['text/event-stream', 'application/json'])('is refused: events in place of a whole answer, as %s', async (type) => {
    const server = await serve(async (exchange) => {
      await exchange.head(200, { 'content-type': type, 'transfer-encoding': 'chunked' });
      while (!exchange.socket.destroyed) await exchange.sse('fits');
    });
    const { error } = await drain(await openTransport(small).send(post(server.origin), asking('whole-or-events')));
    expect(error).toMatchObject({ fault: 'too-large' });
    await server.quiet();
  });

  it('is taken up to the cap', async () => {
    const server = await serve((exchange) => exchange.answer(200, 'x'.repeat(1_000)));
    expect(textOf(await openTransport(small).send(post(server.origin), asking('whole')))).toHaveLength(1_000);
  });

  it('is refused: an event, while it is read', async () => {
    const server = await serve(async (exchange) => {
      await exchange.sseHead();
      await exchange.sse('fits');
      while (!exchange.socket.destroyed) await exchange.chunk('data: x'.repeat(10));
    });
    const { data, error } = await drain(await openTransport(small).send(post(server.origin), asking('server-sent-events')));
    expect(data).toEqual(['fits']);
    expect(error).toMatchObject({ fault: 'too-large' });
    await server.quiet();
  });
});

describe('a server that bends HTTP', () => {
  it('with early hints is understood', async () => {
    const server = await serve(async (exchange) => {
      await exchange.write('HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n');
      await exchange.answer(200, 'final');
    });
    expect(textOf(await openTransport().send(post(server.origin), asking('whole')))).toBe('final');
  });

  it('with a body longer than its length, or a second answer, mixes no answers up', async () => {
    const server = await serve(async (exchange) => {
      const mark = `${exchange.index}`;
      await exchange.answer(200, mark);
      if (exchange.index === 0) await exchange.write('HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nwrong');
    });
    const transport = openTransport();
    for (const mark of ['0', '1', '2']) {
      expect(textOf(await transport.send(post(server.origin), asking('whole')))).toBe(mark);
      await socketsFree();
    }
    expect(server.connections).toBeGreaterThan(1);
  });

  it('by answering before it read the request gets its answer through', async () => {
    let connections = 0;
    const server = await serve((exchange) => exchange.answer(200, 'late'), {
      onConnection: (socket) => {
        connections += 1;
        if (connections === 1) socket.once('data', () => socket.write('HTTP/1.1 413 Large\r\ncontent-length: 5\r\n\r\nearly'));
      },
    });
    const transport = openTransport();
    const body = 'x'.repeat(2_000_000);
    expect(textOf(await transport.send(post(server.origin, { body }), asking('whole')))).toBe('early');
  });
});
