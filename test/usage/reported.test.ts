import { describe, expect, it } from 'vitest';
import { bridgeResponses } from '../../src/bridges/responses/bridge.ts';
import type { Operation } from '../../src/core/operation.ts';
import { reportedFromOpenAi, type Usage } from '../../src/core/usage.ts';
import { wrapProvider } from '../../src/providers/wrap-provider.ts';
import { chunkOf, eventsOf } from './answers.ts';
import { providerBefore, readAll, send, streamFrom, streaming } from './stage.ts';

/** A stream whose usage comes bit by bit: what is to be known after each item, and in the end. */
interface Growing {
  readonly wire: string;
  readonly operation?: Operation;
  readonly events: readonly unknown[];
  readonly after: readonly (Partial<Usage> | undefined)[];
  readonly last: Partial<Usage>;
  /** Events before the connection breaks, and what they told. */
  readonly cut: number;
  readonly kept: Partial<Usage> | undefined;
}

const of = (prompt_tokens: number, completion_tokens: number, rest: object = {}) => ({
  prompt_tokens,
  completion_tokens,
  total_tokens: prompt_tokens + completion_tokens,
  ...rest,
});
const start = { input_tokens: 100, cache_read_input_tokens: 900, output_tokens: 1 };
const thinking = (tokens: number) => ({
  candidates: [{ content: { parts: [{ text: 'hm', thought: true }] } }],
  usageMetadata: { promptTokenCount: 50, thoughtsTokenCount: tokens, totalTokenCount: 50 + tokens },
});
const response = (usage: object | null, status = 'in_progress') => ({ object: 'response', status, output: [], usage });
const text = (words: string) => ({ id: 'c', created: 1, model: 'm', choices: [{ index: 0, text: words, finish_reason: null }] });

const GROWING: readonly Growing[] = [
  {
    wire: 'anthropic',
    events: eventsOf('anthropic', { early: start, usage: { output_tokens: 40 } }),
    after: [
      { inputTokens: 1_000, cachedInputTokens: 900, outputTokens: 1 },
      { inputTokens: 1_000, outputTokens: 1 },
      { inputTokens: 1_000, outputTokens: 40 },
      { inputTokens: 1_000, outputTokens: 40 },
    ],
    last: { inputTokens: 1_000, cachedInputTokens: 900, outputTokens: 40 },
    cut: 3,
    kept: { inputTokens: 1_000, cachedInputTokens: 900, outputTokens: 1 },
  },
  {
    wire: 'google',
    events: [
      thinking(4_000),
      thinking(8_000),
      ...eventsOf('google', { usage: { promptTokenCount: 50, candidatesTokenCount: 3, thoughtsTokenCount: 8_000 } }),
    ],
    // The first item makes two chunks, the role and the thought.
    after: [
      { outputTokens: 4_000 },
      { outputTokens: 4_000, reasoningTokens: 4_000 },
      { outputTokens: 8_000 },
      { outputTokens: 8_000 },
      { outputTokens: 8_003 },
      { inputTokens: 50, outputTokens: 8_003 },
    ],
    last: { inputTokens: 50, outputTokens: 8_003, reasoningTokens: 8_000 },
    cut: 2,
    kept: { inputTokens: 50, outputTokens: 8_000, reasoningTokens: 8_000 },
  },
  {
    wire: 'bedrock',
    events: eventsOf('bedrock', { usage: { inputTokens: 10, outputTokens: 4, cacheReadInputTokens: 90 } }),
    after: [undefined, undefined, undefined, { inputTokens: 100 }],
    last: { inputTokens: 100, cachedInputTokens: 90, outputTokens: 4 },
    cut: 2,
    kept: undefined,
  },
  {
    wire: 'cohere',
    events: eventsOf('cohere', { usage: { tokens: { input_tokens: 10, output_tokens: 4 } } }),
    after: [undefined, undefined, { inputTokens: 10 }, { outputTokens: 4 }],
    last: { inputTokens: 10, outputTokens: 4 },
    cut: 2,
    kept: undefined,
  },
  {
    wire: 'perplexity',
    events: [
      chunkOf({ content: 'a' }, { usage: of(10, 1) }),
      chunkOf({ content: 'b' }, { usage: of(10, 2) }),
      chunkOf({}, { usage: of(10, 3) }, 'stop'),
      '[DONE]',
    ],
    after: [{ outputTokens: 1 }, { outputTokens: 2 }, { outputTokens: 3 }, { outputTokens: 3 }],
    last: { inputTokens: 10, outputTokens: 3 },
    cut: 2,
    kept: { inputTokens: 10, outputTokens: 2 },
  },
  {
    wire: 'groq',
    events: [chunkOf({ content: 'a' }), chunkOf({}, { x_groq: { usage: of(10, 3) } }, 'stop'), '[DONE]'],
    after: [undefined, { outputTokens: 3 }, { outputTokens: 3 }],
    last: { inputTokens: 10, outputTokens: 3 },
    cut: 2,
    kept: { inputTokens: 10, outputTokens: 3 },
  },
  {
    wire: 'openai',
    events: [chunkOf({ content: 'a' }), chunkOf({}, {}, 'stop'), { ...chunkOf({}), choices: [], usage: of(10, 3) }, '[DONE]'],
    after: [undefined, undefined, { outputTokens: 3 }],
    last: { inputTokens: 10, outputTokens: 3 },
    cut: 1,
    kept: undefined,
  },
  {
    wire: 'openai',
    operation: 'completions',
    events: [{ ...text('a'), usage: of(10, 1) }, { ...text('b'), usage: of(10, 2) }, '[DONE]'],
    after: [{ outputTokens: 1 }, { outputTokens: 2 }, { outputTokens: 2 }],
    last: { inputTokens: 10, outputTokens: 2 },
    cut: 2,
    kept: { inputTokens: 10, outputTokens: 2 },
  },
  {
    wire: 'openai',
    operation: 'responses',
    events: [
      { type: 'response.created', response: response({ input_tokens: 70, output_tokens: 0, total_tokens: 70 }) },
      { type: 'response.in_progress', response: response(null) },
      { type: 'response.output_text.delta', delta: 'hi' },
      { type: 'response.completed', response: response({ input_tokens: 70, output_tokens: 9, total_tokens: 79 }, 'completed') },
    ],
    after: [{ inputTokens: 70, outputTokens: 0 }, { inputTokens: 70 }, { inputTokens: 70 }, { outputTokens: 9 }],
    last: { inputTokens: 70, outputTokens: 9 },
    cut: 3,
    kept: { inputTokens: 70, outputTokens: 0 },
  },
  {
    wire: 'client',
    events: [chunkOf({ content: 'a' }, { usage: of(10, 1) }), chunkOf({}, { usage: of(10, 3) }, 'stop'), '[DONE]'],
    after: [{ outputTokens: 1 }, { outputTokens: 3 }, { outputTokens: 3 }],
    last: { inputTokens: 10, outputTokens: 3 },
    cut: 1,
    kept: { inputTokens: 10, outputTokens: 1 },
  },
];

const named = GROWING.map((growing) => [`${growing.wire}, ${growing.operation ?? 'chat'}`, growing] as const);

describe('usage that a stream has reported so far', () => {
  it.each(named)('%s: is known from the moment it arrives', async (_name, { wire, operation = 'chat', events, after, last }) => {
    const streamed = await streamFrom(wire, streaming(wire, events), { operation });
    expect(streamed.failure).toBeUndefined();
    expect(streamed.reported).toEqual(after.map((usage) => usage && expect.objectContaining(usage)));
    expect(streamed.last).toMatchObject(last);
  });

  it.each(named)('%s: is known after the connection broke, and goes with the error', async (_name, growing) => {
    const { wire, operation = 'chat', events, cut, kept } = growing;
    const { last, failure } = await streamFrom(wire, streaming(wire, events.slice(0, cut), 'reset'), { operation });
    expect(failure).toBeDefined();
    expect(last).toEqual(kept && expect.objectContaining(kept));
    // A user's client throws errors of its own.
    if (wire !== 'client') expect(failure?.usage).toEqual(last);
  });

  it.each(named)('%s: is known after the reader left', async (_name, { wire, operation = 'chat', events, after }) => {
    const provider = await providerBefore(wire, streaming(wire, events.slice(0, -1), 'hang'));
    const reply = await send(provider, wire, { stream: true, operation });
    if (reply.kind !== 'stream') throw new Error('no stream');
    await reply.items.next();
    reply.items.cancel();
    const [first] = after;
    if (first === undefined) expect(reply.reported?.()).toBeUndefined();
    else expect(reportedFromOpenAi(reply.reported?.())).toMatchObject(first);
    expect(reply.reported?.()).toBe(reply.reported?.());
  });

  it('says of Anthropic how and where the answer was made', async () => {
    const early = { ...start, speed: 'fast', inference_geo: 'us' };
    const events = eventsOf('anthropic', { early, usage: { output_tokens: 4 } }).slice(0, 3);
    const provider = await providerBefore('anthropic', streaming('anthropic', events, 'hang'));
    const reply = await send(provider, 'anthropic', { stream: true });
    if (reply.kind !== 'stream') throw new Error('no stream');
    await reply.items.next();
    expect(reply.reported?.()).toMatchObject({ speed: 'fast', inference_geo: 'us' });
    reply.items.cancel();
  });

  it('of Anthropic may be the output alone', async () => {
    const { items, last } = await streamFrom(
      'anthropic',
      streaming('anthropic', eventsOf('anthropic', { usage: { output_tokens: 9 } })),
    );
    expect(items.at(-1)?.usage).toMatchObject({ completion_tokens: 9, unreported: 'input' });
    expect(last).toMatchObject({ inputTokens: 0, outputTokens: 9, unreported: 'input' });
  });

  it('is told on by the bridge of the Responses API and by middleware', async () => {
    const events = eventsOf('anthropic', { early: start, usage: { output_tokens: 40 } });
    const provider = bridgeResponses(await providerBefore('anthropic', streaming('anthropic', events)));
    const wrapped = wrapProvider(provider, (request, context, next) => next(request, context));
    const streamed = await readAll(wrapped, await send(wrapped, 'anthropic', { stream: true, operation: 'responses' }));
    expect(streamed.reported[0]).toMatchObject({ inputTokens: 1_000, cachedInputTokens: 900 });
    expect(streamed.last).toMatchObject({ inputTokens: 1_000, outputTokens: 40 });
    expect(streamed.items.at(-1)).toMatchObject({ response: { usage: { input_tokens: 1_000, output_tokens: 40 } } });
  });

  it('is unknown of a provider of the user’s own that does not tell', async () => {
    const provider = await providerBefore('openai', streaming('openai', eventsOf('openai', { usage: of(1, 2) })));
    const silent = wrapProvider(provider, async (request, context, next) => {
      const reply = await next(request, context);
      return reply.kind === 'stream' ? { kind: 'stream', status: 200, headers: {}, items: reply.items } : reply;
    });
    const streamed = await readAll(silent, await send(silent, 'openai', { stream: true }));
    expect(streamed.last).toBeUndefined();
    expect(streamed.items.at(-1)?.usage).toMatchObject(of(1, 2));
  });
});

describe('the bridge of the Responses API', () => {
  it('keeps every class, and what an answer says of how it was made', async () => {
    const usageMetadata = {
      promptTokenCount: 100,
      candidatesTokenCount: 1_300,
      totalTokenCount: 1_400,
      cachedContentTokenCount: 60,
      promptTokensDetails: [{ modality: 'IMAGE', tokenCount: 40 }],
      cacheTokensDetails: [{ modality: 'IMAGE', tokenCount: 30 }],
      candidatesTokensDetails: [{ modality: 'IMAGE', tokenCount: 1_290 }],
      serviceTier: 'flex',
    };
    const bridged = bridgeResponses(
      await providerBefore('google', streaming('google', eventsOf('google', { usage: usageMetadata }))),
    );
    const { items } = await readAll(bridged, await send(bridged, 'google', { stream: true, operation: 'responses' }));
    expect(items.at(-1)?.response).toMatchObject({
      service_tier: 'flex',
      usage: {
        input_tokens: 100,
        input_tokens_details: { cached_tokens: 60, image_tokens: 40, cached_tokens_details: { image_tokens: 30 } },
        output_tokens: 1_300,
        output_tokens_details: { reasoning_tokens: 0, image_tokens: 1_290 },
        total_tokens: 1_400,
      },
    });
    const usage = {
      input_tokens: 10,
      output_tokens: 5,
      speed: 'fast',
      inference_geo: 'us',
      cache_creation: { ephemeral_1h_input_tokens: 7 },
    };
    const whole = bridgeResponses(
      await providerBefore('anthropic', (exchange) =>
        exchange.answer(200, answer(usage), { 'content-type': 'application/json' }),
      ),
    );
    const reply = await send(whole, 'anthropic', { operation: 'responses' });
    expect(reply).toMatchObject({
      body: {
        usage: {
          input_tokens: 17,
          speed: 'fast',
          inference_geo: 'us',
          input_tokens_details: { cache_write_tokens: 7, cache_write_1h_tokens: 7 },
        },
      },
    });
  });
});

function answer(usage: object): object {
  return { id: 'm', model: 'claude', content: [{ type: 'text', text: 'hi' }], stop_reason: 'end_turn', usage };
}
