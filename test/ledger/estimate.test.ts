import { describe, expect, it } from 'vitest';
import type { Call } from '../../src/core/call.ts';
import { Emitter } from '../../src/events/emitter.ts';
import { createLedger } from '../../src/ledger/create-ledger.ts';
import { NOTHING_DELIVERED } from '../../src/ledger/delivered.ts';
import { MemoryStore } from '../../src/stores/memory.ts';
import { exchangeIndex, readExchange } from '../support/fixtures.ts';
import { budgetOf, callOf, deploymentOf, planOf } from '../support/ledger-plan.ts';
import { TestClock } from '../support/test-clock.ts';

const mini = deploymentOf({});
const moneyPlan = planOf({ budgets: [budgetOf({ name: 'company', limit: { usd: 1_000_000_000_000 } })] });

function ledgerOf(countTokens?: (params: Call['params']) => number | undefined) {
  return createLedger({ store: new MemoryStore(), clock: new TestClock(), events: new Emitter(), countTokens });
}

function chat(content: unknown, more: Record<string, unknown> = {}, plan = moneyPlan): Call {
  return callOf({ plan, params: { model: 'fast', messages: [{ role: 'user', content }], ...more } });
}

describe('a strict estimate', () => {
  it('bounds what providers reported for every recorded chat with text input', () => {
    const ledger = ledgerOf();
    let compared = 0;
    for (const { file, status, has_request } of exchangeIndex().filter(({ endpoint }) => endpoint.includes('chat'))) {
      if (status !== 200 || !has_request) continue;
      const { request, response } = readExchange(file);
      const body = request?.body as Record<string, unknown> | undefined;
      const reported = (response.body as { usage?: { prompt_tokens?: unknown } } | undefined)?.usage?.prompt_tokens;
      if (!Array.isArray(body?.messages) || typeof reported !== 'number') continue;
      const { usage } = ledger.estimate(callOf({ plan: moneyPlan, params: body }), [
        deploymentOf({ upstreamModel: String(body.model) }),
      ]);
      // A provider with its own search adds what it found to the prompt; the params do not show how much.
      if (/search|compound|sonar/.test(String(body.model)) || 'web_search_options' in body || 'plugins' in body) continue;
      expect({ file, fits: reported <= usage.inputTokens }).toEqual({ file, fits: true });
      compared += 1;
    }
    expect(compared).toBeGreaterThan(10);
  });

  it('counts bytes, not characters', () => {
    const ledger = ledgerOf();
    const input = (text: string) => ledger.estimate(chat(text), [mini]).usage.inputTokens;
    expect(input('\u{1f980}'.repeat(100)) - input('')).toBe(400);
    expect(input('x'.repeat(100)) - input('')).toBe(100);
  });

  it('counts settings as no part of the prompt', () => {
    const ledger = ledgerOf();
    const input = (more: object) =>
      ledger.estimate(callOf({ plan: moneyPlan, operation: 'responses', params: { input: 'Hi', ...more } }), [mini]).usage
        .inputTokens;
    const background_options = { completion_window: '8h', continuation_id: 'c'.repeat(500) };
    expect(input({ background: true, background_options })).toBe(input({}));
  });

  it('counts whole numbers by their digits and others by 24 bytes, each with its comma', () => {
    const ledger = ledgerOf();
    const plan = moneyPlan;
    const bytesOf = (numbers: readonly number[]) =>
      ledger.estimate(callOf({ plan, params: { model: 'fast', messages: [], documents: numbers } }), [mini]).usage.inputTokens;
    const none = bytesOf([]);
    const whole = [0, -0, 9, 10, 99, 100, 99_999, 100_000, 199_999, 1e15 - 1, 1e15, 2 ** 53, 1e20, 1e21, 1e300, -1, -10];
    for (const number of whole) expect([number, bytesOf([number]) - none]).toEqual([number, String(number).length + 2]);
    expect(bytesOf([0.5]) - none).toBe(25);
    expect(bytesOf(Array.from({ length: 1_000 }, () => 12)) - none).toBe(4_000);
  });

  it('counts tools, schemas and tool calls', () => {
    const ledger = ledgerOf();
    const bare = ledger.estimate(chat('Hi'), [mini]).usage.inputTokens;
    const description = 'd'.repeat(500);
    const tools = [{ type: 'function', function: { name: 'find', description, parameters: { type: 'object' } } }];
    expect(ledger.estimate(chat('Hi', { tools }), [mini]).usage.inputTokens).toBeGreaterThan(bare + 500);
    const schema = { type: 'json_schema', json_schema: { name: 'x', schema: { description } } };
    expect(ledger.estimate(chat('Hi', { response_format: schema }), [mini]).usage.inputTokens).toBeGreaterThan(bare + 500);
  });

  it.each([
    ['openai', 'gpt-5', 'high', 1_445],
    ['openai', 'gpt-5', 'low', 85],
    ['openai', 'gpt-5-mini', 'low', 6_150],
    ['openai', 'gpt-5.5', 'high', 6_150],
    ['openai', 'gpt-5.5', undefined, 24_576],
    ['azure', 'my-deployment', 'auto', 24_576],
    ['mistral', 'pixtral-12b', undefined, 4_160],
    ['xai', 'grok-4', 'high', 1_792],
    ['openai', 'gpt-4o-mini', 'high', 48_169],
    ['anthropic', 'claude-opus-5', 'low', 4_784],
    ['gcp.gemini', 'gemini-2.5-pro', 'high', 4_128],
    ['lab', 'qwen-vl', 'high', 16_384],
  ])('takes an image at %s %s with detail %s for %i tokens', (vendor, upstreamModel, detail, tokens) => {
    const ledger = ledgerOf();
    const deployment = deploymentOf({ provider: vendor, vendor, upstreamModel });
    const image = { type: 'image_url', image_url: { url: `data:image/png;base64,${'A'.repeat(9_000)}`, detail } };
    const without = ledger.estimate(chat([]), [deployment]).usage.inputTokens;
    expect(ledger.estimate(chat([image]), [deployment]).usage.inputTokens).toBe(without + tokens + 1);
  });

  it('takes a generated image for the largest its model makes', () => {
    const output = (upstreamModel: string, n?: number) => {
      const call = callOf({ plan: moneyPlan, operation: 'images.generate', params: { model: 'i', prompt: 'A cat', n } });
      return ledgerOf().estimate(call, [deploymentOf({ upstreamModel })]).usage.outputTokens;
    };
    expect(output('gpt-image-1')).toBe(6_540);
    expect(output('gpt-image-2', 2)).toBe(2 * 24_019);
  });

  it('measures what default params add to the prompt, and what they mark in it', () => {
    const deployment = (params: Record<string, unknown>) =>
      deploymentOf({ provider: 'anthropic', upstreamModel: 'claude-haiku-4-5', params });
    const estimate = (params: Record<string, unknown>) =>
      ledgerOf().estimate(chat('Hi', { max_tokens: 1 }), [deployment(params)]);
    const { inputTokens } = estimate({}).usage;
    expect(estimate({ seed: 7, reasoning_effort: 'none', metadata: { a: 'b' } }).usage.inputTokens).toBe(inputTokens);
    for (const added of [{ documents: ['d'.repeat(90)] }, { system: 's'.repeat(90) }, { tools: [{ name: 't'.repeat(90) }] }]) {
      expect(estimate(added).usage.inputTokens).toBeGreaterThanOrEqual(inputTokens + 90);
    }
    for (const kept of [{ cachedContent: 'caches/1' }, { continuationToken: 'dG9rZW4=' }]) {
      expect(estimate(kept).usage.inputTokens).toBeGreaterThanOrEqual(200_000);
    }
    const mark = { cache_control: { type: 'ephemeral', ttl: '1h' } };
    expect(estimate(mark).costNanoUsd).toBeGreaterThan(estimate({}).costNanoUsd ?? 0);
  });

  it('takes an upload for as many images as its form asks for, and adds no default params to it', () => {
    const form = new FormData();
    form.set('n', '3');
    const params = { model: 'i', prompt: 'A cat', n: '3' };
    const call = callOf({ plan: moneyPlan, operation: 'images.edit', params, form });
    const deployment = deploymentOf({ upstreamModel: 'gpt-image-1', params: { n: 9 } });
    expect(ledgerOf().estimate(call, [deployment]).usage.outputTokens).toBe(3 * 6_540);
  });

  it('measures what many deployments are sent once, however much is asked of it', () => {
    let reads = 0;
    const message = {
      role: 'user',
      get content() {
        reads += 1;
        return 'Hello';
      },
    };
    const deployments = Array.from({ length: 300 }, (_, index) =>
      deploymentOf({ id: `openai/${index}`, params: index % 2 === 0 ? undefined : { seed: index, max_tokens: index } }),
    );
    const call = callOf({ plan: moneyPlan, params: { model: 'fast', messages: [message] } });
    const estimate = ledgerOf().estimate(call, deployments);
    expect(estimate.costByDeployment.size).toBe(300);
    expect(estimate.expectedInputTokens).toBeGreaterThan(0);
    expect(reads).toBe(1);
  });

  it('takes a file that is named by its id for the whole context window', () => {
    const file = { type: 'file', file: { file_id: 'file-1' } };
    expect(ledgerOf().estimate(chat([file]), [mini]).usage.inputTokens).toBeGreaterThanOrEqual(400_000);
  });

  it('bounds the output by what was asked for, times the answers', () => {
    const output = (more: Record<string, unknown>) => ledgerOf().estimate(chat('Hi', more), [mini]).usage.outputTokens;
    expect(output({ max_tokens: 50 })).toBe(50);
    expect(output({ max_tokens: 50, max_completion_tokens: 60, n: 3 })).toBe(180);
    expect(output({ max_tokens: -5 })).toBe(4_096);
  });

  it('injects an output bound where none was given and a budget needs one', () => {
    const able = deploymentOf({ capabilities: { maxOutputTokens: 16_000 } });
    expect(ledgerOf().estimate(chat('Hi'), [able]).injectMaxOutputTokens).toBe(16_000);
    expect(ledgerOf().estimate(chat('Hi'), [able, mini]).injectMaxOutputTokens).toBe(4_096);
    expect(ledgerOf().estimate(chat('Hi', { max_tokens: 5 }), [able]).injectMaxOutputTokens).toBeUndefined();
    const requests = planOf({ budgets: [budgetOf({ name: 'rate', limit: { requests: 5 } })] });
    expect(ledgerOf().estimate(chat('Hi', {}, requests), [able]).injectMaxOutputTokens).toBeUndefined();
  });

  it('injects no more than a tenth of a small budget, so that it admits more than one call', () => {
    const able = deploymentOf({ capabilities: { maxOutputTokens: 100_000 } });
    // A tenth of $0.01 buys 500 tokens at $2 per million, less the input.
    const small = planOf({ budgets: [budgetOf({ name: 'small', limit: { usd: 10_000_000 } })] });
    const estimate = ledgerOf().estimate(chat('Hi', {}, small), [able]);
    expect(estimate.injectMaxOutputTokens).toBeGreaterThan(256);
    expect(estimate.costNanoUsd).toBeLessThanOrEqual(1_000_000);
  });

  it("has no price for a tier that nobody has one of, but the user's own", () => {
    const cost = (more: Record<string, unknown>, of = mini) =>
      ledgerOf().estimate(chat('Hi', { max_tokens: 1, ...more }), [of]).costNanoUsd;
    expect(cost({ service_tier: 'ultrafast' })).toBeUndefined();
    expect(cost({}, deploymentOf({ params: { service_tier: 'ultrafast' } }))).toBeUndefined();
    expect(cost({ service_tier: 'ultrafast' }, deploymentOf({ price: { input: 1, output: 1 } }))).toBeGreaterThan(0);
    expect(cost({ service_tier: 'flex' })).toBe(cost({}));
  });

  it('takes a mark to cache for an hour for its dearer rate, wherever it stands', () => {
    const haiku = deploymentOf({ provider: 'anthropic', upstreamModel: 'claude-haiku-4-5' });
    const cost = (content: unknown, more: Record<string, unknown> = {}) =>
      ledgerOf().estimate(chat(content, { max_tokens: 0, ...more }), [haiku]).costNanoUsd ?? 0;
    const mark = { cache_control: { type: 'ephemeral', ttl: '1h' } };
    const part = (more: object) => [{ type: 'text', text: 'Hello', ...more }];
    // $2 for an hour, $1.25 for five minutes, per million.
    expect(cost(part(mark)) / cost(part({ cache_control: { type: 'ephemeral' } }))).toBeCloseTo(1.6);
    expect(cost(part({}), mark)).toBe(cost(part(mark)));
    const image = { type: 'image_url', image_url: { url: 'https://example.com/a.png' } };
    expect(cost([{ ...image, ...mark }])).toBeGreaterThan(cost([image]));
  });

  it('counts text as deep as params may nest', () => {
    let deep: unknown = 'x'.repeat(1_000);
    for (let level = 0; level < 120; level++) deep = { a: deep };
    const tools = [{ type: 'function', function: { name: 'f', parameters: deep } }];
    expect(ledgerOf().estimate(chat('Hi', { tools }), [mini]).usage.inputTokens).toBeGreaterThan(1_000 + 120);
  });

  it('costs what the dearest deployment costs, and names each', () => {
    const dear = deploymentOf({ provider: 'anthropic', upstreamModel: 'claude-opus-4-5' });
    const unknown = deploymentOf({ upstreamModel: 'my-own' });
    const estimate = ledgerOf().estimate(chat('Hi', { max_tokens: 10 }), [mini, dear]);
    expect(estimate.costNanoUsd).toBe(estimate.costByDeployment.get(dear.id));
    expect(estimate.costByDeployment.get(mini.id)).toBeLessThan(estimate.costNanoUsd ?? 0);
    expect(ledgerOf().estimate(chat('Hi'), [mini, unknown]).costNanoUsd).toBeUndefined();
  });

  it("takes the user's count of the input for the input", () => {
    expect(ledgerOf(() => 7).estimate(chat('Hello'), [mini]).usage.inputTokens).toBe(7);
    expect(ledgerOf(() => Number.NaN).estimate(chat('Hello'), [mini]).usage.inputTokens).toBeGreaterThan(7);
  });

  it('holds nothing of an embedding for output', () => {
    const call = callOf({ plan: moneyPlan, operation: 'embeddings', params: { model: 'e', input: ['one', 'two'] } });
    const { usage } = ledgerOf().estimate(call, [mini]);
    expect(usage.outputTokens).toBe(0);
    expect(usage.inputTokens).toBeGreaterThanOrEqual(6);
  });
});

describe('an expected estimate', () => {
  const expecting = planOf({ budgets: [budgetOf({ name: 'b', limit: { tokens: 1_000_000 }, estimate: 'expected' })] });
  const text = 'word '.repeat(400);

  it('is far below the bound, and follows what was reported', () => {
    const ledger = ledgerOf();
    const call = chat(text, { max_tokens: 4_000 }, expecting);
    const first = ledger.estimate(call, [mini]);
    expect(first.usage.inputTokens).toBeLessThan(first.strict?.usage.inputTokens ?? 0);
    expect(first.usage.outputTokens).toBe(1_024);
    for (let turn = 0; turn < 64; turn++) {
      ledger.calibrate(call, mini, {
        inputTokens: 400,
        outputTokens: 10 + turn,
        cachedInputTokens: 0,
        cacheWriteTokens: 0,
        reasoningTokens: 0,
      });
    }
    const learned = ledger.estimate(call, [mini]).usage;
    expect(learned.inputTokens).toBeGreaterThan(400);
    expect(learned.inputTokens).toBeLessThan(600);
    expect(learned.outputTokens).toBe(70);
  });

  it('makes up the usage of an answer that reported none, from its length', () => {
    const usage = ledgerOf().estimateUsage(chat(text), mini, { ...NOTHING_DELIVERED, textBytes: 1_000 });
    expect(usage.outputTokens).toBe(300);
    expect(usage.inputTokens).toBeGreaterThan(500);
    expect(ledgerOf().estimateUsage(chat(text), mini, NOTHING_DELIVERED).outputTokens).toBe(0);
  });
});
