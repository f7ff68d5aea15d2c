import type { Capabilities } from '../../core/capabilities.ts';

/** Where the wire is hosted; the two differ in paths, credentials and in what some models accept. */
export type Platform = 'gemini-api' | 'vertex';

/** What a request's translation has to know of its model. */
export interface GeminiModel {
  readonly name: string;
  readonly platform: Platform;
  /** 2, 2.5, 3, 3.1 …; the newest if the name does not tell (aliases, tuned models). */
  readonly generation: number;
  /** Makes images as well as text. */
  readonly makesImages: boolean;
}

// Names without a version (`gemini-flash-latest`, tuned models) are treated as the generation documented last.
const NEWEST_GENERATION = 3.8;

export function geminiModel(name: string, platform: Platform): GeminiModel {
  return { name, platform, generation: generationOf(name) ?? NEWEST_GENERATION, makesImages: isImageModel(name) };
}

function isImageModel(name: string): boolean {
  return /-image(-|$)/.test(name);
}

/** Gemini thinks from 2.5 on, its image models from 3 on. */
export function canThink({ generation, makesImages }: Pick<GeminiModel, 'generation' | 'makesImages'>): boolean {
  return generation >= (makesImages ? 3 : 2.5);
}

function generationOf(name: string): number | undefined {
  const version = /(?:^|\/)gemini-(\d+(?:\.\d+)?)(?:-|$)/.exec(name)?.[1];
  return version === undefined ? undefined : Number(version);
}

const UNKNOWN: Capabilities = {};

/** What Google documents of a model family; undefined if it is no Gemini model that generates text. */
export function capabilities(upstreamModel: string): Capabilities {
  const generation = generationOf(upstreamModel);
  if (generation === undefined) return UNKNOWN;
  const makesImages = isImageModel(upstreamModel);
  return {
    tools: makesImages ? undefined : true,
    parallelTools: makesImages ? undefined : true,
    vision: true,
    documents: true,
    audioInput: makesImages ? undefined : true,
    jsonSchema: makesImages ? undefined : true,
    reasoning: canThink({ generation, makesImages }),
    prefill: false,
    streaming: true,
    maxOutputTokens: maxOutputTokens(generation, makesImages),
  };
}

/**
 * Google's model pages: 65,536 from 2.5 on, 8,192 before; image models have limits of their own. From 4 on the limit is that of an
 * answer over several requests (https://ai.google.dev/gemini-api/docs/generate-content/long-decode).
 */
function maxOutputTokens(generation: number, makesImages: boolean): number | undefined {
  if (makesImages) return undefined;
  if (generation >= 4) return 1_048_576;
  return generation >= 2.5 ? 65_536 : 8_192;
}
