import { type GatewayConfig, routeOf, UnpricedModelError } from 'tollgate';
import { describe, expect, it } from 'vitest';
import { failureOf, gatewayOf, messages, upstream } from '../public/harness.ts';
import { frame } from '../support/event-frames.ts';
import type { FaultExchange } from '../support/fault-server.ts';
import { answerOf, eventsOf } from '../usage/answers.ts';

const MODELS: Readonly<Record<string, string>> = {
  openai: 'gpt-5',
  groq: 'llama-3.3-70b-versatile',
  anthropic: 'claude-opus-5',
  google: 'gemini-2.5-flash',
  vertex: 'gemini-2.5-flash',
  bedrock: 'amazon.nova-pro-v1:0',
};

/** 1,000 tokens in and 200 out, and the tier that served, where the wire tells it. */
function usageOf(wire: string, tier: string | undefined): object {
  switch (wire) {
    case 'anthropic':
      return { input_tokens: 1_000, output_tokens: 200, service_tier: tier };
    case 'google':
      return { promptTokenCount: 1_000, candidatesTokenCount: 200, totalTokenCount: 1_200, serviceTier: tier };
    case 'vertex':
      return { promptTokenCount: 1_000, candidatesTokenCount: 200, totalTokenCount: 1_200, trafficType: tier };
    case 'bedrock':
      return { inputTokens: 1_000, outputTokens: 200, totalTokens: 1_200 };
    default:
      return { prompt_tokens: 1_000, completion_tokens: 200, total_tokens: 1_200 };
  }
}

function bytesOf(wire: string, tier: string | undefined, streamed: boolean): { body: string | Uint8Array; type: string } {
  const usage = usageOf(wire, tier);
  const beside =
    wire === 'bedrock' ? { serviceTier: { type: tier } } : wire === 'openai' || wire === 'groq' ? { service_tier: tier } : {};
  if (!streamed) return { body: JSON.stringify({ ...answerOf(wire, usage), ...beside }), type: 'application/json' };
  const events = eventsOf(wire, { usage }).map((event) =>
    typeof event === 'string' ? event : { ...(event as object), ...(wire === 'bedrock' ? {} : beside) },
  );
  if (wire === 'bedrock') {
    const frames = events.map((event) => {
      const [name = '', payload = {}] = Object.entries(event as object)[0] ?? [];
      return frame(
        { ':message-type': 'event', ':event-type': name },
        JSON.stringify(name === 'metadata' ? { ...(payload as object), ...beside } : payload),
      );
    });
    return { body: Buffer.concat(frames), type: 'application/vnd.amazon.eventstream' };
  }
  return {
    body: events.map((event) => `data: ${typeof event === 'string' ? event : JSON.stringify(event)}\n\n`).join(''),
    type: 'text/event-stream',
  };
}

const budgets = [{ name: 'b', limit: { usd: 10 }, window: 'month' }] as const;

async function gatewayAt(wire: string, answer: (exchange: FaultExchange) => unknown) {
  const server = await upstream(answer);
  const place = { apiKey: 'k', baseURL: server.origin, region: 'us-east-1', project: 'p' };
  const providers = { [wire]: { type: wire, ...place } } as unknown as GatewayConfig['providers'];
  return {
    server,
    gateway: gatewayOf({
      providers,
      models: { m: [`${wire}/${MODELS[wire]}`] },
      budgets: [...budgets],
      retry: { maxAttempts: 1 },
    }),
  };
}

/** What a call costs, and what its budget was charged. */
async function charged(wire: string, tier: string | undefined, asked: string | undefined, streamed: boolean) {
  const { gateway } = await gatewayAt(wire, async (exchange) => {
    const { body, type } = bytesOf(wire, tier, streamed);
    await exchange.answer(200, body, { 'content-type': type });
  });
  const params = { model: 'm', messages, max_tokens: 1_000, ...(asked && { service_tier: asked as never }) };
  const result = streamed
    ? await gateway.chat.completions.create({ ...params, stream: true })
    : await gateway.chat.completions.create(params);
  if (Symbol.asyncIterator in result) for await (const _ of result);
  const spent = (await gateway.control.budgets())[0]?.spent.usd ?? 0;
  return { costUsd: routeOf(result)?.costUsd, spent };
}

/** Answered, asked, and how often the standard price is charged. */
const ANSWERED: readonly (readonly [string, string | undefined, string | undefined, number | 'held'])[] = [
  ['openai', 'priority', 'auto', 2],
  ['openai', 'priority', undefined, 2],
  ['openai', 'default', 'priority', 1],
  ['openai', undefined, 'priority', 2],
  ['openai', 'flex', 'flex', 1],
  ['groq', 'performance', 'auto', 'held'],
  ['groq', 'on_demand', undefined, 1],
  ['anthropic', 'priority', undefined, 1],
  ['anthropic', 'standard', undefined, 1],
  ['anthropic', 'of_tomorrow', undefined, 'held'],
  ['google', 'priority', undefined, 2],
  ['google', 'standard', 'priority', 1],
  ['google', 'of_tomorrow', undefined, 'held'],
  ['vertex', 'ON_DEMAND', undefined, 1],
  ['vertex', 'PROVISIONED_THROUGHPUT', undefined, 1],
  ['vertex', 'ON_DEMAND_OFFPEAK', undefined, 1],
  ['vertex', 'ON_DEMAND_FLEX', undefined, 1],
  ['vertex', 'ON_DEMAND_PRIORITY', undefined, 'held'],
  ['vertex', 'ON_DEMAND_TOMORROW', undefined, 'held'],
  ['bedrock', 'reserved', 'reserved', 1],
  ['bedrock', 'default', undefined, 1],
  ['bedrock', 'flex', 'flex', 1],
  ['bedrock', 'priority', undefined, 'held'],
  ['bedrock', 'of_tomorrow', undefined, 'held'],
];

describe.each([false, true])('the tier that served, streamed: %s,', (streamed) => {
  it.each(ANSWERED)('%s: answered %s to %s costs %s times the standard price', async (wire, tier, asked, times) => {
    const standard = await charged(wire, undefined, undefined, streamed);
    const found = await charged(wire, tier, asked, streamed);
    expect(standard.costUsd).toBeGreaterThan(0);
    expect(standard.spent).toBeCloseTo(standard.costUsd ?? 0, 9);
    if (times === 'held') {
      expect(found.costUsd).toBeUndefined();
      expect(found.spent).toBeGreaterThan(standard.spent);
    } else {
      expect(found.costUsd).toBeCloseTo(times * (standard.costUsd ?? 0), 8);
      expect(found.spent).toBeCloseTo(times * standard.spent, 8);
    }
  });
});

it.each([
  ['groq', 'performance'],
  ['bedrock', 'priority'],
  ['openai', 'ultrafast'],
])('%s: %s, whose price nobody knows, is refused before it is sent', async (wire, tier) => {
  const { gateway, server } = await gatewayAt(wire, (exchange) => exchange.answer(500, {}));
  const params = { model: 'm', messages, service_tier: tier as never };
  const error = await failureOf(gateway.chat.completions.create(params));
  expect(error).toBeInstanceOf(UnpricedModelError);
  expect((error as Error).message).toContain(`no price is known for it with service_tier '${tier}'`);
  expect(server.requests).toEqual([]);
});
