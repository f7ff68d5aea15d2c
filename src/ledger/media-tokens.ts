/**
 * Tokens that parts without text cost at most, by vendor. The size of an image is not looked at: an unknown size is
 * the largest the vendor keeps before it scales the image down.
 */
interface ImageTokens {
  readonly low: number;
  readonly high: number;
}

/**
 * anthropic: width x height / 750, scaled down to 4,784 tokens on high-resolution models and some 1,600 on the others
 * (vision guide). google: 258 per 768-pixel tile, 16 tiles of a 3072-pixel image (token guide). openai: 85 + 170 per
 * 512-pixel tile, 8 tiles at most, or 1,536 patches of 32 pixels times at most 2.46 (images guide). mistral: 16-pixel
 * patches of a 1,024-pixel image and a break per row. xai: 256 per 448-pixel tile, 7 at most.
 */
const IMAGE_TOKENS: ReadonlyMap<string, ImageTokens> = new Map([
  ['anthropic', { low: 4_784, high: 4_784 }],
  ['aws', { low: 4_784, high: 4_784 }],
  ['google', { low: 4_128, high: 4_128 }],
  ['openai', { low: 630, high: 3_779 }],
  ['azure', { low: 630, high: 3_779 }],
  ['mistral', { low: 4_160, high: 4_160 }],
  ['x-ai', { low: 256, high: 1_792 }],
]);
/** gpt-4o-mini bills 2,833 and 5,667 a tile where the others bill 85 and 170 (images guide). */
const GPT_4O_MINI: ImageTokens = { low: 2_833, high: 48_169 };
/** The largest default of the open vision models (Qwen-VL: 4 to 16,384 visual tokens). */
const UNKNOWN_VENDOR: ImageTokens = { low: 16_384, high: 16_384 };

export function imageTokens(pricedAs: string, model: string, detail: unknown): number {
  const openai = pricedAs === 'openai' || pricedAs === 'azure';
  const tokens = openai && model.startsWith('gpt-4o-mini') ? GPT_4O_MINI : (IMAGE_TOKENS.get(pricedAs) ?? UNKNOWN_VENDOR);
  return detail === 'low' ? tokens.low : tokens.high;
}

/** Gemini counts 32 tokens a second of audio, OpenAI 10; speech is not compressed below some 1,000 bytes a second. */
const AUDIO_TOKENS_PER_SECOND = 32;
const FEWEST_AUDIO_BYTES_PER_SECOND = 1_000;

export function audioTokens(bytes: number): number {
  return Math.ceil((bytes / FEWEST_AUDIO_BYTES_PER_SECOND) * AUDIO_TOKENS_PER_SECOND) + AUDIO_TOKENS_PER_SECOND;
}

/**
 * A file is read as text, a token a byte at most, and as an image of each page: a page of a document takes 2,000 bytes
 * or more, and there is at least one. Anthropic states 1,500 to 3,000 tokens of text a page beside its image.
 */
const FEWEST_BYTES_PER_PAGE = 2_000;
const FEWEST_FILE_TOKENS = 3_000;

export function fileTokens(pricedAs: string, model: string, bytes: number): number {
  const pages = Math.max(1, Math.ceil(bytes / FEWEST_BYTES_PER_PAGE));
  return Math.max(bytes, FEWEST_FILE_TOKENS) + pages * imageTokens(pricedAs, model, 'high');
}

/** An image of a megapixel costs 700 to 1,600 tokens at the vendors above. */
export const PROBABLE_IMAGE_TOKENS = 1_600;

// Documents hold fonts and pictures beside their text: 3,000 tokens a page at some 50,000 bytes a page.
const PROBABLE_BYTES_PER_FILE_TOKEN = 16;
// Speech at 32 kbit/s, a common rate of compressed audio.
const PROBABLE_AUDIO_BYTES_PER_SECOND = 4_000;

/** What a file probably costs; one of unknown size counts as a page. */
export function probableFileTokens(bytes: number | undefined): number {
  return Math.max(FEWEST_FILE_TOKENS, Math.ceil((bytes ?? 0) / PROBABLE_BYTES_PER_FILE_TOKEN));
}

export function probableAudioTokens(bytes: number): number {
  return Math.ceil((bytes / PROBABLE_AUDIO_BYTES_PER_SECOND) * AUDIO_TOKENS_PER_SECOND);
}

/** Output tokens of one generated image: OpenAI bills 6,240 for a high-quality 1536-pixel one, Gemini up to 2,520 for 4K. */
export const GENERATED_IMAGE_TOKENS = 6_240;
