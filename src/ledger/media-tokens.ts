/** As a caller asks for it; `auto` if nothing is said: whatever the model takes by default. */
export type ImageDetail = 'low' | 'high' | 'auto';

/**
 * Tokens that parts without text cost at most, by vendor. The size of an image is not looked at: an unknown size is
 * the largest the vendor keeps before it scales the image down.
 */
type ImageTokens = Readonly<Record<ImageDetail, number>>;

/**
 * anthropic: width x height / 750, scaled down to 4,784 tokens on high-resolution models and some 1,600 on the others
 * (vision guide, platform.claude.com). google: 258 per 768-pixel tile, 16 tiles of a 3072-pixel image; Gemini 3 stays
 * at 2,240 (token and media resolution guides, ai.google.dev). mistral: 16-pixel patches of a 1,024-pixel image and a
 * break per row (params.json of Pixtral 12B). x-ai: 256 to 1,792 an image (consumption page, docs.x.ai).
 */
const IMAGE_TOKENS: ReadonlyMap<string, ImageTokens> = new Map([
  ['anthropic', { low: 4_784, high: 4_784, auto: 4_784 }],
  ['aws', { low: 4_784, high: 4_784, auto: 4_784 }],
  ['google', { low: 4_128, high: 4_128, auto: 4_128 }],
  ['mistral', { low: 4_160, high: 4_160, auto: 4_160 }],
  ['x-ai', { low: 256, high: 1_792, auto: 1_792 }],
]);

/**
 * OpenAI's models by how they count an image (images guide). In tiles: 85 and 170 for each of 8 tiles of 512 pixels at
 * most. In patches of 32 pixels: 1,536 or 2,500 of them times at most 2.46, whatever the detail. gpt-4o-mini bills 2,833
 * and 5,667 a tile.
 */
const OPENAI_IMAGES: readonly (readonly [RegExp, ImageTokens])[] = [
  [/^gpt-4o-mini/, { low: 2_833, high: 48_169, auto: 48_169 }],
  [/^((gpt-4\.1|gpt-5|gpt-5\.4)-(mini|nano)|o4-mini|codex-mini)/, { low: 6_150, high: 6_150, auto: 6_150 }],
  [/^(gpt-4o|gpt-4\.1|gpt-4\.5|gpt-4-|o1|o3|gpt-5$|gpt-5-(\d|chat))/, { low: 85, high: 1_445, auto: 1_445 }],
];
/**
 * By caution, for later models and for Azure's deployments, whose names are the user's: full resolution is the default
 * there, and a photo of 12 megapixels was seen to cost 14,364 tokens. This is enough for one of 20 megapixels.
 */
const OTHER_OPENAI: ImageTokens = { low: 6_150, high: 6_150, auto: 24_576 };
/** The largest default of the open vision models (Qwen-VL: 4 to 16,384 visual tokens). */
const UNKNOWN_VENDOR: ImageTokens = { low: 16_384, high: 16_384, auto: 16_384 };

export function imageTokens(pricedAs: string, model: string, detail: ImageDetail): number {
  if (pricedAs !== 'openai' && pricedAs !== 'azure') return (IMAGE_TOKENS.get(pricedAs) ?? UNKNOWN_VENDOR)[detail];
  const listed = OPENAI_IMAGES.find(([pattern]) => pattern.test(model));
  return (listed?.[1] ?? OTHER_OPENAI)[detail];
}

/**
 * Gemini counts 32 tokens a second of audio (token guide), OpenAI 10 of input and 20 of output (realtime cost guide).
 * No codec in use goes below 6,000 bits a second (Opus, RFC 6716).
 */
export const AUDIO_TOKENS_PER_SECOND = 32;
const FEWEST_AUDIO_BYTES_PER_SECOND = 750;

export function audioTokens(bytes: number): number {
  return Math.ceil((bytes / FEWEST_AUDIO_BYTES_PER_SECOND) * AUDIO_TOKENS_PER_SECOND) + AUDIO_TOKENS_PER_SECOND;
}

/** The longest that a recording of so many bytes may last. */
export function audioSeconds(bytes: number): number {
  return audioTokens(bytes) / AUDIO_TOKENS_PER_SECOND;
}

/**
 * A file is read as text and as an image of each page. Anthropic states 1,500 to 3,000 tokens of text a page beside its
 * image (PDF guide). By caution, as files are compressed and neither pages nor text are looked at: a token a byte, and a
 * page every 2,000 bytes.
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

/** Three partial images of 100 tokens each may come before the whole one (image generation guide of OpenAI). */
const PARTIAL_IMAGE_TOKENS = 300;

/**
 * Output tokens of one generated image: gpt-image-1 bills 6,240 for a high-quality one of 1,024 by 1,536 pixels, Gemini
 * up to 2,520 for 4K (image generation guides). gpt-image-2 bills 23,719 for the largest square, by the formula of
 * OpenAI's cost calculator; that is taken for other models too, by caution.
 */
export function generatedImageTokens(model: string): number {
  return (model.startsWith('gpt-image-1') ? 6_240 : 23_719) + PARTIAL_IMAGE_TOKENS;
}
