import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Operation } from '../../src/core/operation.ts';
import { servedOf } from '../../src/core/served.ts';
import { reportedFromOpenAi, type Usage, usageFromOpenAi } from '../../src/core/usage.ts';
import { anthropicWire } from '../../src/providers/anthropic/provider.ts';
import { bedrockWire } from '../../src/providers/bedrock/provider.ts';
import { cohereWire } from '../../src/providers/cohere/provider.ts';
import { googleWire } from '../../src/providers/google/wire.ts';
import { vendors } from '../../src/providers/open-ai-wire-provider.ts';
import { openAiWire } from '../../src/providers/openai/provider.ts';
import { OPENAI_QUIRKS, type VendorQuirks } from '../../src/providers/openai/quirks.ts';
import type { Wire } from '../../src/providers/wire.ts';
import { NATIVE_WIRES } from '../support/native-wires.ts';
import { TestClock } from '../support/test-clock.ts';
import { answerOf, chunkOf, eventsOf } from './answers.ts';
import { expectConsistent } from './consistent.ts';
import { streamFrom, streaming, wholeFrom } from './stage.ts';

const LONG = 'A long answer, as no host gives it for nothing. '.repeat(20);

/** The usage of an answer with this native usage, which is the same whole and streamed. */
async function usageOf(wire: string, native: unknown, text?: string): Promise<Usage | undefined> {
  const { usage } = await wholeFrom(wire, answerOf(wire, native, text));
  const { items, last } = await streamFrom(wire, streaming(wire, eventsOf(wire, { usage: native, text })));
  const inChunk = items.at(-1)?.usage;
  expect(inChunk).toEqual(usage);
  const read = reportedFromOpenAi(usage);
  expect(last).toEqual(read);
  if (read !== undefined) {
    expectConsistent(read);
    expect(usage?.total_tokens).toBe(read.inputTokens + read.outputTokens);
  }
  return read;
}

const TEXT = { modality: 'TEXT', tokenCount: 10 };
const modality = (name: string | number, tokenCount: number) => ({ modality: name, tokenCount });

describe('each class that a vendor reports is read', () => {
  it.each<[string, string, object, Partial<Usage>]>([
    [
      'anthropic',
      'cache and thoughts',
      {
        input_tokens: 10,
        cache_read_input_tokens: 300,
        cache_creation_input_tokens: 50,
        cache_creation: { ephemeral_5m_input_tokens: 20, ephemeral_1h_input_tokens: 30 },
        output_tokens: 40,
        output_tokens_details: { thinking_tokens: 25 },
      },
      {
        inputTokens: 360,
        cachedInputTokens: 300,
        cacheWriteTokens: 50,
        hourCacheWriteTokens: 30,
        outputTokens: 40,
        reasoningTokens: 25,
      },
    ],
    [
      'bedrock',
      'cache, by the time it is kept',
      {
        inputTokens: 10,
        outputTokens: 40,
        totalTokens: 400,
        cacheReadInputTokens: 300,
        cacheWriteInputTokens: 50,
        cacheDetails: [
          { ttl: '1h', inputTokens: 30 },
          { ttl: '5m', inputTokens: 20 },
        ],
      },
      { inputTokens: 360, cachedInputTokens: 300, cacheWriteTokens: 50, hourCacheWriteTokens: 30, outputTokens: 40 },
    ],
    [
      'bedrock',
      'older names, several entries of one time',
      {
        inputTokens: 10,
        outputTokens: 40,
        cacheReadInputTokenCount: 300,
        cacheWriteInputTokenCount: 50,
        cacheDetails: [
          { ttl: '1h', inputTokens: 20 },
          { ttl: '1h', inputTokens: 30 },
        ],
      },
      { inputTokens: 360, cachedInputTokens: 300, cacheWriteTokens: 50, hourCacheWriteTokens: 50 },
    ],
    [
      'google',
      'modalities of the prompt, the cache, the tools and the answer',
      {
        promptTokenCount: 100,
        cachedContentTokenCount: 60,
        toolUsePromptTokenCount: 30,
        candidatesTokenCount: 1_300,
        thoughtsTokenCount: 7,
        totalTokenCount: 1_437,
        promptTokensDetails: [TEXT, modality('IMAGE', 40), modality('AUDIO', 30), modality('VIDEO', 20)],
        cacheTokensDetails: [modality('IMAGE', 35), modality('AUDIO', 25)],
        toolUsePromptTokensDetails: [modality('TEXT', 25), modality('IMAGE', 5)],
        candidatesTokensDetails: [TEXT, modality('IMAGE', 1_290)],
      },
      {
        inputTokens: 130,
        cachedInputTokens: 60,
        inputImageTokens: 45,
        inputAudioTokens: 30,
        inputVideoTokens: 20,
        cachedImageTokens: 35,
        cachedAudioTokens: 25,
        outputTokens: 1_307,
        outputImageTokens: 1_290,
        reasoningTokens: 7,
      },
    ],
    [
      'google',
      'speech, and pages of documents, which are images',
      {
        promptTokenCount: 300,
        candidatesTokenCount: 50,
        totalTokenCount: 350,
        promptTokensDetails: [modality('TEXT', 42), modality('DOCUMENT', 258)],
        candidatesTokensDetails: [modality('AUDIO', 50)],
      },
      { inputTokens: 300, inputImageTokens: 258, outputTokens: 50, outputAudioTokens: 50 },
    ],
    [
      'vertex',
      'modalities by number',
      {
        promptTokenCount: 100,
        candidatesTokenCount: 50,
        totalTokenCount: 150,
        promptTokensDetails: [modality(1, 10), modality(2, 20), modality(3, 30), modality(4, 25), modality(5, 15)],
      },
      { inputImageTokens: 35, inputVideoTokens: 30, inputAudioTokens: 25 },
    ],
    [
      'cohere',
      'images, cache and thoughts',
      {
        tokens: { input_tokens: 34, image_tokens: 259, output_tokens: 70, reasoning_tokens: 12 },
        billed_units: { input_tokens: 267, output_tokens: 66 },
        cached_tokens: 16,
      },
      { inputTokens: 293, inputImageTokens: 259, cachedInputTokens: 16, outputTokens: 70, reasoningTokens: 12 },
    ],
    [
      'perplexity',
      'reasoning and citations, which are counted apart',
      {
        prompt_tokens: 33,
        completion_tokens: 7_163,
        total_tokens: 7_196,
        citation_tokens: 2_016,
        reasoning_tokens: 3_997,
        num_search_queries: 18,
      },
      { inputTokens: 33, outputTokens: 13_176, citationTokens: 2_016, reasoningTokens: 3_997, repaired: undefined },
    ],
    [
      'xai',
      'images, and reasoning outside the completion',
      {
        prompt_tokens: 436,
        completion_tokens: 68,
        total_tokens: 652,
        prompt_tokens_details: { text_tokens: 180, image_tokens: 256, audio_tokens: 0, cached_tokens: 152 },
        completion_tokens_details: { reasoning_tokens: 148 },
      },
      { inputTokens: 436, inputImageTokens: 256, cachedInputTokens: 152, outputTokens: 216, reasoningTokens: 148 },
    ],
    [
      'mistral',
      'cache',
      { prompt_tokens: 254, completion_tokens: 93, total_tokens: 347, num_cached_tokens: 48 },
      { cachedInputTokens: 48 },
    ],
    [
      'moonshot',
      'cache',
      { prompt_tokens: 20, completion_tokens: 30, total_tokens: 50, cached_tokens: 10 },
      { cachedInputTokens: 10 },
    ],
    [
      'deepseek',
      'cache',
      {
        prompt_tokens: 339,
        completion_tokens: 83,
        total_tokens: 422,
        prompt_cache_hit_tokens: 320,
        prompt_cache_miss_tokens: 19,
      },
      { cachedInputTokens: 320 },
    ],
    [
      'openrouter',
      'cache, video and images',
      {
        prompt_tokens: 596,
        completion_tokens: 1_375,
        total_tokens: 1_971,
        prompt_tokens_details: { cached_tokens: 100, cache_write_tokens: 50, audio_tokens: 20, video_tokens: 30 },
        completion_tokens_details: { reasoning_tokens: 5, image_tokens: 1_290, audio_tokens: 0 },
      },
      { cachedInputTokens: 100, cacheWriteTokens: 50, inputAudioTokens: 20, inputVideoTokens: 30, outputImageTokens: 1_290 },
    ],
  ])('%s: %s', async (wire, _what, native, expected) => {
    expect(await usageOf(wire, native)).toMatchObject(expected);
  });

  it('and what is billed stands beside', async () => {
    const usage = { tokens: { input_tokens: 34, output_tokens: 7 }, billed_units: { input_tokens: 50, output_tokens: 9 } };
    const answer = await wholeFrom('cohere', answerOf('cohere', usage));
    expect(answer.usage).toMatchObject({ billed_units: usage.billed_units, prompt_tokens: 50, completion_tokens: 9 });
  });

  it.each<[Operation, string, object, Partial<Usage>]>([
    [
      'images.generate',
      'pictures without details',
      {
        data: [{ b64_json: 'AA' }],
        usage: {
          input_tokens: 60,
          output_tokens: 272,
          total_tokens: 332,
          input_tokens_details: { text_tokens: 10, image_tokens: 50 },
        },
      },
      { inputImageTokens: 50, outputImageTokens: 272 },
    ],
    [
      'images.edit',
      'pictures with details',
      {
        data: [{ b64_json: 'AA' }],
        usage: {
          input_tokens: 60,
          output_tokens: 272,
          total_tokens: 332,
          output_tokens_details: { image_tokens: 200, text_tokens: 72 },
        },
      },
      { outputImageTokens: 200, outputTokens: 272 },
    ],
    [
      'audio.transcription',
      'speech that was heard',
      {
        text: 'hi',
        usage: {
          type: 'tokens',
          input_tokens: 100,
          output_tokens: 4,
          total_tokens: 104,
          input_token_details: { audio_tokens: 90, text_tokens: 10 },
        },
      },
      { inputAudioTokens: 90 },
    ],
    [
      'audio.transcription',
      'speech without details',
      { text: 'hi', usage: { type: 'tokens', input_tokens: 100, output_tokens: 4 } },
      { inputAudioTokens: 100, outputTokens: 4 },
    ],
  ])('of %s: %s', async (operation, _what, body, expected) => {
    const answer = await wholeFrom('openai', body, { operation });
    expect(usageFromOpenAi(answer.usage)).toMatchObject(expected);
  });

  it('of a transcript that is billed by its length as no tokens, and stays as it is', async () => {
    const body = { text: 'hi', usage: { type: 'duration', seconds: 12 } };
    const answer = await wholeFrom('openai', body, { operation: 'audio.transcription' });
    expect(answer).toEqual(body);
    expect(usageFromOpenAi(answer.usage)).toBeUndefined();
  });

  it('of what only passes through not at all, so that it stays as it is', async () => {
    const event = { type: 'x', usage: { input_tokens: 5, cached_tokens: 90, input_tokens_details: { cached_tokens: -1 } } };
    const passthrough = { method: 'GET', path: '/things/1', query: '' };
    const request = { operation: 'passthrough', passthrough } as const;
    const events = [event, { response: event }];
    const { items, last } = await streamFrom('openai', streaming('openai', [...events, '[DONE]']), request);
    expect([items, last]).toEqual([events, undefined]);
    expect(await wholeFrom('openai', event, request)).toEqual(event);
  });

  it('of speech in events as audio', async () => {
    const done = { type: 'speech.audio.done', usage: { input_tokens: 14, output_tokens: 101, total_tokens: 115 } };
    const events = [{ type: 'speech.audio.delta', audio: 'AA==' }, done];
    const { items, last } = await streamFrom('openai', streaming('openai', events), { operation: 'audio.speech' });
    expect(usageFromOpenAi(items.at(-1)?.usage)).toMatchObject({ inputTokens: 14, outputTokens: 101, outputAudioTokens: 101 });
    expect(last?.outputAudioTokens).toBe(101);
  });
});

describe('what an answer says of how it was served', () => {
  const counts = { input_tokens: 10, output_tokens: 5 };
  const params = { speed: 'fast', inference_geo: 'us' };

  async function servedBy(wire: string, native: object, more: { params?: object } = {}): Promise<unknown[]> {
    const request = { params: more.params ?? {} } as never;
    const whole = await wholeFrom(wire, answerOf(wire, native), request);
    const stream = streaming(wire, eventsOf(wire, { usage: native, early: wire === 'anthropic' ? native : undefined }));
    const { items } = await streamFrom(wire, stream, request);
    return [servedOf(whole), servedOf(items.at(-1))];
  }

  it.each<[string, object, object]>([
    [
      'anthropic',
      { ...counts, speed: 'fast', inference_geo: 'us', service_tier: 'priority' },
      { speed: 'fast', inferenceGeo: 'us', serviceTier: 'priority' },
    ],
    [
      'anthropic',
      { ...counts, service_tier: 'standard', inference_geo: 'not_available' },
      { serviceTier: 'default', inferenceGeo: undefined, speed: undefined },
    ],
    ['google', { promptTokenCount: 1, candidatesTokenCount: 1, serviceTier: 'priority' }, { serviceTier: 'priority' }],
    ['google', { promptTokenCount: 1, candidatesTokenCount: 1, serviceTier: 'FLEX' }, { serviceTier: 'flex' }],
    ['vertex', { promptTokenCount: 1, candidatesTokenCount: 1, trafficType: 'ON_DEMAND_PRIORITY' }, { serviceTier: 'priority' }],
    ['vertex', { promptTokenCount: 1, candidatesTokenCount: 1, trafficType: 'ON_DEMAND_FLEX' }, { serviceTier: 'flex' }],
  ])('%s: %j', async (wire, native, expected) => {
    for (const served of await servedBy(wire, native)) expect(served).toMatchObject(expected);
  });

  it('names the ordinary where something else was asked for', async () => {
    const ordinary = { ...counts, speed: 'standard', inference_geo: 'global' };
    for (const served of await servedBy('anthropic', ordinary, { params })) {
      expect(served).toMatchObject({ speed: 'standard', inferenceGeo: 'global' });
    }
    for (const served of await servedBy('anthropic', ordinary))
      expect(served).toMatchObject({ speed: undefined, inferenceGeo: undefined });
  });

  it("Bedrock's tier, whole and streamed", async () => {
    const usage = { inputTokens: 1, outputTokens: 1 };
    const whole = await wholeFrom('bedrock', { ...answerOf('bedrock', usage), serviceTier: { type: 'flex' } });
    const events = [...eventsOf('bedrock', {}).slice(0, -1), { metadata: { usage, serviceTier: { type: 'flex' } } }];
    const { items } = await streamFrom('bedrock', streaming('bedrock', events));
    expect([servedOf(whole)?.serviceTier, servedOf(items.at(-1))?.serviceTier]).toEqual(['flex', 'flex']);
  });
});

/** A usage in which one main count is told as it should be, and the other as `other`. */
interface OneCount {
  input(tokens: number, other: unknown): object;
  output(tokens: number, other: unknown): object;
}

function oneCount(tell: (input: unknown, output: unknown) => object): OneCount {
  return { input: (tokens, other) => tell(tokens, other), output: (tokens, other) => tell(other, tokens) };
}

const ONE_COUNT: Readonly<Record<string, OneCount>> = {
  openai: oneCount((prompt_tokens, completion_tokens) => ({ prompt_tokens, completion_tokens })),
  anthropic: oneCount((input_tokens, output_tokens) => ({ input_tokens, output_tokens })),
  google: oneCount((promptTokenCount, candidatesTokenCount) => ({ promptTokenCount, candidatesTokenCount })),
  bedrock: oneCount((inputTokens, outputTokens) => ({ inputTokens, outputTokens })),
  cohere: oneCount((input_tokens, output_tokens) => ({ billed_units: { input_tokens, output_tokens } })),
};

describe('counts that can not be', () => {
  it.each<[string, string, object, Partial<Usage>]>([
    // As recorded of Gemini behind a gateway.
    [
      'vercel',
      'reasoning beyond the completion',
      { prompt_tokens: 500, completion_tokens: 25, total_tokens: 525, completion_tokens_details: { reasoning_tokens: 266 } },
      { outputTokens: 291, reasoningTokens: 266, repaired: true },
    ],
    [
      'openai',
      'reasoning beyond the completion',
      { prompt_tokens: 500, completion_tokens: 25, completion_tokens_details: { reasoning_tokens: 266 } },
      { outputTokens: 291, repaired: true },
    ],
    [
      'google-openai',
      'thoughts in the total only',
      { prompt_tokens: 35, completion_tokens: 12, total_tokens: 109 },
      { outputTokens: 74, reasoningTokens: 62, repaired: true },
    ],
    [
      'openai-compatible',
      'thoughts in the total only',
      { prompt_tokens: 35, completion_tokens: 12, total_tokens: 109 },
      { outputTokens: 74, reasoningTokens: 62, repaired: true },
    ],
    [
      'openai-compatible',
      'a total below its parts',
      { prompt_tokens: 35, completion_tokens: 12, total_tokens: 1 },
      { inputTokens: 35, outputTokens: 12, repaired: true },
    ],
    [
      'azure',
      'cached beyond the prompt',
      { prompt_tokens: 298, completion_tokens: 14, total_tokens: 312, prompt_tokens_details: { cached_tokens: 387 } },
      { inputTokens: 298, cachedInputTokens: 298, repaired: true },
    ],
    [
      'google',
      'a total beyond its parts',
      { promptTokenCount: 35, candidatesTokenCount: 12, totalTokenCount: 109 },
      { outputTokens: 74, reasoningTokens: 62, repaired: true },
    ],
    [
      'google',
      'cached beyond the prompt',
      { promptTokenCount: 35, candidatesTokenCount: 12, totalTokenCount: 47, cachedContentTokenCount: 90 },
      { inputTokens: 35, cachedInputTokens: 35, repaired: true },
    ],
    [
      'google',
      'more images than candidates',
      { promptTokenCount: 35, totalTokenCount: 1_325, candidatesTokensDetails: [modality('IMAGE', 1_290)] },
      { outputTokens: 1_290, outputImageTokens: 1_290 },
    ],
    [
      'anthropic',
      'thoughts beyond the output',
      { input_tokens: 10, output_tokens: 25, output_tokens_details: { thinking_tokens: 266 } },
      { outputTokens: 291, reasoningTokens: 266, repaired: true },
    ],
    [
      'anthropic',
      'writes by time beyond the writes',
      { input_tokens: 10, output_tokens: 5, cache_creation: { ephemeral_1h_input_tokens: 400 } },
      { inputTokens: 410, cacheWriteTokens: 400, hourCacheWriteTokens: 400 },
    ],
    [
      'bedrock',
      'writes by time beyond the writes',
      { inputTokens: 10, outputTokens: 5, cacheDetails: [{ ttl: '1h', inputTokens: 400 }] },
      { inputTokens: 410, cacheWriteTokens: 400, hourCacheWriteTokens: 400 },
    ],
    [
      'bedrock',
      'a total beyond its parts',
      { inputTokens: 10, outputTokens: 5, totalTokens: 100 },
      { outputTokens: 90, repaired: true },
    ],
    [
      'cohere',
      'reasoning beyond the output',
      { tokens: { input_tokens: 10, output_tokens: 5, reasoning_tokens: 50 } },
      { outputTokens: 55, reasoningTokens: 50, repaired: true },
    ],
    [
      'cohere',
      'cached beyond the prompt',
      { tokens: { input_tokens: 10, output_tokens: 5 }, cached_tokens: 50 },
      { inputTokens: 60, cachedInputTokens: 50, repaired: true },
    ],
  ])('%s: %s', async (wire, _what, native, expected) => {
    expect(await usageOf(wire, native)).toMatchObject(expected);
  });

  const ZEROS: readonly (readonly [string, object])[] = [
    ['openai', { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 }],
    ['anthropic', { input_tokens: 0, output_tokens: 0 }],
    ['google', { promptTokenCount: 0, candidatesTokenCount: 0, totalTokenCount: 0 }],
    ['bedrock', { inputTokens: 0, outputTokens: 0, totalTokens: 0 }],
    ['cohere', { tokens: { input_tokens: 0, output_tokens: 0 } }],
  ];

  it.each(ZEROS)('%s: zeros beside a long text are no usage, and a value beside none', async (wire, native) => {
    expect(await usageOf(wire, native, LONG)).toBeUndefined();
    expect(await usageOf(wire, native, '')).toMatchObject({ inputTokens: 0, outputTokens: 0 });
  });

  it.each([
    ['openai', { prompt_tokens: 100, completion_tokens: 0, total_tokens: 100, prompt_tokens_details: { cached_tokens: 80 } }],
    ['anthropic', { input_tokens: 20, cache_read_input_tokens: 80, output_tokens: 0 }],
    ['google', { promptTokenCount: 100, cachedContentTokenCount: 80, totalTokenCount: 100 }],
    ['bedrock', { inputTokens: 20, cacheReadInputTokens: 80, outputTokens: 0 }],
    ['cohere', { tokens: { input_tokens: 100, output_tokens: 0 }, cached_tokens: 80 }],
  ])('%s: no output beside a long text is to be estimated, the input is kept', async (wire, native) => {
    expect(await usageOf(wire, native, LONG)).toMatchObject({ inputTokens: 100, cachedInputTokens: 80, unreported: 'output' });
    expect(await usageOf(wire, native, '')).toMatchObject({ inputTokens: 100, outputTokens: 0, unreported: undefined });
  });

  it('a text completion is no different', async () => {
    const zeros = { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 };
    const body = (text: string) => ({
      id: 'c',
      created: 1,
      model: 'm',
      choices: [{ text, finish_reason: 'stop' }],
      usage: zeros,
    });
    const operation = 'completions' as const;
    expect((await wholeFrom('openai', body(LONG), { operation })).usage).toBeUndefined();
    expect((await wholeFrom('openai', body(''), { operation })).usage).toMatchObject(zeros);
    const events = (text: string) => [{ ...body(text), usage: undefined }, { ...body(''), choices: [], usage: zeros }, '[DONE]'];
    expect((await streamFrom('openai', streaming('openai', events(LONG)), { operation })).items).toHaveLength(1);
    expect((await streamFrom('openai', streaming('openai', events('')), { operation })).items.at(-1)?.usage).toMatchObject(zeros);
  });

  it('nor is a response, whole or in its last event', async () => {
    const operation = 'responses' as const;
    const response = (text: string, usage: object) => ({
      object: 'response',
      status: 'completed',
      error: null,
      output: [{ type: 'message', content: [{ type: 'output_text', text }] }],
      usage,
    });
    const zeros = { input_tokens: 0, output_tokens: 0, total_tokens: 0 };
    const wrong = {
      input_tokens: 100,
      input_tokens_details: { cached_tokens: 300 },
      output_tokens: 25,
      output_tokens_details: { reasoning_tokens: 266 },
      total_tokens: 125,
    };
    const right = {
      input_tokens: 100,
      input_tokens_details: { cached_tokens: 100 },
      output_tokens: 291,
      output_tokens_details: { reasoning_tokens: 266 },
      total_tokens: 391,
      repaired: true,
    };
    for (const [text, usage, expected] of [
      [LONG, zeros, undefined],
      ['', zeros, zeros],
      ['hi', wrong, right],
    ] as const) {
      expect((await wholeFrom('openai', response(text, usage), { operation })).usage).toEqual(expected);
      const events = [
        { type: 'response.created', response: { status: 'in_progress' } },
        { type: 'response.completed', response: response(text, usage) },
      ];
      const { items } = await streamFrom('openai', streaming('openai', events), { operation });
      expect(items.at(-1)).toHaveProperty('response.usage', expected);
    }
  });

  it.each<[string, object, object | undefined]>([
    ['a prompt below the total', { prompt_tokens: 3, total_tokens: 9 }, { prompt_tokens: 9, total_tokens: 9, repaired: true }],
    [
      'a completion',
      { prompt_tokens: 3, total_tokens: 3, completion_tokens: 2 },
      { prompt_tokens: 3, total_tokens: 3, completion_tokens: 0 },
    ],
    ['only a total', { total_tokens: 9 }, { prompt_tokens: 9, total_tokens: 9 }],
    ['zeros beside a long text', { prompt_tokens: 0, total_tokens: 0 }, undefined],
    ['text', { prompt_tokens: 'many', total_tokens: null }, undefined],
  ])('nor are embeddings: %s', async (_what, usage, expected) => {
    const body = { data: [{ embedding: [1] }], usage };
    const answer = await wholeFrom('openai', body, { operation: 'embeddings', params: { input: LONG } });
    expect(answer.usage).toEqual(expected);
  });

  it.each<[string, object, string?]>([
    ['google', { embedding: { values: [1] }, usageMetadata: { promptTokenCount: 0 } }],
    ['cohere', { embeddings: { float: [[1]] }, meta: { billed_units: { input_tokens: 0 } } }],
    ['bedrock', { embedding: [1], inputTextTokenCount: 0 }, 'amazon.titan-embed-text-v2:0'],
  ])('nor are embeddings of %s', async (wire, body, model) => {
    const ask = (input: string) =>
      wholeFrom(wire, body, { operation: 'embeddings', params: { input }, ...(model && { upstreamModel: model }) });
    expect(await ask(LONG)).not.toHaveProperty('usage');
    expect((await ask('hi')).usage).toEqual({ prompt_tokens: 0, total_tokens: 0 });
  });

  it('cumulative counts do not shrink, class by class', async () => {
    const anthropic = [
      ...eventsOf('anthropic', { early: { input_tokens: 100, cache_read_input_tokens: 900, output_tokens: 1 } }).slice(0, -2),
      { type: 'message_delta', delta: {}, usage: { output_tokens: 121, output_tokens_details: { thinking_tokens: 60 } } },
      {
        type: 'message_delta',
        delta: { stop_reason: 'end_turn' },
        usage: { input_tokens: 0, cache_read_input_tokens: 0, output_tokens: 0 },
      },
      { type: 'message_stop' },
    ];
    const gemini = [
      ...eventsOf('google', {
        early: {
          promptTokenCount: 1_000,
          cachedContentTokenCount: 900,
          candidatesTokenCount: 61,
          thoughtsTokenCount: 60,
          totalTokenCount: 1_121,
          cacheTokensDetails: [TEXT],
        },
        usage: { promptTokenCount: 1_000, candidatesTokenCount: 0, totalTokenCount: 1_000 },
      }),
    ];
    const full = {
      prompt_tokens: 1_000,
      completion_tokens: 121,
      total_tokens: 1_121,
      prompt_tokens_details: { cached_tokens: 900 },
      completion_tokens_details: { reasoning_tokens: 60 },
    };
    const openai = [
      chunkOf({ content: 'hi' }, { usage: full }),
      chunkOf({}, { usage: { prompt_tokens: 1_000, completion_tokens: 0, total_tokens: 1_000 } }, 'stop'),
      '[DONE]',
    ];
    for (const [wire, events] of [
      ['anthropic', anthropic],
      ['google', gemini],
      ['perplexity', openai],
      ['openai', openai],
    ] as const) {
      const { items, last } = await streamFrom(wire, streaming(wire, events));
      const expected = { inputTokens: 1_000, cachedInputTokens: 900, outputTokens: 121, reasoningTokens: 60, repaired: true };
      expect(usageFromOpenAi(items.at(-1)?.usage), wire).toMatchObject(expected);
      expect(last, wire).toMatchObject(expected);
    }
  });

  it('a count of a stream that is none leaves the other to read', async () => {
    const events = [
      ...eventsOf('anthropic', { early: { input_tokens: 100, output_tokens: 1 }, usage: { output_tokens: 'many' } }),
    ];
    const { items } = await streamFrom('anthropic', streaming('anthropic', events));
    expect(items.at(-1)?.usage).toMatchObject({ prompt_tokens: 100, unreported: 'output' });
  });

  it.each(Object.keys(ONE_COUNT))('%s: of two main counts the one that was told stands', async (wire) => {
    const { input, output } = ONE_COUNT[wire] as OneCount;
    for (const other of [undefined, null, -1, 'many', 1e15]) {
      expect(await usageOf(wire, output(90, other)), String(other)).toMatchObject({ outputTokens: 90, unreported: 'input' });
      expect(await usageOf(wire, input(100, other)), String(other)).toMatchObject({ inputTokens: 100 });
      expect(await usageOf(wire, input(100, other), LONG), String(other)).toMatchObject({ unreported: 'output' });
    }
  });

  it('an output without the prompt is kept, and says what is missing', async () => {
    const native = { candidatesTokenCount: 23, thoughtsTokenCount: 67 };
    const usage = await usageOf('google', native);
    expect(usage).toMatchObject({ inputTokens: 0, outputTokens: 90, reasoningTokens: 67, unreported: 'input' });
    expect(await usageOf('google', { ...native, totalTokenCount: 120 })).toMatchObject({
      inputTokens: 30,
      outputTokens: 90,
      unreported: undefined,
    });
    expect(await usageOf('openai', { completion_tokens: 90 })).toMatchObject({ outputTokens: 90, unreported: 'input' });
    expect(await usageOf('openai', { prompt_tokens: 90 })).toMatchObject({ inputTokens: 90, unreported: 'output' });
  });
});

function countsOf(usage: Usage | undefined): object {
  return Object.fromEntries(Object.entries(usage ?? {}).filter(([, value]) => typeof value === 'number'));
}

describe('any JSON in place of a usage', () => {
  const clock = new TestClock();
  const account = { region: 'us-east-1', drop: new Set<string>() } as never;
  const quirksOf = (type: string) => vendors.get(type)?.quirks as VendorQuirks;
  const wires: Record<string, Wire> = {
    anthropic: anthropicWire({ hosting: 'anthropic' }),
    google: googleWire,
    bedrock: bedrockWire({ account, clock }),
    cohere: cohereWire(),
    openai: openAiWire(OPENAI_QUIRKS, new Set()),
    perplexity: openAiWire(quirksOf('perplexity'), new Set()),
    'google-openai': openAiWire(quirksOf('google-openai'), new Set()),
  };
  const NAMES = [
    ...['input_tokens', 'output_tokens', 'cache_read_input_tokens', 'cache_creation_input_tokens', 'thinking_tokens'],
    ...[
      'ephemeral_1h_input_tokens',
      'ephemeral_5m_input_tokens',
      'cached_tokens',
      'image_tokens',
      'reasoning_tokens',
      'citation_tokens',
    ],
    ...['promptTokenCount', 'candidatesTokenCount', 'thoughtsTokenCount', 'cachedContentTokenCount', 'toolUsePromptTokenCount'],
    ...['totalTokenCount', 'inputTokens', 'outputTokens', 'totalTokens', 'cacheReadInputTokens', 'cacheWriteInputTokens'],
    ...['prompt_tokens', 'completion_tokens', 'total_tokens', 'cache_write_tokens', 'audio_tokens'],
  ];
  const count = fc.oneof(
    { weight: 8, arbitrary: fc.nat(3_000) },
    { weight: 1, arbitrary: fc.constantFrom(null, -1, '5', 1e300, 0.5, {}, []) },
  );
  const counts = fc.record(Object.fromEntries(NAMES.map((name) => [name, count])), { requiredKeys: [] });
  const modalities = fc.array(
    fc.oneof(
      fc.record({ modality: fc.constantFrom('TEXT', 'IMAGE', 'VIDEO', 'AUDIO', 'DOCUMENT', 2, 'X', null), tokenCount: count }),
      fc.constantFrom(null, 'x', 5),
    ),
    { maxLength: 3 },
  );
  const part = fc.oneof({ weight: 5, arbitrary: counts }, { weight: 1, arbitrary: fc.constantFrom(null, 'x', 3, []) });
  const cacheDetails = fc.oneof(
    fc.array(fc.oneof(fc.record({ ttl: fc.constantFrom('5m', '1h', 'x'), inputTokens: count }), fc.constant(null)), {
      maxLength: 3,
    }),
    fc.constant('x'),
  );
  const PARTS = [
    'output_tokens_details',
    'prompt_tokens_details',
    'completion_tokens_details',
    'cache_creation',
    'tokens',
    'billed_units',
  ];
  const LISTS = ['promptTokensDetails', 'candidatesTokensDetails', 'cacheTokensDetails', 'toolUsePromptTokensDetails'];
  const parts = fc.record(
    {
      ...Object.fromEntries(PARTS.map((name) => [name, part])),
      ...Object.fromEntries(LISTS.map((name) => [name, fc.oneof(modalities, fc.constant('x'))])),
      cacheDetails,
    },
    { requiredKeys: [] },
  );
  const usages = fc.oneof(
    { weight: 9, arbitrary: fc.tuple(counts, parts).map(([own, more]) => ({ ...own, ...more })) },
    { weight: 1, arbitrary: fc.jsonValue() },
  );

  const typedDetails = fc.record(
    {
      ...Object.fromEntries(NAMES.map((name) => [name, count])),
      cached_tokens_details: fc.oneof(part, fc.record({ audio_tokens: count, image_tokens: count, cached_image_tokens: count })),
    },
    { requiredKeys: [] },
  );
  const typed = fc.record(
    {
      input_tokens: count,
      output_tokens: count,
      total_tokens: count,
      cached_tokens: count,
      input_tokens_details: typedDetails,
      input_token_details: typedDetails,
      output_tokens_details: typedDetails,
      output_token_details: typedDetails,
    },
    { requiredKeys: ['input_tokens'] },
  );

  it.each(NATIVE_WIRES)('the wire of %s has a row', (name) => {
    expect(Object.keys(wires)).toContain(name);
  });

  it.each(Object.keys(wires))('%s reads it as consistent counts or not at all', (name) => {
    const wire = wires[name] as Wire;
    const request = { operation: 'chat', upstreamModel: 'm', params: { messages: [] }, stream: false } as const;
    const exchange = { request, requestId: 'r1', status: 200, headers: {}, createdSeconds: 1 };
    fc.assert(
      fc.property(usages, fc.constantFrom('', 'hi', LONG), (native, text) => {
        const copy = () => structuredClone(native);
        const { usage } = wire.fromResponse(answerOf(name, copy(), text), exchange) as { usage?: { unreported?: string } };
        const read = reportedFromOpenAi(usage);
        if (usage !== undefined) expect(read).toBeDefined();
        if (read !== undefined) expectConsistent(read);
        // The answer says what was read of the upstream's own object, no more and no less.
        if (name === 'openai' && read !== undefined) expect(read).toMatchObject(countsOf(reportedFromOpenAi(copy())));
        const inError = wire.usageIn({ usage: copy(), usageMetadata: copy(), error: { usage: copy() } });
        if (inError !== undefined) expectConsistent(inError);
      }),
      { numRuns: 500 },
    );
  });

  it.each(['responses', 'images.generate', 'audio.transcription'] as const)(
    'of %s says afterwards what was read of it',
    (operation) => {
      const wire = wires.openai as Wire;
      const request = { operation, upstreamModel: 'm', params: {}, stream: false } as const;
      const exchange = { request, requestId: 'r1', status: 200, headers: {}, createdSeconds: 1 };
      fc.assert(
        fc.property(typed, (native) => {
          const body = { status: 'completed', output: [], data: [{}], text: '', usage: structuredClone(native) };
          const { usage } = wire.fromResponse(body, exchange) as { usage: unknown };
          const read = reportedFromOpenAi(usage);
          if (read === undefined) return;
          expectConsistent(read);
          if (operation === 'responses') expect(read).toMatchObject(countsOf(reportedFromOpenAi(native)));
          const { repaired, ...counts } = usage as Record<string, unknown>;
          expect(reportedFromOpenAi(counts)).toMatchObject(countsOf(read));
        }),
        { numRuns: 500 },
      );
    },
  );
});
