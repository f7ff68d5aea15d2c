import { AsyncLocalStorage } from 'node:async_hooks';
import { channel } from 'node:diagnostics_channel';
import { inspect } from 'node:util';
import type { RequestMessage } from 'tollgate';
import { describe, expect, it } from 'vitest';
import { logLines, type Published, subscribe, Telemetry } from '../otel/observer.ts';
import { ask, closeAfterTest, gatewayOf, messages, providersAt, recordingProvider, upstream } from '../public/harness.ts';
import { completion, streamText } from '../support/chat-upstream.ts';
import { settlePromises } from '../support/test-clock.ts';

async function staged(script?: Parameters<typeof upstream>[0]) {
  const server = await upstream(script);
  return gatewayOf({
    providers: providersAt(server, 'one'),
    models: { m: ['one/m'] },
    prices: { 'one/m': { input: 1, output: 2 } },
  });
}

function published(): Published[] {
  const seen: Published[] = [];
  subscribe((one) => seen.push(one));
  return seen;
}

describe('the tracing channels', () => {
  it('give one message through the life of a call, with the facts of its end at the end', async () => {
    const gateway = await staged();
    const seen = published();
    await ask(gateway.for({ team: 'a' }), 'm');
    const messagesOf = (subject: string) =>
      new Set(seen.filter(({ name }) => name.startsWith(subject)).map(({ message }) => message));
    expect(messagesOf('request').size).toBe(1);
    expect(messagesOf('attempt').size).toBe(1);
    const [request] = messagesOf('request');
    const [attempt] = messagesOf('attempt');
    expect(request).toMatchObject({
      ...{ gatewayId: gateway.gatewayId, model: 'm', operation: 'chat', stream: false, caller: { team: 'a' } },
      ...{ outcome: 'success', deployment: 'one/m', attempts: 1, costUsd: 0.000_02, finishReason: 'stop' },
      usage: { inputTokens: 10, outputTokens: 5 },
    });
    expect(attempt).toMatchObject({ request, attempt: 1, deployment: 'one/m', vendor: 'openai-compatible', costUsd: 0.000_02 });
  });

  it('say how a call ends only when it has, also for a stream', async () => {
    const gateway = await staged((exchange) => streamText(exchange, 'a', 'b'));
    const seen = published();
    const stream = await gateway.chat.completions.create({ model: 'm', messages, stream: true });
    expect(seen.map(({ name }) => name)).not.toContain('request.asyncEnd');
    const [{ message } = {}] = seen;
    expect(message).not.toHaveProperty('outcome');
    for await (const _ of stream);
    expect(seen.at(-1)).toEqual({ name: 'request.asyncEnd', message });
    expect(message).toMatchObject({ outcome: 'success', chunks: 5 });
  });

  it('bind a store for all that runs in the call and in its attempts', async () => {
    const inCall = new AsyncLocalStorage<string>();
    const inAttempt = new AsyncLocalStorage<number>();
    const bind = <T>(name: string, store: AsyncLocalStorage<T>, from: (message: RequestMessage & { attempt: number }) => T) => {
      channel(name).bindStore(store, (message) => from(message as RequestMessage & { attempt: number }));
      closeAfterTest(async () => void channel(name).unbindStore(store));
    };
    bind('tracing:tollgate:request:start', inCall, ({ model }) => model);
    bind('tracing:tollgate:attempt:start', inAttempt, ({ attempt }) => attempt);
    const seen: unknown[] = [];
    const provider = recordingProvider('own', () => {
      seen.push([inCall.getStore(), inAttempt.getStore()]);
      if (seen.length === 1) throw new Error('no');
      return completion('hi');
    });
    const gateway = gatewayOf({ providers: { own: { provider } }, models: { m: ['own/a', 'own/b'] } } as never);
    await ask(gateway, 'm');
    expect(seen).toEqual([
      ['m', 1],
      ['m', 2],
    ]);
    expect(inCall.getStore()).toBeUndefined();
  });

  it('tell nothing of a call that began before anybody subscribed', async () => {
    const gateway = await staged((exchange) => streamText(exchange, 'a'));
    const stream = await gateway.chat.completions.create({ model: 'm', messages, stream: true });
    const seen = published();
    for await (const _ of stream);
    expect(seen).toEqual([]);
  });

  it('end the messages of a call whose subscribers have left, and keep nothing of it', async () => {
    const gateway = await staged((exchange) => streamText(exchange, 'a'));
    const seen: Published[] = [];
    const unsubscribe = subscribe((one) => seen.push(one));
    const stream = await gateway.chat.completions.create({ model: 'm', messages, stream: true });
    unsubscribe();
    for await (const _ of stream);
    expect(seen.map(({ name }) => name)).not.toContain('request.asyncEnd');
    expect(seen[0]?.message).toMatchObject({ outcome: 'success' });
  });

  it('tell a request that never became a call', async () => {
    const gateway = await staged();
    const seen = published();
    await ask(gateway, 'nobody').catch(() => undefined);
    expect(seen.map(({ name }) => name)).toEqual(
      ['start', 'end', 'error', 'asyncStart', 'asyncEnd'].map((phase) => `request.${phase}`),
    );
    expect(seen[0]?.message).toMatchObject({ outcome: 'error', error: { code: 'model_not_found', status: 404 } });
  });

  it.each([200, 400, 500])('have no content where events have it, after a %i', async (status) => {
    const secret = 'walrus umbrella sonata';
    const server = await upstream((exchange) =>
      exchange.answer(status, status === 200 ? completion(secret) : { error: { message: `you said ${secret}`, code: null } }),
    );
    const gateway = gatewayOf({
      providers: providersAt(server, 'one'),
      models: { m: ['one/m'] },
      retry: { maxAttempts: 1 },
      captureContent: true,
    });
    const told: unknown[] = [];
    gateway.on('request.start', (event) => told.push(event));
    const seen = published();
    const lines = logLines(gateway);
    const telemetry = new Telemetry(gateway);
    await gateway.chat.completions.create({ model: 'm', messages: [{ role: 'user', content: secret }] }).catch(() => undefined);
    await settlePromises();
    const all = {
      seen,
      lines,
      spans: telemetry.spans.map(({ attributes, events, status: how }) => ({ attributes, events, how })),
    };
    expect(inspect(told, { depth: 9 })).toContain(secret);
    expect(seen.length).toBeGreaterThan(5);
    expect(lines).toHaveLength(1);
    expect(inspect([all, await telemetry.metrics()], { depth: 12, maxStringLength: null })).not.toContain(secret);
  });
});
