import type { OptionalClass } from './rates.ts';

/** What a class costs if the price list has no rate of its own for it: so many times the rate for text. */
export interface LikeText {
  readonly like: 'input' | 'output';
  readonly times: number;
}

interface Fact {
  /** Names of the price list. */
  readonly providers: ReadonlySet<string> | 'any';
  readonly models: RegExp;
  readonly classes: Readonly<Partial<Record<OptionalClass | 'cacheWrite', LikeText | 'unknown'>>>;
  readonly source: string;
}

const SAME_AS_INPUT: LikeText = { like: 'input', times: 1 };
const SAME_AS_OUTPUT: LikeText = { like: 'output', times: 1 };

/**
 * Classes that vendors document to have a rate which follows from that of text. The first fact that names a class of a
 * model decides. What no fact names and the list has no rate for is unknown: audio, above all, costs up to forty times
 * as much as text.
 */
const FACTS: readonly Fact[] = [
  {
    providers: new Set(['anthropic', 'aws', 'google', 'azure', 'openrouter']),
    models: /claude/,
    classes: { cacheWrite: { like: 'input', times: 1.25 }, hourCacheWrite: { like: 'input', times: 2 } },
    source: 'https://platform.claude.com/docs/en/build-with-claude/prompt-caching#pricing',
  },
  {
    // "For GPT-5.6 models and later model families, cache writes cost 1.25x the uncached input token rate."
    providers: new Set(['openai', 'azure']),
    models: /^gpt-(?:5\.(?:[6-9]|\d\d)|[6-9]|\d\d)/,
    classes: { cacheWrite: { like: 'input', times: 1.25 } },
    source: 'https://developers.openai.com/api/docs/guides/prompt-caching',
  },
  {
    // Text in, speech out: the one output price of these models is that of audio.
    providers: new Set(['google', 'openai', 'azure']),
    models: /-tts(?:$|-)/,
    classes: { outputAudio: SAME_AS_OUTPUT },
    source: 'https://ai.google.dev/gemini-api/docs/pricing, https://developers.openai.com/api/docs/models/gpt-4o-mini-tts',
  },
  {
    // Of those whose list has one output price, it is that of images; text does not come out of them.
    providers: new Set(['openai', 'azure']),
    models: /^(?:chat)?gpt-image-/,
    classes: { outputImage: SAME_AS_OUTPUT },
    source: 'https://developers.openai.com/api/docs/models/gpt-image-1',
  },
  {
    // Embeddings of pictures, films and sound have prices of their own at every vendor that makes them.
    providers: 'any',
    models: /embed|voyage/,
    classes: { inputImage: 'unknown', inputVideo: 'unknown', inputAudio: 'unknown' },
    source: 'https://docs.cohere.com/docs/embeddings, https://ai.google.dev/gemini-api/docs/pricing#gemini-embedding-2',
  },
  {
    providers: 'any',
    models: /realtime|audio|live|sonic|voice|omni/,
    classes: { inputImage: 'unknown', inputVideo: 'unknown', inputAudio: 'unknown' },
    source: 'https://developers.openai.com/api/docs/pricing, https://aws.amazon.com/bedrock/pricing/',
  },
  {
    providers: new Set(['google']),
    models: /^gemini-/,
    classes: { inputImage: SAME_AS_INPUT, inputVideo: SAME_AS_INPUT },
    source: 'https://ai.google.dev/gemini-api/docs/pricing ("text / image / video")',
  },
  {
    // One input price whatever it is of; Flash models up to 3.1 have another for audio.
    providers: new Set(['google']),
    models: /^gemini-(?:[23](?:\.\d)?-pro|2\.0-flash-lite|3\.[5-9]-flash)/,
    classes: { inputAudio: SAME_AS_INPUT },
    source: 'https://ai.google.dev/gemini-api/docs/pricing',
  },
  {
    providers: new Set(['aws']),
    models: /nova-(?:2-)?(?:lite|pro|premier)/,
    classes: { inputImage: SAME_AS_INPUT, inputVideo: SAME_AS_INPUT },
    source: 'https://docs.aws.amazon.com/nova/latest/userguide/modalities-video.html',
  },
  {
    // Chat models read a picture as so many tokens of input, at the one input price that the list has of them.
    providers: 'any',
    models: /(?:)/,
    classes: { inputImage: SAME_AS_INPUT },
    source:
      'https://developers.openai.com/api/docs/guides/images-vision, https://platform.claude.com/docs/en/build-with-claude/vision',
  },
];

/** What is known of a class beyond the price list; undefined: nothing. */
export function tokenClassFact(provider: string, model: string, name: OptionalClass | 'cacheWrite'): LikeText | undefined {
  for (const { providers, models, classes } of FACTS) {
    const fact = classes[name];
    if (fact === undefined || (providers !== 'any' && !providers.has(provider)) || !models.test(model)) continue;
    return fact === 'unknown' ? undefined : fact;
  }
  return undefined;
}
