import type { DataPoint, Histogram, MetricData } from '@opentelemetry/sdk-metrics';
import { describe, expect, it } from 'vitest';
import { ANSWER_USD, stage } from '../budgets/stage.ts';
import { messages } from '../public/harness.ts';
import { chunk, usageChunk } from '../support/chat-upstream.ts';
import { budgetsAndCalls, SECONDS, TOKENS } from './metric-stage.ts';
import { Telemetry } from './observer.ts';

const pointsOf = (metric: MetricData | undefined) => (metric?.dataPoints ?? []) as DataPoint<number>[];
const histogramsOf = (metric: MetricData | undefined) => (metric?.dataPoints ?? []) as DataPoint<Histogram>[];

describe('metrics', () => {
  it('have the boundaries that the conventions recommend', async () => {
    const { call, metrics } = await budgetsAndCalls();
    await call('m');
    const found = await metrics();
    expect(histogramsOf(found.get('gen_ai.client.operation.duration'))[0]?.value.buckets.boundaries).toEqual(SECONDS);
    expect(histogramsOf(found.get('gen_ai.client.token.usage'))[0]?.value.buckets.boundaries).toEqual(TOKENS);
    expect(found.get('gen_ai.client.operation.duration')?.descriptor.unit).toBe('s');
  });

  it('count tokens by type and money by dollars', async () => {
    const { call, metrics } = await budgetsAndCalls();
    await call('m');
    const found = await metrics();
    const tokens = histogramsOf(found.get('gen_ai.client.token.usage'));
    expect(tokens.map(({ attributes, value }) => [attributes['gen_ai.token.type'], value.sum])).toEqual([
      ['input', 10],
      ['output', 5],
    ]);
    expect(pointsOf(found.get('tollgate.cost')).map(({ value }) => value)).toEqual([0.000_02]);
  });

  it('have the names of the newest draft where asked', async () => {
    const { call, metrics } = await budgetsAndCalls({ semconv: 'latest' });
    await call('m');
    const found = await metrics();
    expect([...found.keys()].filter((name) => name.startsWith('gen_ai'))).toEqual([
      'gen_ai.client.inference.duration',
      'gen_ai.client.inference.usage.input_tokens',
      'gen_ai.client.inference.usage.output_tokens',
      'gen_ai.client.inference.operation.input_tokens',
      'gen_ai.client.inference.operation.output_tokens',
    ]);
    expect(pointsOf(found.get('gen_ai.client.inference.usage.input_tokens')).map(({ value }) => value)).toEqual([10]);
  });

  it('have no series for names that callers think of', async () => {
    const { call, metrics } = await budgetsAndCalls();
    for (let name = 0; name < 20; name += 1) await call(`made-up-${name}`, `user-${name}`);
    const [refusals, ...more] = pointsOf((await metrics()).get('tollgate.refusals'));
    expect(more).toEqual([]);
    expect(refusals).toMatchObject({
      value: 20,
      attributes: { 'gen_ai.request.model': '_OTHER', 'error.type': 'model_not_found' },
    });
  });

  it('have every call, however many are told together', async () => {
    const { call, metrics } = await budgetsAndCalls();
    for (let made = 0; made < 70; made += 1) await call('m');
    const found = await metrics();
    expect(histogramsOf(found.get('gen_ai.client.operation.duration')).map(({ value }) => value.count)).toEqual([70]);
    expect(histogramsOf(found.get('gen_ai.client.token.usage')).map(({ value }) => value.sum)).toEqual([700, 350]);
  });

  it('have at most so many names of models', async () => {
    const { call, metrics } = await budgetsAndCalls({ maxNames: 2 });
    for (let name = 0; name < 5; name += 1) await call(`one/undeclared-${name}`);
    const durations = (await metrics()).get('gen_ai.client.operation.duration')?.dataPoints ?? [];
    const models = new Set(durations.map(({ attributes }) => attributes['gen_ai.request.model']));
    expect(models.size).toBe(3);
    expect(models).toContain('_OTHER');
  });

  it('have the callers that were asked for and no others', async () => {
    const { call, metrics } = await budgetsAndCalls({ dimensions: ['team'] });
    await call('m', 'u1');
    const [duration] = (await metrics()).get('gen_ai.client.operation.duration')?.dataPoints ?? [];
    expect(duration?.attributes).toMatchObject({ 'tollgate.caller.team': 'search' });
    expect(JSON.stringify(duration)).not.toContain('u1');
  });

  it('tell what is left of budgets and what is in flight when they are read', async () => {
    const { call, metrics } = await budgetsAndCalls({ dimensions: ['team'] });
    await call('m', 'u1');
    const found = await metrics();
    const left = pointsOf(found.get('tollgate.budget.remaining')).map(({ attributes, value }) => [attributes, value]);
    expect(left).toEqual([
      [{ 'tollgate.budget': 'all', unit: 'requests' }, 99],
      [{ 'tollgate.budget': 'teams', unit: 'requests', 'tollgate.caller.team': 'search' }, 49],
    ]);
    expect(pointsOf(found.get('tollgate.deployment.in_flight')).map(({ value }) => value)).toEqual([0]);
  });

  it("tell the gateway's own time apart from attempts and waits", async () => {
    const { call, metrics } = await budgetsAndCalls({}, { attemptMs: 400, failFirst: true });
    await call('m');
    const [overhead] = histogramsOf((await metrics()).get('tollgate.overhead'));
    // On a clock that moves in attempts and waits alone, what is left is nothing.
    expect(overhead?.value).toMatchObject({ count: 1, sum: 0 });
  });

  it('add up counters between two collections, and lose nothing when they are undone', async () => {
    const { gateway } = await stage({});
    const telemetry = new Telemetry(gateway);
    const cost = async () => pointsOf((await telemetry.metrics()).get('tollgate.cost')).map(({ value }) => value);
    const attempts = async () => pointsOf((await telemetry.metrics()).get('tollgate.attempts')).map(({ value }) => value);
    const ask = () => gateway.chat.completions.create({ model: 'm', messages });
    await Promise.all([ask(), ask()]);
    expect(await attempts()).toEqual([2]);
    await ask();
    telemetry.undo();
    expect(await attempts()).toEqual([3]);
    expect((await cost())[0]).toBeCloseTo(3 * ANSWER_USD, 12);
  });

  it('time each item of a stream after the first', async () => {
    const { gateway } = await stage({}, async (exchange) => {
      await exchange.sseHead();
      for (const text of ['a', 'b', 'c']) await exchange.sse(chunk({ role: 'assistant', content: text }));
      await exchange.sse(chunk({}, 'stop'), usageChunk(), '[DONE]');
      await exchange.lastChunk();
    });
    const telemetry = new Telemetry(gateway);
    const params = { model: 'm', messages, stream: true as const, stream_options: { include_usage: true } };
    for await (const _ of await gateway.chat.completions.create(params));
    const [point] = histogramsOf((await telemetry.metrics()).get('gen_ai.client.operation.time_per_output_chunk'));
    expect(point?.value).toMatchObject({ count: 4, sum: 0 });
    expect(point?.attributes).toMatchObject({ 'gen_ai.provider.name': 'openai-compatible', 'gen_ai.request.model': 'm' });
  });

  it('tell what the cache answered apart, and count no tokens for it', async () => {
    const { gateway } = await stage({ cache: { ttl: '1h', scope: 'shared' } });
    const telemetry = new Telemetry(gateway);
    for (let call = 0; call < 3; call += 1) await gateway.chat.completions.create({ model: 'm', messages });
    const found = await telemetry.metrics();
    const durations = histogramsOf(found.get('gen_ai.client.operation.duration'));
    expect(durations.map(({ attributes, value }) => [attributes['tollgate.cache'], value.count])).toEqual([
      ['miss', 1],
      ['hit', 2],
    ]);
    expect(histogramsOf(found.get('gen_ai.client.token.usage')).map(({ value }) => value.count)).toEqual([1, 1]);
  });
});
