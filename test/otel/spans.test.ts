import { context, INVALID_SPAN_CONTEXT, propagation, ROOT_CONTEXT, SpanKind, type Tracer, trace } from '@opentelemetry/api';
import type { Gateway, GatewayConfig } from 'tollgate';
import { propagateTrace } from 'tollgate/otel';
import { describe, expect, it } from 'vitest';
import { ask, closeAfterTest, gatewayOf, messages, providersAt, until, upstream } from '../public/harness.ts';
import { completion, streamText } from '../support/chat-upstream.ts';
import type { FaultServer } from '../support/fault-server.ts';
import { TestClock } from '../support/test-clock.ts';
import { Telemetry } from './observer.ts';

const PRICES = { 'one/m': { input: 1, output: 2 }, 'two/m': { input: 1, output: 2 } };

function gatewayAt(server: FaultServer, more: Partial<GatewayConfig> = {}): Gateway {
  return gatewayOf({ providers: providersAt(server, 'one', 'two'), models: { m: ['one/m'] }, prices: PRICES, ...more });
}

describe('the span of a call', () => {
  it('has the facts of the conventions', async () => {
    const server = await upstream((exchange) =>
      exchange.answer(
        200,
        completion('hi', {
          usage: {
            prompt_tokens: 30,
            completion_tokens: 5,
            total_tokens: 35,
            prompt_tokens_details: { cached_tokens: 20 },
            completion_tokens_details: { reasoning_tokens: 3 },
          },
        }),
      ),
    );
    const gateway = gatewayAt(server);
    const telemetry = new Telemetry(gateway);
    await ask(gateway.for({ team: 'search' }), 'm');
    const [call, attempt] = telemetry.spans;
    const port = Number(new URL(server.origin).port);
    expect(call).toMatchObject({ name: 'chat m', kind: SpanKind.CLIENT, status: { code: 0 } });
    expect(call?.attributes).toMatchObject({
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'openai-compatible',
      'gen_ai.request.model': 'm',
      'gen_ai.response.model': 'm',
      'gen_ai.response.finish_reasons': ['stop'],
      'gen_ai.usage.input_tokens': 30,
      'gen_ai.usage.output_tokens': 5,
      'gen_ai.usage.cache_read.input_tokens': 20,
      'gen_ai.usage.reasoning.output_tokens': 3,
      'server.address': '127.0.0.1',
      'server.port': port,
      'tollgate.caller.team': 'search',
      'tollgate.deployment': 'one/m',
      'tollgate.attempts': 1,
      'tollgate.outcome': 'success',
    });
    expect(attempt?.parentSpanContext?.spanId).toBe(call?.spanContext().spanId);
    expect(attempt?.attributes).toMatchObject({ 'tollgate.deployment': 'one/m', 'server.address': '127.0.0.1' });
  });

  it('lasts as long as the call on its clock', async () => {
    const clock = new TestClock();
    const server = await upstream((exchange) => {
      clock.advance(250);
      return exchange.answer(200, completion('hi'));
    });
    const gateway = gatewayAt(server, { clock });
    const telemetry = new Telemetry(gateway);
    await ask(gateway, 'm');
    expect(telemetry.spans.map(({ duration }) => duration)).toEqual([
      [0, 250_000_000],
      [0, 250_000_000],
    ]);
  });

  it('is the parent of the call by which a guard asks a model about it', async () => {
    const server = await upstream((exchange) => exchange.answer(200, completion('{"flagged": false, "kinds": []}')));
    const gateway = gatewayAt(server, {
      models: { m: ['one/m'], judge: ['two/m'] },
      guards: [{ name: 'policy', on: 'input', mode: 'block', use: 'model', model: 'judge' }],
    });
    const telemetry = new Telemetry(gateway);
    const around = telemetry.tracer.startSpan('around');
    await context.with(trace.setSpan(ROOT_CONTEXT, around), () => ask(gateway, 'm'));
    const [call, question] = ['chat m', 'chat judge'].map((name) => telemetry.spans.find((span) => span.name === name));
    expect(call?.parentSpanContext?.spanId).toBe(around.spanContext().spanId);
    expect(question?.parentSpanContext?.spanId).toBe(call?.spanContext().spanId);
  });

  it("has the caller's span as its parent, through a failover, a retry and a queue", async () => {
    const server = await upstream((exchange) => {
      if (exchange.index < 3) return exchange.answer(500, { error: { message: 'no' } });
      return exchange.answer(200, completion('hi'));
    });
    const gateway = gatewayAt(server, {
      models: { m: ['one', 'two'].map((provider) => ({ provider, model: 'm', maxConcurrent: 1 })) },
      retry: { minDelayMs: 1, maxDelayMs: 1 },
    });
    const telemetry = new Telemetry(gateway);
    const callers = ['a', 'b', 'c'].map((name) => telemetry.tracer.startSpan(name));
    await Promise.allSettled(callers.map((span) => context.with(trace.setSpan(ROOT_CONTEXT, span), () => ask(gateway, 'm'))));
    const calls = telemetry.spans.filter(({ kind }) => kind === SpanKind.CLIENT);
    expect(calls.map(({ parentSpanContext }) => parentSpanContext?.spanId)).toEqual(
      callers.map((span) => span.spanContext().spanId),
    );
    const attempts = telemetry.spans.filter(({ name }) => name.startsWith('attempt'));
    expect(attempts.length).toBeGreaterThan(3);
    const ids = calls.map((span) => span.spanContext().spanId);
    expect(attempts.every(({ parentSpanContext }) => ids.includes(parentSpanContext?.spanId ?? ''))).toBe(true);
  });

  it.each([
    ['parent', { traceId: '0af7651916cd43dd8448eb211c80319c', links: 0 }],
    ['link', { traceId: undefined, links: 1 }],
  ] as const)('has a remote span as its %s where asked', async (remoteParent, { traceId, links }) => {
    const gateway = gatewayAt(await upstream());
    const telemetry = new Telemetry(gateway, { remoteParent });
    const remote = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', traceFlags: 1, isRemote: true };
    await context.with(trace.setSpanContext(ROOT_CONTEXT, remote), () => ask(gateway, 'm'));
    const [call] = telemetry.spans;
    expect(call?.links).toHaveLength(links);
    expect(call?.spanContext().traceId === traceId).toBe(traceId !== undefined);
  });

  it('that nobody samples has none below it, and its call is in the metrics', async () => {
    const gateway = gatewayAt(await upstream());
    const names: string[] = [];
    const tracer = {
      startSpan(name: string) {
        names.push(name);
        return trace.wrapSpanContext(INVALID_SPAN_CONTEXT);
      },
    } as unknown as Tracer;
    const telemetry = new Telemetry(gateway, { tracer });
    await ask(gateway, 'm');
    expect(names).toEqual(['chat m']);
    expect((await telemetry.metrics()).has('gen_ai.client.operation.duration')).toBe(true);
  });

  it('ends for a stream when the stream does', async () => {
    const gateway = gatewayAt(await upstream((exchange) => streamText(exchange, 'a', 'b')));
    const telemetry = new Telemetry(gateway);
    const stream = await gateway.chat.completions.create({ model: 'm', messages, stream: true });
    expect(telemetry.spans).toEqual([]);
    for await (const _ of stream);
    await until(() => telemetry.spans.length === 2);
    expect(telemetry.spans[0]?.attributes['gen_ai.request.stream']).toBe(true);
  });

  it('is of the gateway that was instrumented alone, and of its clones', async () => {
    const server = await upstream();
    const [seen, unseen] = [gatewayAt(server), gatewayAt(server)];
    const telemetry = new Telemetry(seen);
    await ask(unseen, 'm');
    await ask(seen.for({ team: 'a' }), 'm');
    expect(telemetry.spans).toHaveLength(2);
  });

  it('is none after the undoing, but of a call that was under way', async () => {
    const server = await upstream((exchange) =>
      exchange.index === 0 ? streamText(exchange, 'a') : exchange.answer(200, completion('b')),
    );
    const gateway = gatewayAt(server);
    const telemetry = new Telemetry(gateway);
    const stream = await gateway.chat.completions.create({ model: 'm', messages, stream: true });
    telemetry.undo();
    await ask(gateway, 'm');
    for await (const _ of stream);
    await until(() => telemetry.spans.length > 0);
    expect(telemetry.spans.map(({ name }) => name)).toEqual(['chat m', 'attempt one/m']);
  });
});

describe('a tracer that throws', () => {
  it.each(['startSpan', 'end'])('in %s disturbs no call', async (where) => {
    const broken = () => {
      throw new Error('broken');
    };
    const span = {
      addEvent: () => span,
      setAttribute: () => span,
      setAttributes: () => span,
      setStatus: () => span,
      end: broken,
    };
    const tracer = { startSpan: where === 'startSpan' ? broken : () => span } as unknown as Tracer;
    const gateway = gatewayAt(await upstream());
    const telemetry = new Telemetry(gateway, { tracer });
    expect(await ask(gateway, 'm')).toBe('/one/v1/chat/completions m');
    await until(() => true);
    expect(telemetry.spans).toEqual([]);
  });
});

describe('propagateTrace', () => {
  it('sends the span of each attempt upstream', async () => {
    propagation.setGlobalPropagator({
      inject: (within, carrier, setter) => setter.set(carrier, 'traceparent', trace.getSpanContext(within)?.spanId ?? 'none'),
      extract: (within) => within,
      fields: () => ['traceparent'],
    });
    closeAfterTest(async () => propagation.disable());
    const server = await upstream((exchange) =>
      exchange.index === 0 ? exchange.answer(500, {}) : exchange.answer(200, completion('hi')),
    );
    const providers = Object.fromEntries(
      Object.entries(providersAt(server, 'one', 'two') ?? {}).map(([name, one]) => [
        name,
        { ...(one as object), middleware: [propagateTrace()] },
      ]),
    ) as GatewayConfig['providers'];
    const gateway = gatewayAt(server, { providers, models: { m: ['one/m', 'two/m'] } });
    const telemetry = new Telemetry(gateway);
    await ask(gateway, 'm');
    const attempts = telemetry.spans.filter(({ name }) => name.startsWith('attempt'));
    const sent = server.requests.map(({ headers }) => headers.get('traceparent'));
    expect(sent).toEqual(attempts.map((span) => span.spanContext().spanId));
    telemetry.undo();
    await ask(gateway, 'm');
    expect(server.requests.at(-1)?.headers.has('traceparent')).toBe(false);
  });
});
