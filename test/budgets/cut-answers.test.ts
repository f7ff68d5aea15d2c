import { brotliCompressSync, gzipSync } from 'node:zlib';
import { type GatewayConfig, routeOf } from 'tollgate';
import { describe, expect, it } from 'vitest';
import { closedJson } from '../../src/providers/closed-json.ts';
import { failureOf, messages, until } from '../public/harness.ts';
import { completion } from '../support/chat-upstream.ts';
import type { FaultExchange } from '../support/fault-server.ts';
import { answerOf } from '../usage/answers.ts';
import { eventsOf, stage } from './stage.ts';

const TEXT = 'a long answer, as no host gives it for nothing. '.repeat(20);
const JSON_TYPE = { 'content-type': 'application/json' };
const budgets = [{ name: 'b', limit: { requests: 100, tokens: 1_000_000, usd: 10 }, window: 'month' }] as const;

/** What the wire's own usage says of 1,000 tokens in and 300 out. */
const TOLD: Readonly<Record<string, unknown>> = {
  anthropic: { input_tokens: 1_000, output_tokens: 300 },
  google: { promptTokenCount: 1_000, candidatesTokenCount: 300, totalTokenCount: 1_300 },
  bedrock: { inputTokens: 1_000, outputTokens: 300, totalTokens: 1_300 },
  cohere: { tokens: { input_tokens: 1_000, output_tokens: 300 } },
  'openai-compatible': { prompt_tokens: 1_000, completion_tokens: 300, total_tokens: 1_300 },
};
const MODELS: Readonly<Record<string, string>> = {
  anthropic: 'claude-sonnet-4-5',
  google: 'gemini-2.5-flash',
  bedrock: 'anthropic.claude-sonnet-4-6',
  cohere: 'command-a-03-2025',
  'openai-compatible': 'any',
};
const WIRES = Object.keys(TOLD);

async function cutting(wire: string, answer: (exchange: FaultExchange) => unknown, more: Partial<GatewayConfig> = {}) {
  const { server } = await stage({}, answer);
  const id = `w/${MODELS[wire]}`;
  return stage({
    providers: { w: { type: wire, apiKey: 'k', baseURL: server.origin, region: 'us-east-1' } as never },
    models: { m: [id] },
    prices: { [id]: { input: 1, output: 2 } },
    budgets: [...budgets],
    retry: { maxAttempts: 1 },
    ...more,
  });
}

const asks = (gateway: Awaited<ReturnType<typeof stage>>['gateway'], more: object = {}) =>
  gateway.chat.completions.create({ model: 'm', messages, ...more });

describe.each(WIRES)('a 200 over %s whose JSON is cut, and no length says so,', (wire) => {
  it('costs its input and the text that came, and is no valid answer', async () => {
    const body = JSON.stringify(answerOf(wire, TOLD[wire], TEXT));
    const { gateway, budget } = await cutting(wire, (exchange) =>
      exchange.answer(200, body.slice(0, body.indexOf('nothing. a long') + 400)),
    );
    const ends = eventsOf(gateway, 'attempt.end');
    const error = await failureOf(asks(gateway));
    expect(error).toMatchObject({ attempts: [{ failure: { kind: 'invalid-response' } }] });
    expect(String((error as Error).message)).not.toContain('long answer');
    expect(JSON.stringify(ends)).not.toContain('long answer');
    const { spent, reserved } = await budget();
    expect(reserved).toEqual({ requests: 0, tokens: 0, usd: 0 });
    expect(spent.requests).toBe(1);
    // About 400 letters came: 60 tokens of them at least.
    expect(spent.tokens).toBeGreaterThan(60);
    expect(spent.usd).toBeGreaterThan(60 * 2e-6);
    // Bedrock's and Anthropic's answers are known as such without their end; nobody's costs what it was allowed to become.
    expect(spent.tokens).toBeLessThan(1_000);
  });

  it('costs what it reported if that came', async () => {
    const body = JSON.stringify(answerOf(wire, TOLD[wire], TEXT));
    const whole = answerOf(wire, TOLD[wire], TEXT);
    const usageLast = JSON.stringify({ ...whole, zz: 'cut' });
    expect(usageLast.length).toBeGreaterThan(body.length);
    const { gateway, budget } = await cutting(wire, (exchange) => exchange.answer(200, usageLast.slice(0, -4)));
    await failureOf(asks(gateway));
    const { spent } = await budget();
    expect(spent).toMatchObject({ requests: 1, tokens: 1_300 });
    expect(spent.usd).toBeCloseTo(1_000e-6 + 600e-6, 12);
  });

  it('costs no less the more of it came', async () => {
    const body = JSON.stringify(answerOf(wire, TOLD[wire], TEXT));
    const from = body.lastIndexOf('nothing.');
    let at = from;
    const { gateway } = await cutting(wire, (exchange) => exchange.answer(200, body.slice(0, at)), { budgets: [] });
    const ends = eventsOf(gateway, 'attempt.end');
    for (; at < body.length; at += 2) await failureOf(asks(gateway));
    await until(() => ends.length === Math.ceil((body.length - from) / 2));
    const costs = ends.map(({ costUsd = 0 }) => costUsd);
    expect(costs[0]).toBeGreaterThan(60 * 2e-6);
    expect(costs).toEqual(costs.toSorted((a, b) => a - b));
  });

  it('never costs nothing, wherever it is cut', async () => {
    const body = JSON.stringify(answerOf(wire, TOLD[wire], 'It is "12" \\ \u{1F600} degrees.'));
    let at = 1;
    const { gateway, budget } = await cutting(wire, (exchange) => exchange.answer(200, body.slice(0, at)));
    let before = 0;
    for (; at < body.length; at += 3) {
      const error = await failureOf(asks(gateway));
      const { spent } = await budget();
      expect([at, (spent.usd ?? 0) > before, (error as { attempts?: unknown[] }).attempts?.length]).toEqual([at, true, 1]);
      before = spent.usd ?? 0;
    }
  });
});

describe('a whole answer that broke off', () => {
  const body = JSON.stringify(completion(TEXT));
  const half = body.slice(0, 500);
  // Hardly to be compressed, so that a cut at the end leaves the most of it.
  const random = JSON.stringify(completion(Array.from({ length: 400 }, (_, index) => Math.sin(index)).join(' ')));
  const CUTS: Readonly<Record<string, (exchange: FaultExchange) => unknown>> = {
    'by its connection, before its length': async (exchange) => {
      await exchange.head(200, { ...JSON_TYPE, 'content-length': String(body.length) });
      await exchange.write(half);
      exchange.end();
    },
    'by its connection, without a length': async (exchange) => {
      await exchange.head(200, { ...JSON_TYPE, connection: 'close' });
      await exchange.write(half);
      exchange.end();
    },
    'by a length that is too short': (exchange) =>
      exchange.answer(200, body, { 'content-length': String(half.length), connection: 'close' }),
    'in gzip': (exchange) => exchange.answer(200, gzipSync(half).subarray(0, -9), { 'content-encoding': 'gzip' }),
    'in br': (exchange) => exchange.answer(200, brotliCompressSync(random).subarray(0, -40), { 'content-encoding': 'br' }),
    'in no more than the check of its coding': (exchange) =>
      exchange.answer(200, gzipSync(JSON.stringify({ ...completion(TEXT), usage: null })).subarray(0, -4), {
        'content-encoding': 'gzip',
      }),
    'in a coding that is whole': (exchange) => exchange.answer(200, gzipSync(half), { 'content-encoding': 'gzip' }),
    'after blank lines that kept it alive': (exchange) => exchange.answer(200, `\n\n  \r\n${half}`),
    'behind a byte order mark': (exchange) => exchange.answer(200, `\uFEFF${half}`),
    'although a stream was asked for': (exchange) => exchange.answer(200, half),
  };

  it.each(Object.entries(CUTS))('costs its input and what came, %s', async (name, answer) => {
    const { gateway, budget } = await stage({ budgets: [...budgets], retry: { maxAttempts: 1 } }, answer);
    await failureOf(asks(gateway, name.includes('stream') ? { stream: true } : {}));
    const { spent, reserved } = await budget();
    expect(spent.requests).toBe(1);
    expect(spent.tokens).toBeGreaterThan(60);
    expect(reserved).toEqual({ requests: 0, tokens: 0, usd: 0 });
  });

  it('is charged beside the answer of the next deployment, each once', async () => {
    const { gateway, budget } = await stage({ budgets: [...budgets], models: { m: ['one/m', 'two/m'] } }, (exchange) =>
      exchange.request.path.startsWith('/one') ? exchange.answer(200, half) : exchange.answer(200, completion('hi')),
    );
    const ends = eventsOf(gateway, 'attempt.end');
    const answer = await asks(gateway);
    const costs = ends.map(({ costUsd = 0 }) => costUsd);
    expect(costs[0]).toBeGreaterThan(0);
    // 10 tokens in and 5 out
    expect(costs[1]).toBeCloseTo(0.000_02, 12);
    const { spent, reserved } = await budget();
    expect(spent.requests).toBe(1);
    expect(spent.usd).toBeCloseTo((costs[0] ?? 0) + (costs[1] ?? 0), 12);
    expect(routeOf(answer)?.costUsd).toBeCloseTo(spent.usd ?? 0, 12);
    expect(reserved).toEqual({ requests: 0, tokens: 0, usd: 0 });
  });

  it.each<[string, unknown]>([
    ['an error that is cut', '{"error":{"message":"Too many requests","type":"requests","code":"rate_lim'],
    ['a list', '[{"choices":[{"message":{"content":"x'],
    ['no JSON', `{${TEXT}`],
    ['a word that is none of JSON’s', '{"id": broken'],
    ['a page', '<html>{"a'],
    ['JSON and more', `${body}}`],
  ])('is not to be seen in %s, which costs nothing', async (_, sent) => {
    const { gateway, budget } = await stage({ budgets: [...budgets], retry: { maxAttempts: 1 } }, (exchange) =>
      exchange.answer(200, sent),
    );
    await failureOf(asks(gateway));
    expect((await budget()).spent).toEqual({ requests: 1, tokens: 0, usd: 0 });
  });

  it('leaves its error’s kind and words readable', async () => {
    const { gateway } = await stage({ retry: { maxAttempts: 1 } }, (exchange) =>
      exchange.answer(200, '{"error":{"message":"Too many requests","type":"requests","code":"rate_limit_exceeded","par'),
    );
    const error = await failureOf(asks(gateway));
    expect(error).toMatchObject({ attempts: [{ failure: { kind: 'rate-limited', code: 'rate_limit_exceeded' } }] });
  });
});

describe('JSON that ends too early', () => {
  it.each<[string, unknown]>([
    ['{"a":"b', { a: 'b' }],
    ['{"a":"b\\', { a: 'b' }],
    ['{"a":"b\\\\', { a: 'b\\' }],
    ['{"a":"b\\u00', { a: 'b' }],
    ['{"a":"\\\\u00', { a: '\\u00' }],
    ['{"a":12', {}],
    ['{"a":12,', { a: 12 }],
    ['{"a":1,"b": "c" ', { a: 1, b: 'c' }],
    ['{"a":[1,{"b":tru', { a: [1, {}] }],
    ['{"a":[1, -', { a: [1] }],
    ['{"a":', {}],
    ['{"a"', {}],
    ['{"a', {}],
    ['{', {}],
    ['{"a":{"b,:[', { a: {} }],
    ['{"a" b', undefined],
    ['{"a":1}', undefined],
    ['{"a":1}}', undefined],
    ['{"a":oops,', undefined],
    ['', undefined],
  ])('%j is %j', (text, value) => {
    expect(closedJson(text)).toEqual(value);
  });
});
