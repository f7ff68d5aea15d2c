import type { Params } from '../../core/params.ts';
import { RequestInvalid } from '../request-invalid.ts';
import { UpstreamError } from '../upstream-error.ts';
import type { WireExchange } from '../wire.ts';

/** Imagen's own parameters, passed along as they are. */
const NATIVE = [
  'aspectRatio',
  'negativePrompt',
  'seed',
  'personGeneration',
  'addWatermark',
  'enhancePrompt',
  'safetySetting',
] as const;

const HINTS: ReadonlySet<string> = new Set(['model', 'prompt', 'user', 'safety_identifier', ...NATIVE]);

// Imagen's documentation: 1 to 4 images in these shapes.
const MOST_IMAGES = 4;
const ASPECT_RATIOS: ReadonlySet<string> = new Set(['1:1', '3:4', '4:3', '9:16', '16:9']);

/** Only Imagen models answer `predict` with images. */
export function unsupportedImageParams(params: Params, upstreamModel: string): string[] {
  const names = Object.keys(params).filter((name) => params[name] != null && !isHonoured(name, params[name]));
  return upstreamModel.startsWith('imagen') ? names : [...names, 'model'];
}

function isHonoured(name: string, value: unknown): boolean {
  if (HINTS.has(name) || value === 'auto') return true;
  if (name === 'n') return typeof value === 'number' && value >= 1 && value <= MOST_IMAGES;
  if (name === 'size') return toAspectRatio(value) !== undefined;
  if (name === 'response_format') return value === 'b64_json';
  if (name === 'output_format') return value === 'png' || value === 'jpeg';
  return name === 'stream' && value === false;
}

export function toImageRequest(params: Params): object {
  if (typeof params.prompt !== 'string' || params.prompt === '') throw new RequestInvalid('prompt', 'a text');
  const parameters: Record<string, unknown> = { sampleCount: params.n ?? 1 };
  const aspectRatio = toAspectRatio(params.size);
  if (aspectRatio !== undefined) parameters.aspectRatio = aspectRatio;
  if (params.output_format === 'png' || params.output_format === 'jpeg') {
    parameters.outputOptions = { mimeType: `image/${params.output_format}` };
  }
  for (const name of NATIVE) if (params[name] != null) parameters[name] = params[name];
  return { instances: [{ prompt: params.prompt }], parameters };
}

export function fromImageResponse(body: unknown, { status, headers, createdSeconds }: WireExchange): unknown {
  const { predictions }: { predictions?: { bytesBase64Encoded?: string }[] } =
    typeof body === 'object' && body !== null ? body : {};
  const images = (Array.isArray(predictions) ? predictions : []).filter((prediction) => prediction?.bytesBase64Encoded);
  if (images.length === 0) {
    const reason = Array.isArray(predictions) && predictions.length > 0 ? 'error-in-answer' : 'not-an-answer';
    throw new UpstreamError(reason, status, headers, body, 'the answer has no image');
  }
  return { created: createdSeconds, data: images.map((image) => ({ b64_json: image.bytesBase64Encoded })) };
}

/** The shape of a size such as `1024x1024`; undefined if Imagen has no such shape. */
function toAspectRatio(size: unknown): string | undefined {
  const [, width, height] = typeof size === 'string' ? (/^(\d{1,5})x(\d{1,5})$/.exec(size) ?? []) : [];
  if (width === undefined || height === undefined) return undefined;
  const divisor = greatestCommonDivisor(Number(width), Number(height)) || 1;
  const ratio = `${Number(width) / divisor}:${Number(height) / divisor}`;
  return ASPECT_RATIOS.has(ratio) ? ratio : undefined;
}

function greatestCommonDivisor(one: number, other: number): number {
  return other === 0 ? one : greatestCommonDivisor(other, one % other);
}
