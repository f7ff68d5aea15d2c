import { routeOf } from 'tollgate';
import { describe, expect, it } from 'vitest';
import type { Failure } from '../../src/core/failure.ts';
import type { Operation } from '../../src/core/operation.ts';
import type { Usage } from '../../src/core/usage.ts';
import { gatewayOf, messages, upstream } from '../public/harness.ts';
import { answerOf, chunkOf, eventsOf } from './answers.ts';
import { providerBefore, send, streamFrom, streaming } from './stage.ts';

const JSON_TYPE = { 'content-type': 'application/json' };
const TOLD = { inputTokens: 100, outputTokens: 40 };

async function failureOf(wire: string, status: number, body: unknown, operation: Operation = 'chat'): Promise<Failure> {
  const provider = await providerBefore(wire, (exchange) => exchange.answer(status, body, JSON_TYPE));
  const error = await send(provider, wire, { operation }).then(
    () => {
      throw new Error('nothing was thrown');
    },
    (caught: unknown) => caught,
  );
  return provider.classify(error);
}

const openai = { prompt_tokens: 100, completion_tokens: 40, total_tokens: 140 };
const responses = { input_tokens: 100, output_tokens: 40, total_tokens: 140 };
const anthropic = { input_tokens: 100, output_tokens: 40 };
const gemini = { promptTokenCount: 100, candidatesTokenCount: 40, totalTokenCount: 140 };
const bedrock = { inputTokens: 100, outputTokens: 40 };
const cohere = { tokens: anthropic };
const error = { message: 'x', code: 'boom' };
const CALLS = Array.from({ length: 200 }, () => ({ function: { name: 'a', arguments: '{}' } }));
const failed = { object: 'response', status: 'failed', output: [], usage: responses };

describe('a whole answer that is a failure tells what it used', () => {
  it.each<[string, string, number, object, Operation?]>([
    ['openai', 'no choices', 200, { choices: [], usage: openai }],
    ['openai', 'an error beside the usage', 200, { error, usage: openai }],
    ['openrouter', 'an error in a choice', 200, { choices: [{ error, message: { content: '' } }], usage: openai }],
    [
      'openai',
      'a finish reason of error',
      200,
      { choices: [{ message: { content: 'x' }, finish_reason: 'error' }], usage: openai },
    ],
    ['openai', 'a choice without a message', 200, { choices: [{ index: 0 }], usage: openai }],
    ['vllm', "vLLM's error object", 200, { object: 'error', message: 'x', usage: openai }],
    ['openai', 'an error answer', 500, { error, usage: openai }],
    ['openai', 'an error answer with the usage inside', 429, { error: { ...error, usage: openai } }],
    ['google-openai', "Google's list around an error", 400, [{ error: { ...error, code: 400 }, usage: openai }]],
    ['openai', 'a failed response', 200, { ...failed, error: { code: 'server_error', message: 'x' } }, 'responses'],
    ['openai', 'a failed response without an error', 200, { ...failed, error: null }, 'responses'],
    ['openai', 'a response without output', 200, { object: 'response', status: 'completed', usage: responses }, 'responses'],
    ['openai', 'a text completion without choices', 200, { choices: [], usage: openai }, 'completions'],
    ['openai', 'embeddings without data', 200, { data: [], usage: { ...openai } }, 'embeddings'],
    ['openai', 'images with an error', 200, { error, usage: responses }, 'images.generate'],
    ['azure', 'an error answer', 500, { error, usage: openai }],
    ['client', 'no choices', 200, { choices: [], usage: openai }],
    [
      'anthropic',
      'an error beside the usage',
      200,
      { type: 'error', error: { type: 'api_error', message: 'x' }, usage: anthropic },
    ],
    ['anthropic', 'an error answer', 529, { type: 'error', error: { type: 'overloaded_error', message: 'x' }, usage: anthropic }],
    [
      'anthropic',
      'an error answer with the usage inside',
      500,
      { type: 'error', error: { type: 'api_error', message: 'x', usage: anthropic } },
    ],
    ['anthropic', 'no content', 200, { id: 'm', usage: anthropic }],
    ['google', 'no candidates', 200, { candidates: [], usageMetadata: gemini }],
    ['google', 'an error beside the usage', 200, { error: { code: 500, status: 'INTERNAL' }, usageMetadata: gemini }],
    ['vertex', 'an error answer', 503, [{ error: { code: 503, status: 'UNAVAILABLE' }, usageMetadata: gemini }]],
    ['bedrock', 'no message', 200, { stopReason: 'end_turn', usage: bedrock }],
    ['bedrock', 'an error answer', 424, { message: 'x', usage: bedrock }],
    ['cohere', 'an answer that broke off', 200, { ...answerOf('cohere', cohere), finish_reason: 'ERROR' }],
    ['cohere', 'an error answer', 500, { message: 'x', usage: cohere }],
    ['openai', 'more tool calls than any model makes', 200, { choices: [{ message: { tool_calls: CALLS } }], usage: openai }],
    [
      'anthropic',
      'more tool calls than any model makes',
      200,
      { content: CALLS.map(() => ({ type: 'tool_use', name: 'a', input: {} })), usage: anthropic },
    ],
    [
      'google',
      'more tool calls than any model makes',
      200,
      { candidates: [{ content: { parts: CALLS.map(() => ({ functionCall: { name: 'a' } })) } }], usageMetadata: gemini },
    ],
    [
      'bedrock',
      'more tool calls than any model makes',
      200,
      { output: { message: { content: CALLS.map(() => ({ toolUse: { name: 'a' } })) } }, usage: bedrock },
    ],
    ['cohere', 'more tool calls than any model makes', 200, { message: { tool_calls: CALLS }, usage: cohere }],
  ])('%s: %s', async (wire, _what, status, body, operation) => {
    const failure = await failureOf(wire, status, body, operation);
    expect(failure.usage).toMatchObject(TOLD);
    expect(failure.reachedProvider).toBe(true);
  });

  it('and one that told nothing has none', async () => {
    for (const wire of ['openai', 'anthropic', 'google', 'bedrock', 'cohere', 'client']) {
      for (const body of [
        { error, message: 'x' },
        { error, usage: null, usageMetadata: null },
        { error, usage: 'x' },
        'text',
        null,
        [],
      ])
        expect((await failureOf(wire, 500, body)).usage, wire).toBeUndefined();
    }
  });
});

describe('a stream that fails tells what it used', () => {
  const text = chunkOf({ content: 'hi' });
  const deltas = { type: 'response.output_text.delta', delta: 'hi' };
  const failedEvent = { type: 'response.failed', response: { ...failed, error: { code: 'server_error', message: 'x' } } };
  const head = eventsOf('anthropic', { early: anthropic });
  const overloaded = { type: 'error', error: { type: 'overloaded_error', message: 'busy' } };
  const internal = { error: { code: 500, status: 'INTERNAL', message: 'x' } };

  it.each<[string, string, readonly unknown[], Operation?]>([
    [
      'openrouter',
      'an error chunk with usage, before content',
      [{ ...chunkOf({ content: '' }, {}, 'error'), error: { code: 502, message: 'x' }, usage: openai }],
    ],
    [
      'openrouter',
      'an error chunk with usage, after content',
      [text, { ...chunkOf({ content: '' }, {}, 'error'), error: { code: 502, message: 'x' }, usage: openai }],
    ],
    ['openai', 'usage before an error', [chunkOf({ content: 'hi' }, { usage: openai }), { error }]],
    ['openai', 'an error in a choice', [text, { ...chunkOf({}), choices: [{ index: 0, delta: {}, error }], usage: openai }]],
    ['openai', 'a finish reason of error', [text, chunkOf({}, { usage: openai }, 'error')]],
    ['groq', 'usage in its envelope before an error', [chunkOf({ content: 'hi' }, { x_groq: { usage: openai } }), { error }]],
    ['openai', 'usage and no choice at all', [{ choices: [], usage: openai }, '[DONE]']],
    ['openai', 'usage and an early end', [chunkOf({ content: 'hi' }, { usage: openai })]],
    ['openai', 'usage before malformed JSON', [chunkOf({ content: 'hi' }, { usage: openai }), []]],
    ['client', 'usage before an error', [chunkOf({ content: 'hi' }, { usage: openai }), { error }]],
    ['openai', 'a failed response, before content', [failedEvent], 'responses'],
    ['openai', 'a failed response, after content', [deltas, failedEvent], 'responses'],
    [
      'openai',
      'usage before an error of the response',
      [{ type: 'response.in_progress', response: { usage: responses } }, deltas, { type: 'error', message: 'x' }],
      'responses',
    ],
    [
      'openai',
      'a text completion',
      [{ choices: [{ index: 0, text: 'a', finish_reason: null }], usage: openai }, { error }],
      'completions',
    ],
    ['anthropic', 'an error after the start', [head[0], overloaded]],
    ['anthropic', 'an error after content', [...head.slice(0, 3), overloaded]],
    ['anthropic', 'an early end', head.slice(0, 3)],
    ['google', 'an error after thoughts', [...eventsOf('google', { early: gemini }).slice(0, 1), internal]],
    ['google', 'an error with the usage', [{ ...internal, usageMetadata: gemini }]],
    ['google', 'an early end', eventsOf('google', { early: gemini }).slice(0, 1)],
    [
      'cohere',
      'an answer that broke off',
      [...eventsOf('cohere', {}).slice(0, 2), { type: 'message-end', delta: { finish_reason: 'ERROR', usage: cohere } }],
    ],
    [
      'bedrock',
      'an exception before the stop',
      [{ metadata: { usage: bedrock } }, { exception: { message: 'Too many requests' } }],
    ],
  ])('%s: %s', async (wire, _what, events, operation = 'chat') => {
    const { failure } = await streamFrom(wire, streaming(wire, events), { operation });
    expect(failure?.usage).toMatchObject(TOLD);
  });

  it('and of what it told before and what the error tells the larger, class by class', async () => {
    const early = { ...openai, prompt_tokens_details: { cached_tokens: 80 }, completion_tokens: 30, total_tokens: 130 };
    const late = { prompt_tokens: 0, completion_tokens: 40, total_tokens: 40 };
    const { failure } = await streamFrom(
      'openrouter',
      streaming('openrouter', [chunkOf({ content: 'hi' }, { usage: early }), { error, usage: late }]),
    );
    expect(failure?.usage).toMatchObject({ ...TOLD, cachedInputTokens: 80, repaired: true });
  });

  it('and nothing where it told nothing', async () => {
    for (const [wire, events] of [
      ['openai', [text, { error }]],
      ['anthropic', [overloaded]],
      ['google', [internal]],
      ['cohere', [{ message: 'x' }]],
      ['bedrock', [{ exception: { message: 'x' } }]],
    ] as const) {
      const { failure } = await streamFrom(wire, streaming(wire, events));
      expect(failure, wire).toBeDefined();
      expect(failure?.usage, wire).toBeUndefined();
    }
  });
});

describe('what a failure tells is paid, and attempts add up', () => {
  /** One call over two deployments that fail in turn, then one that answers; $1 in and $2 out per million. */
  async function paidFor(
    script: Parameters<typeof upstream>[0],
    stream = false,
  ): Promise<{ tokens: unknown; usd: unknown; usage: Usage | undefined }> {
    const server = await upstream(script);
    const gateway = gatewayOf({
      providers: {
        one: { type: 'openai-compatible', apiKey: 'k1', baseURL: `${server.origin}/one/v1` },
        claude: { type: 'anthropic', apiKey: 'k2', baseURL: `${server.origin}/claude` },
      },
      models: { m: ['one/m', 'claude/claude-sonnet-4-5'] },
      prices: { 'one/m': { input: 1, output: 2 }, 'claude/claude-sonnet-4-5': { input: 1, output: 2 } },
      budgets: [{ name: 'all', limit: { usd: 1, tokens: 1_000_000 }, window: 'day' }],
      retry: { attemptsPerDeployment: 1 },
    });
    const answer: unknown = await gateway.chat.completions.create({ model: 'm', messages, stream });
    if (stream) for await (const _ of answer as AsyncIterable<unknown>);
    const [balance] = await gateway.control.budgets();
    expect(balance?.reserved).toEqual({ tokens: 0, usd: 0 });
    return { tokens: balance?.spent.tokens, usd: balance?.spent.usd, usage: routeOf(answer as object)?.usage };
  }

  it('of a whole answer', async () => {
    const paid = await paidFor((exchange) => {
      if (exchange.request.path.startsWith('/one')) return exchange.answer(200, { choices: [], usage: openai });
      return exchange.answer(200, answerOf('anthropic', { input_tokens: 10, output_tokens: 5 }));
    });
    expect(paid).toMatchObject({ tokens: 155, usd: 0.000_2, usage: { inputTokens: 110, outputTokens: 45 } });
  });

  it('of an error with a status', async () => {
    const paid = await paidFor((exchange) => {
      if (exchange.request.path.startsWith('/one')) return exchange.answer(500, { error, usage: openai });
      return exchange.answer(200, answerOf('anthropic', { input_tokens: 10, output_tokens: 5 }));
    });
    expect(paid).toMatchObject({ tokens: 155, usd: 0.000_2 });
  });

  it('of a stream before its first content', async () => {
    const paid = await paidFor(async (exchange) => {
      const error = { ...chunkOf({ content: '' }, {}, 'error'), error: { code: 502, message: 'x' }, usage: openai };
      if (exchange.request.path.startsWith('/one')) return streaming('openai', [error])(exchange);
      return streaming(
        'anthropic',
        eventsOf('anthropic', { early: { input_tokens: 10, output_tokens: 1 }, usage: { output_tokens: 5 } }),
      )(exchange);
    }, true);
    expect(paid).toMatchObject({ tokens: 155, usd: 0.000_2, usage: { inputTokens: 110, outputTokens: 45 } });
  });
});
