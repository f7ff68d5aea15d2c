import { Agent } from 'undici';
import { describe, expect, it } from 'vitest';
import { Cancellation } from '../../src/core/cancellation.ts';
import { DEFAULT_TIMEOUTS } from '../../src/core/timeouts.ts';
import type { FaultExchange } from '../support/fault-server.ts';
import { settlePromises, TestClock } from '../support/test-clock.ts';
import { asking, drain, eventsOf, gate, nextReading, openTransport, post, rejection, serve, socketsFree } from './sending.ts';

const timeouts = { ...DEFAULT_TIMEOUTS, connectMs: 5_000, firstTokenMs: 60_000, idleMs: 30_000 };

describe('a cancellation', () => {
  it('before the request keeps it from being sent', async () => {
    const cancellation = new Cancellation();
    cancellation.cancel('why');
    const server = await serve(() => {});
    expect(await rejection(openTransport().send(post(server.origin), asking('whole', { cancellation })))).toBe('why');
    expect(server.connections).toBe(0);
  });

  it('while connecting rejects at once, and the request is never written', async () => {
    const cancellation = new Cancellation();
    const server = await serve(() => {});
    const sent = rejection(openTransport().send(post(server.origin), asking('whole', { cancellation })));
    cancellation.cancel('why');
    expect(await sent).toBe('why');
    while (server.connections === 0) await settlePromises();
    await server.quiet();
    expect(server.requests).toHaveLength(0);
  });

  it('before the answer rejects with its reason as it is and closes the socket', async () => {
    const cancellation = new Cancellation();
    const reason = { any: 'value' };
    const server = await serve(() => cancellation.cancel(reason));
    expect(await rejection(openTransport().send(post(server.origin), asking('whole', { cancellation })))).toBe(reason);
    await server.quiet();
    expect(server.openSockets()).toBe(0);
  });

  it('inside a whole body does the same', async () => {
    const cancellation = new Cancellation();
    const server = await serve(async (exchange) => {
      await exchange.head(200, { 'content-length': '10' });
      await exchange.write('12345');
      cancellation.cancel('why');
      await exchange.closed;
    });
    expect(await rejection(openTransport().send(post(server.origin), asking('whole', { cancellation })))).toBe('why');
    await server.quiet();
    expect(server.openSockets()).toBe(0);
  });

  it('rejects a waiting next, drops what was buffered, and closes the socket', async () => {
    const cancellation = new Cancellation();
    const server = await serve(async (exchange) => {
      await exchange.sseHead();
      await exchange.sse('one', 'two');
    });
    const transport = openTransport();
    const events = eventsOf(await transport.send(post(server.origin), asking('server-sent-events', { cancellation })));
    await events.next();
    cancellation.cancel('why');
    expect(() => events.next()).toThrow('why');
    await server.quiet();

    const second = new Cancellation();
    const reply = await transport.send(post(server.origin), asking('server-sent-events', { cancellation: second }));
    const drained = drain(reply);
    while (server.requests.length < 2) await settlePromises();
    await settlePromises();
    second.cancel('other');
    expect((await drained).error).toBe('other');
    await server.quiet();
  });

  it('leaves no listener behind when the request ended, failed or was cancelled by its reader', async () => {
    const cancellation = new Cancellation();
    let listeners = 0;
    const onCancel = cancellation.onCancel.bind(cancellation);
    cancellation.onCancel = (listener) => {
      const remove = onCancel(listener);
      listeners += 1;
      return () => {
        listeners -= 1;
        remove();
      };
    };
    const clock = new TestClock();
    const options = { cancellation, clock };
    const scripts: ((exchange: FaultExchange) => void | Promise<void>)[] = [
      (exchange) => exchange.answer(200, {}),
      (exchange) => exchange.reset(),
      (exchange) => exchange.sseHead(),
    ];
    const server = await serve((exchange) => scripts[exchange.index]?.(exchange));
    const transport = openTransport();
    await transport.send(post(server.origin), asking('whole', options));
    await rejection(transport.send(post(server.origin), asking('whole', options)));
    eventsOf(await transport.send(post(server.origin), asking('server-sent-events', options))).cancel();
    expect(listeners).toBe(0);
    expect(clock.pending).toBe(0);
  });
});

describe('cancelling a stream by its reader', () => {
  it('closes the socket, is idempotent, and ends the stream quietly', async () => {
    const server = await serve(async (exchange) => {
      await exchange.sseHead();
      await exchange.sse('one', 'two');
    });
    const events = eventsOf(await openTransport().send(post(server.origin), asking('server-sent-events')));
    await events.next();
    events.cancel();
    events.cancel();
    expect(events.next()).toBeUndefined();
    await server.quiet();
    expect(server.openSockets()).toBe(0);
  });

  it('keeps the socket where the body had already ended', async () => {
    const server = await serve(async (exchange) => {
      await exchange.write('HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: 9\r\n\r\ndata: 1\n\n');
    });
    const transport = openTransport();
    for (const _ of [1, 2]) {
      const events = eventsOf(await transport.send(post(server.origin), asking('server-sent-events')));
      await events.next();
      events.cancel();
      await socketsFree();
    }
    expect(server.connections).toBe(1);
  });
});

describe('timers', () => {
  it('end a connection that is not made in time', async () => {
    const clock = new TestClock();
    const dispatcher = new Agent({ connect: () => {} });
    const sent = rejection(
      openTransport({ dispatcher }).send(post('http://blackhole.test'), asking('whole', { clock, timeouts })),
    );
    await clock.elapse(4_999);
    await clock.elapse(2);
    expect(await sent).toMatchObject({
      fault: 'connect-timeout',
      neverSent: true,
      message: expect.stringContaining('blackhole.test'),
    });
    expect(clock.pending).toBe(0);
    await dispatcher.destroy();
  });

  it('end an answer whose head does not come', async () => {
    const clock = new TestClock();
    const arrived = gate();
    const server = await serve(() => arrived.open());
    const sent = rejection(openTransport().send(post(server.origin), asking('whole', { clock, timeouts })));
    await arrived.opened;
    await clock.elapse(60_001);
    expect(await sent).toMatchObject({ fault: 'first-byte-timeout', neverSent: false, staleSocket: false });
    await server.quiet();
    expect(clock.pending).toBe(0);
  });

  it('end a whole body that stops in the middle', async () => {
    const clock = new TestClock();
    const written = gate();
    const server = await serve(async (exchange) => {
      await exchange.head(200, { 'content-length': '10' });
      const read = nextReading(clock);
      await exchange.write('12345');
      await read;
      written.open();
    });
    const sent = rejection(openTransport().send(post(server.origin), asking('whole', { clock, timeouts })));
    await written.opened;
    while (server.openSockets() > 0) await clock.elapse(1_000);
    expect(await sent).toMatchObject({ fault: 'idle-timeout' });
    expect(clock.monotonicMs()).toBeLessThan(60_000);
  });

  it('wait for the first byte of a whole body as for its head, and for no longer', async () => {
    const waits = async (body: string | undefined) => {
      const clock = new TestClock();
      const begun = gate();
      let exchange: FaultExchange | undefined;
      const server = await serve(async (arrived) => {
        exchange = arrived;
        const read = nextReading(clock);
        await arrived.head(200, { 'content-length': '10' });
        await read;
        begun.open();
      });
      const sent = rejection(openTransport().send(post(server.origin), asking('whole', { clock, timeouts })));
      await begun.opened;
      await clock.elapse(59_000);
      expect(server.openSockets()).toBe(1);
      if (body !== undefined) {
        const read = nextReading(clock);
        await exchange?.write(body);
        await read;
      }
      while (server.openSockets() > 0) await clock.elapse(500);
      expect(await sent).toMatchObject({ fault: 'idle-timeout' });
      return clock.monotonicMs();
    };
    const withoutBody = await waits(undefined);
    expect([withoutBody >= 60_000, withoutBody < 65_000]).toEqual([true, true]);
    const withBody = await waits('12345');
    expect([withBody >= 89_000, withBody < 95_000]).toEqual([true, true]);
  });

  it('end a stream that stops, counted from the last byte, comments included', async () => {
    const clock = new TestClock();
    let exchange: FaultExchange | undefined;
    const server = await serve(async (arrived) => {
      exchange = arrived;
      await arrived.sseHead();
      await arrived.sse('one');
    });
    const events = eventsOf(await openTransport().send(post(server.origin), asking('server-sent-events', { clock, timeouts })));
    await events.next();
    const next = Promise.resolve(events.next());
    const outcome = rejection(next);
    await clock.elapse(29_000);
    const pinged = nextReading(clock);
    await exchange?.chunk(': ping\n\n');
    await pinged;
    await clock.elapse(29_000);
    let settled = false;
    void outcome.then(() => {
      settled = true;
    });
    await settlePromises();
    expect(settled).toBe(false);
    await clock.elapse(1_001);
    expect(await outcome).toMatchObject({ fault: 'idle-timeout' });
    expect(() => events.next()).toThrow('stopped');
    await server.quiet();
    expect(clock.pending).toBe(0);
  });

  it('do not run while nobody reads', async () => {
    const clock = new TestClock();
    const server = await serve(async (exchange) => {
      await exchange.sseHead();
      await exchange.sse('one');
      await resumed.opened;
      await exchange.sse('two');
      await exchange.lastChunk();
    });
    const resumed = gate();
    const reply = await openTransport().send(post(server.origin), asking('server-sent-events', { clock, timeouts }));
    await eventsOf(reply).next();
    await clock.elapse(10_000_000);
    resumed.open();
    expect(await drain(reply)).toEqual({ data: ['two'], error: undefined });
    expect(clock.pending).toBe(0);
  });

  it('lose against data that is already there when they fire late', async () => {
    const clock = new TestClock();
    const waiting = gate();
    const server = await serve(async (exchange) => {
      await exchange.sseHead();
      await exchange.sse('one');
      await waiting.opened;
      void exchange.sse('two');
      void exchange.lastChunk();
      clock.advance(300_000);
    });
    const reply = await openTransport().send(post(server.origin), asking('server-sent-events', { clock, timeouts }));
    const drained = drain(reply);
    await settlePromises();
    await settlePromises();
    waiting.open();
    expect(await drained).toEqual({ data: ['one', 'two'], error: undefined });
  });

  it('make one timer for each request, however many chunks it has', async () => {
    let timers = 0;
    class CountingClock extends TestClock {
      override setTimeout(callback: () => void, delayMs: number) {
        timers += 1;
        return super.setTimeout(callback, delayMs);
      }
    }
    const clock = new CountingClock();
    const server = await serve(async (exchange) => {
      await exchange.sseHead();
      for (let index = 0; index < 50; index += 1) await exchange.sse(index);
      await exchange.lastChunk();
    });
    const reply = await openTransport().send(post(server.origin), asking('server-sent-events', { clock, timeouts }));
    expect((await drain(reply)).data).toHaveLength(50);
    expect(timers).toBe(1);
  });
});
