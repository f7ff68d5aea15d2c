import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { isFailoverExhausted, routeOf } from 'tollgate';
import { afterEach, describe, expect, it } from 'vitest';
import { chunk, completion, streamText } from '../support/chat-upstream.ts';
import { type FaultServer, startFaultServer } from '../support/fault-server.ts';
import { settlePromises } from '../support/test-clock.ts';
import { callOnce, healthy, openHouse } from './harness.ts';
import { ask, openStage } from './stage.ts';

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function upstream(script: Parameters<typeof startFaultServer>[0]): Promise<FaultServer> {
  const server = await startFaultServer(script);
  closers.push(() => server.close());
  return server;
}

/** A process of its own that runs a script of `child/`; unhandled rejections end it. */
function startChild(script: string, server: FaultServer) {
  const file = fileURLToPath(new URL(`child/${script}`, import.meta.url));
  const child = spawn(process.execPath, ['--unhandled-rejections=strict', '--no-warnings', file, `${server.origin}/v1`]);
  const output: string[] = [];
  child.stdout.on('data', (bytes) => output.push(String(bytes)));
  child.stderr.on('data', (bytes) => output.push(String(bytes)));
  closers.push(async () => void child.kill('SIGKILL'));
  return { child, exited: once(child, 'close'), text: () => output.join('') };
}

describe('a process', () => {
  it('89: waits for calls in backoff, and ends by itself without `close`', async () => {
    const failed = new Set<number>();
    const server = await upstream(async (exchange) => {
      const body = exchange.request.body.toString();
      if (body.includes('fail once') && failed.size === 0) {
        failed.add(exchange.index);
        return exchange.answer(500, { error: { message: 'once' } });
      }
      if (body.includes('"fail"')) return exchange.answer(500, { error: { message: 'always' } });
      return body.includes('"stream":true') ? streamText(exchange, 'one', 'two') : exchange.answer(200, completion('ok'));
    });
    const { exited, text } = startChild('calls.ts', server);
    expect([await exited, text().trim().split('\n')]).toEqual([
      [0, null],
      ['success 1', 'success 1', 'aborted 1', 'success 2', 'error 2', 'done', 'error 2'],
    ]);
  });

  it('88: that is told to end settles the streams in flight and ends', async () => {
    const begun = Promise.withResolvers<void>();
    const server = await upstream(async (exchange) => {
      await exchange.sseHead();
      await exchange.sse(chunk({ content: 'one' }));
      begun.resolve();
    });
    const { child, exited, text } = startChild('terminated.ts', server);
    await begun.promise;
    while (!text().includes('chunk')) await once(child.stdout, 'data');
    child.kill('SIGTERM');
    expect([await exited, text().trim().split('\n').sort()]).toEqual([
      [0, null],
      ['aborted gateway_closed', 'chunk one', 'closed 0 1', 'interrupted'],
    ]);
  });
});

describe('a listener', () => {
  it('81, 82: that throws or rejects disturbs nobody, and is reported', async () => {
    const { gateway, ...stage } = openStage({ a: [{ text: 'ok' }] });
    const reported: unknown[] = [];
    gateway.on('request.start', () => {
      throw new Error('thrown');
    });
    gateway.on('request.start', async () => {
      throw new Error('rejected');
    });
    gateway.on('listener.error', ({ event, error }) => void reported.push([event, (error as Error).message]));
    expect(await ask({ gateway, ...stage })).toBe('ok');
    await settlePromises();
    expect(reported.sort()).toEqual([
      ['request.start', 'rejected'],
      ['request.start', 'thrown'],
    ]);
    expect(stage.events.filter(({ type }) => type === 'request.end')).toHaveLength(1);
  });

  it('83: that is slow does not stand in the way of its own call', async () => {
    const stage = openStage({ a: [{ text: 'ok' }] });
    let inside = false;
    stage.gateway.on('attempt.start', () => {
      inside = true;
      expect(stage.asked).toEqual(['a']);
    });
    expect([await ask(stage), inside]).toEqual(['ok', true]);
  });

  it('84: of an error is not needed', async () => {
    const stage = openStage({ a: [{ fail: 'request-invalid', status: 400 }] });
    expect(await ask(stage)).toMatchObject({ status: 400 });
  });

  it('85: may call the gateway, and may leave while it is called', async () => {
    const stage = openStage({ a: [{ text: 'ok' }] });
    const inner: Promise<unknown>[] = [];
    const listener = () => {
      stage.gateway.off('request.end', listener);
      inner.push(ask(stage));
    };
    stage.gateway.on('request.end', listener);
    expect(await ask(stage)).toBe('ok');
    await settlePromises();
    expect([await Promise.all(inner), stage.asked]).toEqual([['ok'], ['a', 'a']]);
  });

  it('86: cannot change what others get', async () => {
    const stage = openStage({ a: [{ text: 'ok' }] });
    stage.gateway.on('listener.error', ({ error }) => expect(error).toBeInstanceOf(TypeError));
    stage.gateway.on('request.end', (event) => Object.assign(event, { outcome: 'forged' }));
    const outcomes: string[] = [];
    stage.gateway.on('request.end', ({ outcome }) => void outcomes.push(outcome));
    await ask(stage);
    await settlePromises();
    expect(outcomes).toEqual(['success']);
  });

  it('86: cannot change what is charged', async () => {
    const stage = openStage({ a: [{ text: 'ok' }] });
    stage.gateway.on('attempt.end', ({ usage }) => void Object.assign(usage ?? {}, { inputTokens: 0, outputTokens: 0 }));
    const seen: unknown[] = [];
    stage.gateway.on('attempt.end', ({ usage }) => void seen.push(usage));
    const answer = await stage.gateway.chat.completions.create({ model: 'm', messages: [{ role: 'user', content: 'hello' }] });
    await settlePromises();
    expect(seen).toEqual([routeOf(answer)?.usage]);
    expect(routeOf(answer)?.usage?.outputTokens).toBeGreaterThan(0);
  });
});

describe('a call', () => {
  it('80: whose answer is never awaited rejects nowhere else', async () => {
    const stage = openStage({ a: [{ fail: 'request-invalid', status: 400 }] });
    const promise = stage.gateway.chat.completions.create({ model: 'm', messages: [{ role: 'user', content: 'hello' }] });
    await expect(promise).rejects.toMatchObject({ status: 400 });
    const stream = await openStage({ a: [{ pieces: ['one', { cut: 'transient' }] }] }).gateway.chat.completions.create({
      model: 'm',
      messages: [{ role: 'user', content: 'hello' }],
      stream: true,
    });
    await settlePromises();
    expect(stream).toBeDefined();
  });

  it('90: that failed is known by its code, whichever copy of the library threw it', () => {
    const foreign = Object.assign(new Error('from another copy'), { code: 'failover_exhausted', attempts: [] });
    expect([isFailoverExhausted(foreign), isFailoverExhausted(new Error('other'))]).toEqual([true, false]);
  });

  it('91: among a thousand at once uses no more sockets than its deployment allows', { timeout: 60_000 }, async () => {
    const house = await openHouse({
      first: healthy,
      alone: true,
      firstDeployment: { maxConcurrent: 16, queue: { size: 5_000, maxWaitMs: 60_000 } },
    });
    closers.push(() => house.close());
    const results = await Promise.all(Array.from({ length: 1_000 }, () => callOnce(house, false)));
    expect(results.filter(({ error }) => error !== undefined)).toEqual([]);
    expect(house.server.connections).toBeLessThanOrEqual(32);
    expect(await house.balance()).toMatchObject({ reserved: { requests: 0 } });
  });
});
