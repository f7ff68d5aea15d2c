import { describe, expect, it } from 'vitest';
import type { PriceOverride } from '../../src/core/deployment.ts';
import type { Plan } from '../../src/core/plan.ts';
import { NO_USAGE, type Usage } from '../../src/core/usage.ts';
import { TEXT_ONLY } from '../../src/ledger/asked-for.ts';
import { costBound, costExpected, costOf, outputBoughtBy } from '../../src/ledger/price.ts';
import { Prices } from '../../src/ledger/prices.ts';
import type { Rates } from '../../src/ledger/rates.ts';
import { deploymentOf, planOf } from '../support/ledger-plan.ts';
import { isListed, listedUsd, nano } from '../support/listed-prices.ts';

const NOW = Date.UTC(2026, 10, 28, 12);

function ratesAt(vendor: string, upstreamModel: string, plan: Plan = planOf({}), price?: PriceOverride): Rates {
  const rates = new Prices().ratesOf(plan, deploymentOf({ provider: vendor, vendor, upstreamModel, price }), NOW);
  if (rates === undefined) throw new Error(`no price for ${vendor}/${upstreamModel}`);
  return rates;
}

const cost = (rates: Rates, usage: Partial<Usage>) => costOf(rates, { ...NO_USAGE, ...usage });
const asking = (asked: Partial<typeof TEXT_ONLY>) => ({ ...TEXT_ONLY, special: true, ...asked });

describe('image tokens', () => {
  it('of an image model that writes text too cost its rate for images, and its text the rate for text', () => {
    const flash = ratesAt('google', 'gemini-2.5-flash-image');
    const usd = (key: string) => listedUsd('google', 'gemini-2.5-flash-image', key);
    const made = { inputTokens: 20, outputTokens: 1_330, outputImageTokens: 1_290 };
    expect(cost(flash, made)).toBe(
      nano(20, usd('input_mtok')) + nano(40, usd('output_mtok')) + nano(1_290, usd('output_image_mtok')),
    );
    expect(usd('output_image_mtok')).toBeGreaterThan(10 * usd('output_mtok'));
  });

  it('of gpt-image cost its rates for images in and out, fresh and cached', () => {
    const usd = (key: string) => listedUsd('openai', 'gpt-image-1.5', key);
    const edited = {
      inputTokens: 1_000,
      inputImageTokens: 800,
      cachedInputTokens: 500,
      cachedImageTokens: 400,
      outputTokens: 4_200,
      outputImageTokens: 4_160,
    };
    expect(cost(ratesAt('openai', 'gpt-image-1.5'), edited)).toBe(
      nano(100, usd('input_mtok')) +
        nano(100, usd('cache_read_mtok')) +
        nano(400, usd('input_image_mtok')) +
        nano(400, usd('cache_image_read_mtok')) +
        nano(40, usd('output_mtok')) +
        nano(4_160, usd('output_image_mtok')),
    );
  });

  it('that come out of a model which makes nothing else cost its one output rate', () => {
    expect(isListed('openai', 'gpt-image-1', 'output_image_mtok')).toBe(false);
    const made = { outputTokens: 1_000, outputImageTokens: 1_000 };
    expect(cost(ratesAt('openai', 'gpt-image-1'), made)).toBe(nano(1_000, listedUsd('openai', 'gpt-image-1', 'output_mtok')));
  });

  it('are the whole output of gpt-image where its usage does not tell them apart', () => {
    const usd = listedUsd('openai', 'gpt-image-1.5', 'output_image_mtok');
    const rates = ratesAt('openai', 'gpt-image-1.5');
    expect(cost(rates, { inputTokens: 20, outputTokens: 4_160 })).toBe(
      nano(20, listedUsd('openai', 'gpt-image-1.5', 'input_mtok')) + nano(4_160, usd),
    );
    expect(costBound(rates, 0, 4_160, TEXT_ONLY)).toBe(nano(4_160, usd));
  });

  it('that a chat model reads cost as its other input does', () => {
    const read = { inputTokens: 900, inputImageTokens: 765, cachedInputTokens: 100, cachedImageTokens: 100 };
    const usd = (key: string) => listedUsd('openai', 'gpt-5-mini', key);
    expect(cost(ratesAt('openai', 'gpt-5-mini'), read)).toBe(nano(800, usd('input_mtok')) + nano(100, usd('cache_read_mtok')));
  });

  it('have no known cost where neither the list nor the vendor tells a rate', () => {
    expect(cost(ratesAt('openai', 'gpt-5-mini'), { outputTokens: 10, outputImageTokens: 1 })).toBeUndefined();
    expect(cost(ratesAt('cohere', 'embed-v4.0'), { inputTokens: 10, inputImageTokens: 1 })).toBeUndefined();
    expect(
      cost(ratesAt('openrouter', 'google/gemini-2.5-flash-image'), { outputTokens: 9, outputImageTokens: 9 }),
    ).toBeUndefined();
  });

  it('are in the bound of a chat that leaves open what an image model is to make, and not where only text is asked for', () => {
    const usd = (key: string) => listedUsd('google', 'gemini-2.5-flash-image', key);
    const flash = ratesAt('google', 'gemini-2.5-flash-image');
    const open = { ...TEXT_ONLY, openOutput: true };
    expect(costBound(flash, 0, 1_000, open)).toBe(nano(1_000, usd('output_image_mtok')));
    expect(costBound(flash, 0, 1_000, TEXT_ONLY)).toBe(nano(1_000, usd('output_mtok')));
    expect(costExpected(flash, 0, 1_000, open)).toBe(nano(1_000, usd('output_image_mtok')));
    expect(outputBoughtBy(flash, nano(7, usd('output_image_mtok')), 0, open)).toBe(7);
    expect(costBound(ratesAt('openrouter', 'google/gemini-2.5-flash-image'), 0, 1_000, open)).toBeUndefined();
    const mini = ratesAt('openai', 'gpt-5-mini');
    expect(costBound(mini, 0, 1_000, open)).toBe(nano(1_000, listedUsd('openai', 'gpt-5-mini', 'output_mtok')));
  });
});

describe('audio tokens', () => {
  it('cost the rates for audio, also those that were cached', () => {
    const usd = (key: string) => listedUsd('google', 'gemini-2.5-flash', key);
    const heard = { inputTokens: 1_000, inputAudioTokens: 900, cachedInputTokens: 300, cachedAudioTokens: 250 };
    expect(cost(ratesAt('google', 'gemini-2.5-flash'), heard)).toBe(
      nano(50, usd('input_mtok')) +
        nano(50, usd('cache_read_mtok')) +
        nano(650, usd('input_audio_mtok')) +
        nano(250, usd('cache_audio_read_mtok')),
    );
    const spoken = { outputTokens: 100, outputAudioTokens: 80 };
    const audio = (key: string) => listedUsd('openai', 'gpt-audio', key);
    expect(cost(ratesAt('openai', 'gpt-audio'), spoken)).toBe(
      nano(20, audio('output_mtok')) + nano(80, audio('output_audio_mtok')),
    );
  });

  it('cost as other audio where the list has no rate for cached ones', () => {
    const cached = { inputTokens: 100, inputAudioTokens: 100, cachedInputTokens: 100, cachedAudioTokens: 100 };
    expect(isListed('openai', 'gpt-audio', 'cache_audio_read_mtok')).toBe(false);
    expect(cost(ratesAt('openai', 'gpt-audio'), cached)).toBe(nano(100, listedUsd('openai', 'gpt-audio', 'input_audio_mtok')));
  });

  it.each([
    ['openai', 'gpt-4o-audio-preview'],
    ['openai', 'gpt-5-mini'],
    ['anthropic', 'claude-haiku-4-5'],
    ['mistral', 'voxtral-small-latest'],
    ['openrouter', 'openai/gpt-4o-audio-preview'],
    ['google', 'gemini-2.5-flash-preview-05-20'],
  ])('have no known cost at %s/%s, which has no listed rate for them, in the charge and in the bound', (vendor, model) => {
    const rates = ratesAt(vendor, model);
    expect(cost(rates, { inputTokens: 10, inputAudioTokens: 1 })).toBeUndefined();
    expect(cost(rates, { outputTokens: 10, outputAudioTokens: 1 })).toBeUndefined();
    expect(costBound(rates, 10, 10, asking({ inputAudio: true }))).toBeUndefined();
    expect(costBound(rates, 10, 10, { ...TEXT_ONLY, outputAudio: true })).toBeUndefined();
    expect(costExpected(rates, 10, 10, { ...TEXT_ONLY, outputAudio: true })).toBeUndefined();
    expect(cost(rates, { inputTokens: 10, outputTokens: 10 })).toBeGreaterThan(0);
  });

  it('cost as text where the vendor has one input price for all', () => {
    expect(isListed('google', 'gemini-2.5-pro', 'input_audio_mtok')).toBe(false);
    const heard = { inputTokens: 100, inputAudioTokens: 100 };
    expect(cost(ratesAt('google', 'gemini-2.5-pro'), heard)).toBe(nano(100, listedUsd('google', 'gemini-2.5-pro', 'input_mtok')));
  });

  it('of a model that only speaks cost its one output rate', () => {
    const spoken = { inputTokens: 10, outputTokens: 100, outputAudioTokens: 100 };
    const usd = (key: string) => listedUsd('openai', 'gpt-4o-mini-tts', key);
    expect(cost(ratesAt('openai', 'gpt-4o-mini-tts'), spoken)).toBe(nano(10, usd('input_mtok')) + nano(100, usd('output_mtok')));
  });

  it('count in the bound of a file that nobody looked into, as far as they have a rate', () => {
    const unseen = asking({ unseenInput: true });
    const usd = (key: string) => listedUsd('google', 'gemini-2.5-flash', key);
    expect(costBound(ratesAt('google', 'gemini-2.5-flash'), 100, 0, unseen)).toBe(nano(100, usd('input_audio_mtok')));
    expect(costBound(ratesAt('openai', 'gpt-5-mini'), 100, 0, unseen)).toBe(
      nano(100, listedUsd('openai', 'gpt-5-mini', 'input_mtok')),
    );
  });
});

describe('video and citation tokens', () => {
  it('cost their listed rates', () => {
    const watched = { inputTokens: 500, inputVideoTokens: 400, inputAudioTokens: 50 };
    const usd = (key: string) => listedUsd('google', 'gemini-embedding-2', key);
    expect(cost(ratesAt('google', 'gemini-embedding-2'), watched)).toBe(
      nano(50, usd('input_mtok')) + nano(400, usd('input_video_mtok')) + nano(50, usd('input_audio_mtok')),
    );
    const filmed = { outputTokens: 100, outputVideoTokens: 90 };
    const omni = (key: string) => listedUsd('google', 'gemini-omni-flash-preview', key);
    expect(cost(ratesAt('google', 'gemini-omni-flash-preview'), filmed)).toBe(
      nano(10, omni('output_mtok')) + nano(90, omni('output_video_mtok')),
    );
    const research = { outputTokens: 1_000, reasoningTokens: 600, citationTokens: 300 };
    const sonar = (key: string) => listedUsd('perplexity', 'sonar-deep-research', key);
    expect(cost(ratesAt('perplexity', 'sonar-deep-research'), research)).toBe(
      nano(100, sonar('output_mtok')) + nano(600, sonar('output_reasoning_mtok')) + nano(300, sonar('output_citation_mtok')),
    );
  });

  it('have no known cost where no rate is listed', () => {
    expect(cost(ratesAt('openai', 'gpt-5-mini'), { inputTokens: 5, inputVideoTokens: 1 })).toBeUndefined();
    expect(cost(ratesAt('openai', 'gpt-5-mini'), { outputTokens: 5, outputVideoTokens: 1 })).toBeUndefined();
    expect(cost(ratesAt('openai', 'gpt-5-mini'), { outputTokens: 5, citationTokens: 1 })).toBeUndefined();
    expect(costBound(ratesAt('openai', 'gpt-5-mini'), 5, 0, asking({ inputVideo: true }))).toBeUndefined();
  });
});

describe('what is kept in the cache for an hour', () => {
  it.each([
    ['aws', 'us.anthropic.claude-haiku-4-5-20251001-v1:0', 'regional.anthropic.claude-haiku-4-5-20251001-v1:0'],
    ['google', 'claude-opus-5', 'claude-opus-5'],
    ['openrouter', 'anthropic/claude-haiku-4.5', 'anthropic/claude-haiku-4.5'],
  ])('costs twice the input at %s, where the list has no rate for it', (vendor, model, entry) => {
    expect(isListed(vendor, entry, 'cache_write_1h_mtok')).toBe(false);
    const usd = (key: string) => listedUsd(vendor, entry, key);
    const written = { inputTokens: 1_000, cacheWriteTokens: 900, hourCacheWriteTokens: 800 };
    expect(cost(ratesAt(vendor, model), written)).toBe(
      nano(100, usd('input_mtok')) + nano(100, usd('cache_write_mtok')) + nano(800, 2 * usd('input_mtok')),
    );
    expect(costBound(ratesAt(vendor, model), 1_000, 0, asking({ hourCache: true }))).toBe(nano(1_000, 2 * usd('input_mtok')));
  });

  it('costs the listed rate where there is one', () => {
    const written = { inputTokens: 10, cacheWriteTokens: 10, hourCacheWriteTokens: 10 };
    const usd = listedUsd('anthropic', 'claude-haiku-4-5', 'cache_write_1h_mtok');
    expect(cost(ratesAt('anthropic', 'claude-haiku-4-5'), written)).toBe(nano(10, usd));
  });

  it('has no known cost where nothing is documented, and never that of five minutes', () => {
    const written = { inputTokens: 10, cacheWriteTokens: 10, hourCacheWriteTokens: 1 };
    expect(cost(ratesAt('openai', 'gpt-5-mini'), written)).toBeUndefined();
    expect(costBound(ratesAt('openai', 'gpt-5-mini'), 10, 0, asking({ hourCache: true }))).toBeUndefined();
  });
});

describe('the fee of a request', () => {
  it('is charged beside the tokens, and held', () => {
    const feeUsd = listedUsd('perplexity', 'sonar', 'requests_kcount') / 1_000;
    const sonar = ratesAt('perplexity', 'sonar');
    const input = nano(100, listedUsd('perplexity', 'sonar', 'input_mtok'));
    expect(cost(sonar, { inputTokens: 100 })).toBe(input + feeUsd * 1e9);
    expect(costBound(sonar, 100, 0, TEXT_ONLY)).toBe(input + feeUsd * 1e9);
    expect(outputBoughtBy(sonar, feeUsd * 1e9 - 1, 0, TEXT_ONLY)).toBe(-1);
  });
});

describe('a price that the user states', () => {
  const media: Partial<Usage> = {
    inputTokens: 60,
    inputAudioTokens: 10,
    inputImageTokens: 20,
    inputVideoTokens: 30,
    outputTokens: 6,
    outputAudioTokens: 1,
    outputImageTokens: 2,
    outputVideoTokens: 3,
  };

  it('covers each class that it names', () => {
    const price = {
      input: 1,
      output: 2,
      inputAudio: 3,
      inputImage: 4,
      inputVideo: 5,
      outputAudio: 6,
      outputImage: 7,
      outputVideo: 8,
    };
    expect(cost(ratesAt('lab', 'own', planOf({}), price), media)).toBe((10 * 3 + 20 * 4 + 30 * 5 + 6 + 14 + 24) * 1_000);
    const cached = { ...price, cacheRead: 0.5, cacheReadAudio: 0.25, cacheReadImage: 0.125, cacheWrite1h: 9, citation: 10 };
    const rates = ratesAt('lab', 'own', planOf({}), cached);
    const read = {
      inputTokens: 8,
      cachedInputTokens: 8,
      inputAudioTokens: 4,
      cachedAudioTokens: 4,
      inputImageTokens: 2,
      cachedImageTokens: 2,
    };
    expect(cost(rates, read)).toBe(4 * 250 + 2 * 125 + 2 * 500);
    expect(cost(rates, { inputTokens: 1, cacheWriteTokens: 1, hourCacheWriteTokens: 1 })).toBe(9_000);
    expect(cost(rates, { outputTokens: 1, citationTokens: 1 })).toBe(10_000);
  });

  it('of nothing is nothing in every class', () => {
    const free = ratesAt('lab', 'own', planOf({}), { input: 0, output: 0 });
    expect(cost(free, { ...media, cacheWriteTokens: 5, hourCacheWriteTokens: 5, citationTokens: 1 })).toBe(0);
    expect(costBound(free, 100, 100, asking({ inputAudio: true, inputVideo: true, outputImage: true, hourCache: true }))).toBe(0);
  });

  it('leaves audio, video and what is drawn unknown where it does not name them; pictures that are read are input', () => {
    const rates = ratesAt('lab', 'own', planOf({}), { input: 1, output: 2 });
    expect(cost(rates, { inputTokens: 10, inputImageTokens: 10 })).toBe(10_000);
    for (const part of ['inputAudioTokens', 'inputVideoTokens', 'outputAudioTokens', 'outputImageTokens', 'citationTokens']) {
      expect(cost(rates, { inputTokens: 10, outputTokens: 10, [part]: 1 }), part).toBeUndefined();
    }
  });

  it('takes what it does not name from the list, and what is documented as a share of the input from what it states', () => {
    const audio = ratesAt('openai', 'gpt-audio', planOf({}), { input: 1, output: 2 });
    const usd = listedUsd('openai', 'gpt-audio', 'input_audio_mtok');
    expect(cost(audio, { inputTokens: 10, inputAudioTokens: 10 })).toBe(nano(10, usd));
    const haiku = ratesAt('anthropic', 'claude-haiku-4-5', planOf({}), { input: 0.5, output: 2 });
    expect(cost(haiku, { inputTokens: 10, cacheWriteTokens: 10, hourCacheWriteTokens: 10 })).toBe(10_000);
    const pro = ratesAt('google', 'gemini-2.5-pro', planOf({}), { input: 0.5, output: 2 });
    expect(cost(pro, { inputTokens: 10, inputAudioTokens: 10 })).toBe(5_000);
  });
});

describe('unknownPrice', () => {
  const plan = planOf({ unknownPrice: { input: 7, output: 11, inputAudio: 13 } });

  it('stands in for each class that has no known rate, and for no other', () => {
    const mini = ratesAt('openai', 'gpt-5-mini', plan);
    expect(cost(mini, { inputTokens: 10, inputAudioTokens: 10 })).toBe(130_000);
    expect(cost(mini, { outputTokens: 10, outputImageTokens: 10 })).toBe(110_000);
    expect(cost(mini, { inputTokens: 10, cacheWriteTokens: 10, hourCacheWriteTokens: 10 })).toBe(140_000);
    expect(cost(mini, { inputTokens: 10 })).toBe(nano(10, listedUsd('openai', 'gpt-5-mini', 'input_mtok')));
    expect(costBound(mini, 10, 0, asking({ inputAudio: true }))).toBe(130_000);
  });

  it('is the price of a model that is not known, in every class', () => {
    const rates = ratesAt('openai', 'my-own', plan);
    expect(cost(rates, { inputTokens: 10, inputVideoTokens: 10, outputTokens: 10, outputAudioTokens: 10 })).toBe(180_000);
  });
});
