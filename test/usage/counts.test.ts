import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toOpenAiUsage } from '../../src/core/openai-usage.ts';
import {
  addUsage,
  completedUsage,
  largerUsage,
  NO_USAGE,
  reportedFromOpenAi,
  toTokenCount,
  type Usage,
  usageFromOpenAi,
} from '../../src/core/usage.ts';
import { COUNTS, expectConsistent } from './consistent.ts';

const base = { prompt_tokens: 100, completion_tokens: 40, total_tokens: 140 };
const input = (details: object) => ({ ...base, prompt_tokens_details: details });
const output = (details: object) => ({ ...base, completion_tokens_details: details });

/** What the usage has beside the counts of `base`. */
function beside(raw: unknown): Partial<Usage> {
  const usage = usageFromOpenAi(raw);
  expect(usage).toBeDefined();
  const own = Object.entries(usage ?? {}).filter(([name, value]) => value && !(name in NO_USAGE && isOfBase(name, value)));
  return Object.fromEntries(own);
}

function isOfBase(name: string, value: unknown): boolean {
  return (name === 'inputTokens' && value === 100) || (name === 'outputTokens' && value === 40);
}

describe('classes of tokens', () => {
  it.each<[string, unknown, Partial<Usage>]>([
    ['a chat', input({ cached_tokens: 60, cache_write_tokens: 20 }), { cachedInputTokens: 60, cacheWriteTokens: 20 }],
    [
      'writes for an hour',
      input({ cache_write_tokens: 9, cache_write_1h_tokens: 5 }),
      { cacheWriteTokens: 9, hourCacheWriteTokens: 5 },
    ],
    ['DeepSeek', { ...base, prompt_cache_hit_tokens: 60, prompt_cache_miss_tokens: 40 }, { cachedInputTokens: 60 }],
    ['Moonshot', { ...base, cached_tokens: 60 }, { cachedInputTokens: 60 }],
    ['older Mistral', { ...base, num_cached_tokens: 60, prompt_token_details: null }, { cachedInputTokens: 60 }],
    [
      'Vercel',
      { ...input({ cached_tokens: 0, cache_write_tokens: 0 }), cache_creation_input_tokens: 7 },
      { cacheWriteTokens: 7 },
    ],
    ['Alibaba', input({ cached_tokens: 3, cache_creation_input_tokens: 7 }), { cachedInputTokens: 3, cacheWriteTokens: 7 }],
    [
      "LiteLLM's proxies",
      input({
        cache_creation_tokens: 7,
        cache_creation_token_details: { ephemeral_5m_input_tokens: 2, ephemeral_1h_input_tokens: 5 },
      }),
      { cacheWriteTokens: 7, hourCacheWriteTokens: 5 },
    ],
    [
      'media in',
      input({ audio_tokens: 10, image_tokens: 20, video_tokens: 30, text_tokens: 40 }),
      { inputAudioTokens: 10, inputImageTokens: 20, inputVideoTokens: 30 },
    ],
    ["Azure's Grok", { ...base, audio_prompt_tokens: 4 }, { inputAudioTokens: 4 }],
    [
      'media out',
      output({ audio_tokens: 1, image_tokens: 2, video_tokens: 3, reasoning_tokens: 4 }),
      { outputAudioTokens: 1, outputImageTokens: 2, outputVideoTokens: 3, reasoningTokens: 4 },
    ],
    ['citations', output({ citation_tokens: 5, reasoning_tokens: 6 }), { citationTokens: 5, reasoningTokens: 6 }],
    [
      'the Responses API',
      {
        input_tokens: 100,
        output_tokens: 40,
        total_tokens: 140,
        input_tokens_details: { cached_tokens: 60 },
        output_tokens_details: { reasoning_tokens: 9 },
      },
      { cachedInputTokens: 60, reasoningTokens: 9 },
    ],
    [
      'images',
      {
        input_tokens: 100,
        output_tokens: 40,
        input_tokens_details: { image_tokens: 80, text_tokens: 20 },
        output_tokens_details: { image_tokens: 40 },
      },
      { inputImageTokens: 80, outputImageTokens: 40 },
    ],
    [
      'a transcript, by the singular name',
      {
        type: 'tokens',
        input_tokens: 100,
        output_tokens: 40,
        total_tokens: 140,
        input_token_details: { audio_tokens: 90, text_tokens: 10 },
      },
      { inputAudioTokens: 90 },
    ],
    [
      'a realtime answer',
      {
        input_tokens: 100,
        output_tokens: 40,
        input_token_details: {
          cached_tokens: 50,
          audio_tokens: 60,
          image_tokens: 10,
          cached_tokens_details: { audio_tokens: 30, image_tokens: 5, text_tokens: 15 },
        },
        output_token_details: { audio_tokens: 33, text_tokens: 7 },
      },
      {
        cachedInputTokens: 50,
        inputAudioTokens: 60,
        inputImageTokens: 10,
        cachedAudioTokens: 30,
        cachedImageTokens: 5,
        outputAudioTokens: 33,
      },
    ],
    [
      "the image tool's",
      {
        input_tokens: 100,
        output_tokens: 40,
        cached_tokens: 8,
        cached_tokens_details: { cached_image_tokens: 6, cached_text_tokens: 2 },
        input_tokens_details: { image_tokens: 50, text_tokens: 50 },
      },
      { cachedInputTokens: 8, cachedImageTokens: 6, inputImageTokens: 50 },
    ],
  ])('of %s are told apart', (_name, raw, expected) => {
    expect(beside(raw)).toEqual(expected);
  });

  it('are none where a transcript is billed by its length', () => {
    expect(usageFromOpenAi({ type: 'duration', seconds: 12 })).toBeUndefined();
  });

  it('come out of the form that they were put in', () => {
    for (const raw of [
      base,
      input({ cached_tokens: 60, audio_tokens: 7, cached_tokens_details: { audio_tokens: 5 } }),
      output({ citation_tokens: 5 }),
    ]) {
      const usage = usageFromOpenAi(raw) as Usage;
      expect(usageFromOpenAi(toOpenAiUsage(usage))).toEqual(usage);
    }
  });
});

describe('counts that contradict each other', () => {
  const cases: readonly (readonly [string, object, Partial<Usage>])[] = [
    // As recorded of Gemini behind a gateway.
    [
      'reasoning beyond the output lies outside it',
      { prompt_tokens: 500, completion_tokens: 25, total_tokens: 525, completion_tokens_details: { reasoning_tokens: 266 } },
      { outputTokens: 291, reasoningTokens: 266 },
    ],
    [
      'also where there is no total',
      { prompt_tokens: 500, completion_tokens: 25, completion_tokens_details: { reasoning_tokens: 266 } },
      { outputTokens: 291, reasoningTokens: 266 },
    ],
    [
      'reasoning that the total counts apart is added (xAI)',
      { prompt_tokens: 436, completion_tokens: 68, total_tokens: 652, completion_tokens_details: { reasoning_tokens: 148 } },
      { outputTokens: 216, reasoningTokens: 148 },
    ],
    [
      "a larger total proves hidden thinking (Gemini's OpenAI endpoint)",
      { prompt_tokens: 35, completion_tokens: 12, total_tokens: 109 },
      { outputTokens: 74, reasoningTokens: 62 },
    ],
    [
      'so it does beside reasoning that was told',
      { ...output({ reasoning_tokens: 10 }), total_tokens: 170 },
      { outputTokens: 70, reasoningTokens: 30 },
    ],
    [
      'a total that counts the input twice proves nothing',
      { ...base, total_tokens: 240 },
      { inputTokens: 100, outputTokens: 40 },
    ],
    ['nor does one that counts the output twice', { ...base, total_tokens: 180 }, { inputTokens: 100, outputTokens: 40 }],
    ['a total below its parts is none', { ...base, total_tokens: 3 }, { inputTokens: 100, outputTokens: 40 }],
    // As recorded of Grok on Azure.
    [
      'cached beyond the prompt is cut where the total leaves no room',
      { prompt_tokens: 298, completion_tokens: 14, total_tokens: 312, prompt_tokens_details: { cached_tokens: 387 } },
      { inputTokens: 298, cachedInputTokens: 298 },
    ],
    [
      'cached that the total counts apart lies outside the prompt',
      { ...input({ cached_tokens: 60 }), total_tokens: 200 },
      { inputTokens: 160, cachedInputTokens: 60, outputTokens: 40 },
    ],
    [
      'cached and written that it counts apart lie outside',
      { ...input({ cached_tokens: 60, cache_write_tokens: 15 }), total_tokens: 215 },
      { inputTokens: 175, cachedInputTokens: 60, cacheWriteTokens: 15, outputTokens: 40 },
    ],
    [
      'cached beyond the prompt lies outside where there is no total',
      { prompt_tokens: 100, completion_tokens: 40, prompt_tokens_details: { cached_tokens: 300 } },
      { inputTokens: 400, cachedInputTokens: 300 },
    ],
    [
      'of cached and written that do not fit, the written stay',
      input({ cached_tokens: 80, cache_write_tokens: 50 }),
      { inputTokens: 100, cacheWriteTokens: 50, cachedInputTokens: 50 },
    ],
    [
      'writes for an hour are writes',
      { ...input({ cache_write_1h_tokens: 30 }) },
      { cacheWriteTokens: 30, hourCacheWriteTokens: 30 },
    ],
    [
      'images that the total counts apart lie outside the prompt',
      { ...input({ image_tokens: 70 }), total_tokens: 210 },
      { inputTokens: 170, inputImageTokens: 70, outputTokens: 40 },
    ],
    [
      'images beyond the prompt are cut where the total leaves no room',
      input({ image_tokens: 170 }),
      { inputTokens: 100, inputImageTokens: 100 },
    ],
    [
      'images beyond the output lie outside where there is no total',
      { prompt_tokens: 100, completion_tokens: 40, completion_tokens_details: { image_tokens: 1_290 } },
      { outputTokens: 1_330, outputImageTokens: 1_290 },
    ],
    [
      'thoughts give way to images where both are too many',
      output({ image_tokens: 30, reasoning_tokens: 20 }),
      { outputTokens: 40, outputImageTokens: 30, reasoningTokens: 10 },
    ],
    [
      'a cached class is one of the input too',
      input({ cached_tokens: 50, cached_tokens_details: { audio_tokens: 20 } }),
      { inputAudioTokens: 20, cachedAudioTokens: 20 },
    ],
  ];

  it.each(cases)('%s', (_name, raw, expected) => {
    const usage = usageFromOpenAi(raw) as Usage;
    expect(usage).toMatchObject({ ...expected, repaired: true });
    expectConsistent(usage);
  });

  it.each(cases)('say so in the form of the answer, in which nothing contradicts any more: %s', (_name, raw) => {
    const usage = usageFromOpenAi(raw) as Usage;
    const told = toOpenAiUsage(usage);
    expect(told).toMatchObject({ repaired: true, total_tokens: usage.inputTokens + usage.outputTokens });
    expect(usageFromOpenAi(told)).toEqual(usage);
    const { repaired, ...counts } = told;
    expect(usageFromOpenAi(counts)).toEqual({ ...usage, repaired: undefined });
  });

  it('are left alone where they do not', () => {
    for (const raw of [
      base,
      input({ cached_tokens: 100 }),
      output({ reasoning_tokens: 40 }),
      { ...base, total_tokens: undefined },
    ])
      expect(usageFromOpenAi(raw)?.repaired).toBeUndefined();
  });
});

describe('counts that are none', () => {
  const NONE = [null, -1, Number.NaN, '5', 1e300, [], {}, true];

  it('are missing where they are main counts, and take nothing from the other', () => {
    for (const bad of NONE) {
      expect(reportedFromOpenAi({ prompt_tokens: bad, completion_tokens: bad, total_tokens: 140 })).toBeUndefined();
      expect(reportedFromOpenAi({ prompt_tokens: bad, completion_tokens: 0 })).toBeUndefined();
      expect(reportedFromOpenAi({ prompt_tokens: bad, completion_tokens: 40 })).toMatchObject({
        inputTokens: 0,
        outputTokens: 40,
        unreported: 'input',
      });
      for (const names of [
        { prompt_tokens: 100, completion_tokens: bad },
        { input_tokens: 100, output_tokens: bad },
      ]) {
        expect(reportedFromOpenAi(names)).toMatchObject({ inputTokens: 100, outputTokens: 0, unreported: 'output' });
        expect(usageFromOpenAi(names)).toBeUndefined();
      }
    }
  });

  it('are what the total leaves where they are main counts, and 0 elsewhere', () => {
    for (const bad of NONE) {
      expect(usageFromOpenAi({ ...base, prompt_tokens: bad })).toMatchObject({ inputTokens: 100, outputTokens: 40 });
      expect(usageFromOpenAi({ ...base, completion_tokens: bad })).toMatchObject({ inputTokens: 100, outputTokens: 40 });
      expect(usageFromOpenAi({ ...base, total_tokens: bad })).toMatchObject({ inputTokens: 100, outputTokens: 40 });
      for (const name of [
        'cached_tokens',
        'cache_write_tokens',
        'cache_write_1h_tokens',
        'audio_tokens',
        'image_tokens',
        'cached_tokens_details',
      ])
        expect(beside(input({ [name]: bad }))).toEqual({});
      for (const name of ['reasoning_tokens', 'audio_tokens', 'image_tokens', 'video_tokens', 'citation_tokens'])
        expect(beside(output({ [name]: bad }))).toEqual({});
      if (typeof bad !== 'object' || Array.isArray(bad)) expect(beside(input(bad as object))).toEqual({});
    }
  });

  it('are taken from the total where they are missing', () => {
    expect(usageFromOpenAi({ prompt_tokens: 100, total_tokens: 140 })).toMatchObject({ inputTokens: 100, outputTokens: 40 });
    expect(usageFromOpenAi({ completion_tokens: 40, total_tokens: 140 })).toMatchObject({ inputTokens: 100, outputTokens: 40 });
    expect(usageFromOpenAi({ prompt_tokens: 100 })).toMatchObject({ inputTokens: 100, outputTokens: 0 });
  });

  it('are named where nothing tells them, so that the rest is kept', () => {
    const raw = { completion_tokens: 90, completion_tokens_details: { reasoning_tokens: 67 } };
    expect(usageFromOpenAi(raw)).toBeUndefined();
    const reported = reportedFromOpenAi(raw) as Usage;
    expect(reported).toMatchObject({ inputTokens: 0, outputTokens: 90, reasoningTokens: 67, unreported: 'input' });
    expect(reportedFromOpenAi(toOpenAiUsage(reported))).toEqual(reported);
    expect(completedUsage(reported, { ...NO_USAGE, inputTokens: 12, outputTokens: 5 })).toMatchObject({
      inputTokens: 12,
      outputTokens: 90,
    });
    expect(completedUsage(reported, NO_USAGE)).not.toHaveProperty('unreported');
    const whole = usageFromOpenAi(base) as Usage;
    expect(completedUsage(whole, { ...NO_USAGE, inputTokens: 999 })).toBe(whole);
  });
});

describe('of two reports of one answer', () => {
  const usage = (more: Partial<Usage>): Usage => ({ ...NO_USAGE, inputTokens: 100, outputTokens: 40, ...more });

  it('the larger of each class stands', () => {
    expect(largerUsage(usage({ outputTokens: 1 }), usage({ cachedInputTokens: 80 }))).toMatchObject({
      outputTokens: 40,
      cachedInputTokens: 80,
      repaired: undefined,
    });
    expect(
      largerUsage(usage({ outputTokens: 121, reasoningTokens: 9 }), usage({ inputTokens: 0, outputTokens: 0 })),
    ).toMatchObject({
      inputTokens: 100,
      outputTokens: 121,
      reasoningTokens: 9,
      repaired: true,
    });
  });

  it('one may be missing, or lack what the other has', () => {
    const one = usage({});
    expect(largerUsage(one, undefined)).toBe(one);
    expect(largerUsage(undefined, one)).toBe(one);
    const output = { ...NO_USAGE, outputTokens: 90, unreported: 'input' } as const;
    expect(largerUsage(one, output)).toMatchObject({ inputTokens: 100, outputTokens: 90, unreported: undefined });
    expect(largerUsage(output, output)).toMatchObject({ outputTokens: 90, unreported: 'input' });
  });

  it('their parts still fit', () => {
    const most = largerUsage(usage({ cachedInputTokens: 100 }), usage({ cacheWriteTokens: 70 })) as Usage;
    expectConsistent(most);
    expect(most).toMatchObject({ inputTokens: 100, cacheWriteTokens: 70, cachedInputTokens: 30 });
  });
});

it('sums of usages say that one was repaired', () => {
  const sum = addUsage({ ...NO_USAGE, inputTokens: 1 }, { ...NO_USAGE, inputTokens: 2, repaired: true });
  expect(sum).toMatchObject({ inputTokens: 3, repaired: true });
});

describe('any JSON', () => {
  const count = fc.oneof(
    { weight: 6, arbitrary: fc.nat({ max: 5_000 }) },
    { weight: 1, arbitrary: fc.constantFrom(0, 1e9, 1e9 + 1, 1e300, -1, 0.5, null, '7', Number.NaN, {}, []) },
  );
  const NAMES = [
    ...['cached_tokens', 'cache_write_tokens', 'cache_write_1h_tokens', 'audio_tokens', 'image_tokens', 'video_tokens'],
    ...['text_tokens', 'reasoning_tokens', 'citation_tokens'],
  ];
  const cached = fc.record({ audio_tokens: count, image_tokens: count, cached_image_tokens: count }, { requiredKeys: [] });
  const details = fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record(
        { ...Object.fromEntries(NAMES.map((name) => [name, count])), cached_tokens_details: cached },
        { requiredKeys: [] },
      ),
    },
    { weight: 1, arbitrary: fc.constantFrom(null, 'x', 7, []) },
  );
  const MAIN = [
    ...[
      'prompt_tokens',
      'completion_tokens',
      'total_tokens',
      'input_tokens',
      'output_tokens',
      'cached_tokens',
      'num_cached_tokens',
    ],
    ...['prompt_cache_hit_tokens', 'cache_creation_input_tokens', 'reasoning_tokens', 'citation_tokens', 'audio_prompt_tokens'],
  ];
  const DETAILS = [
    ...['prompt_tokens_details', 'completion_tokens_details', 'input_tokens_details', 'output_tokens_details'],
    ...['input_token_details', 'output_token_details'],
  ];
  const usages = fc.record(
    {
      ...Object.fromEntries(MAIN.map((name) => [name, count])),
      ...Object.fromEntries(DETAILS.map((name) => [name, details])),
      repaired: fc.anything(),
      unreported: fc.constantFrom('input', 'output', 'x', null),
    },
    { requiredKeys: [] },
  );

  it('is read as consistent counts or not at all, and once read stays as it is', () => {
    fc.assert(
      fc.property(fc.oneof({ weight: 9, arbitrary: usages }, { weight: 1, arbitrary: fc.anything() }), (raw) => {
        const usage = reportedFromOpenAi(raw);
        if (usage === undefined) return;
        expectConsistent(usage);
        expect(reportedFromOpenAi(toOpenAiUsage(usage))).toEqual(usage);
      }),
      { numRuns: 3_000 },
    );
  });

  it('is read as no less than a total proves', () => {
    fc.assert(
      fc.property(fc.nat(9_999), fc.nat(9_999), fc.nat(50_000), (prompt_tokens, completion_tokens, total_tokens) => {
        const usage = usageFromOpenAi({ prompt_tokens, completion_tokens, total_tokens }) as Usage;
        const beyond = total_tokens - prompt_tokens - completion_tokens;
        const isTwice = beyond === prompt_tokens || beyond === completion_tokens;
        const proven = beyond > 0 && !isTwice ? total_tokens : prompt_tokens + completion_tokens;
        expect(usage.inputTokens + usage.outputTokens).toBe(proven);
      }),
    );
  });

  it('is never read as less than its main counts say', () => {
    fc.assert(
      fc.property(usages, (raw) => {
        const usage = reportedFromOpenAi(raw);
        if (usage === undefined) return;
        const main = raw as Record<string, unknown>;
        const told = (name: string, other: string) => toTokenCount(main[name] === undefined ? main[other] : main[name]) ?? 0;
        expect(usage.inputTokens).toBeGreaterThanOrEqual(told('prompt_tokens', 'input_tokens'));
        expect(usage.outputTokens).toBeGreaterThanOrEqual(told('completion_tokens', 'output_tokens'));
        expect(usage.outputTokens).toBeGreaterThanOrEqual(usage.reasoningTokens);
      }),
      { numRuns: 1_000 },
    );
  });

  it('of two reports the larger is consistent and no smaller than either', () => {
    fc.assert(
      fc.property(usages, usages, (one, other) => {
        const [earlier, later] = [reportedFromOpenAi(one), reportedFromOpenAi(other)];
        const most = largerUsage(earlier, later);
        if (most === undefined) return;
        expectConsistent(most);
        for (const name of COUNTS.slice(0, 2)) {
          expect(most[name]).toBeGreaterThanOrEqual(Math.max(earlier?.[name] ?? 0, later?.[name] ?? 0));
        }
      }),
      { numRuns: 1_000 },
    );
  });
});
