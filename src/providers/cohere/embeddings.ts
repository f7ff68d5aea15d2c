import type { Params } from '../../core/params.ts';
import { toTokenCount } from '../../core/usage.ts';
import { isTokens, readDimensions, readTexts } from '../chat/read-texts.ts';
import { isAbsent } from '../chat/records.ts';
import { isVector } from '../is-vector.ts';
import { embeddedTokens } from '../reported-usage.ts';
import { UpstreamError } from '../upstream-error.ts';
import type { WireExchange } from '../wire.ts';
import type { EmbedRequest, EmbedResponse } from './wire-types.ts';

/** Texts in one request (API reference of `/v2/embed`). */
export const MOST_TEXTS = 96;

const KNOWN: ReadonlySet<string> = new Set([
  ...['model', 'input', 'encoding_format', 'dimensions', 'user'],
  ...['input_type', 'truncate', 'max_tokens', 'priority'],
]);

/** Token arrays can't be said. */
export function unsupportedInEmbeddings(params: Params): string[] {
  const names = Object.keys(params).filter((name) => params[name] != null && !KNOWN.has(name));
  if (isTokens(params.input)) names.push('input');
  if (params.dimensions != null && isBeforeVersion4(params.model)) names.push('dimensions');
  return names;
}

function isBeforeVersion4(model: unknown): boolean {
  return typeof model === 'string' && /^embed-(?:english|multilingual)-/.test(model);
}

export function toEmbedRequest(params: Params, model: string): EmbedRequest {
  const texts = readTexts(params.input);
  const request: EmbedRequest = {
    model,
    input_type: typeof params.input_type === 'string' ? params.input_type : 'search_document',
    embedding_types: ['float'],
    texts,
  };
  if (!isAbsent(params.dimensions)) request.output_dimension = readDimensions(params.dimensions);
  if (typeof params.truncate === 'string') request.truncate = params.truncate;
  if (typeof params.max_tokens === 'number') request.max_tokens = params.max_tokens;
  if (typeof params.priority === 'number') request.priority = params.priority;
  return request;
}

export function fromEmbedResponse(body: unknown, { request, status, headers }: WireExchange): object {
  const answer = (typeof body === 'object' && body !== null ? body : {}) as EmbedResponse;
  const vectors = answer.embeddings?.float;
  if (!Array.isArray(vectors) || !vectors.every(isVector)) throw new UpstreamError('not-an-answer', status, headers, body);
  const tokens = embeddedTokens(toTokenCount(answer.meta?.billed_units?.input_tokens), request.params.input);
  return embeddingList(vectors, request.upstreamModel, tokens, request.params.encoding_format);
}

/** OpenAI's list of embeddings; `base64` is little-endian 32-bit floats. No usage if the provider gave none. */
export function embeddingList(
  vectors: readonly (readonly number[])[],
  model: string,
  promptTokens: number | undefined,
  encodingFormat: unknown,
): object {
  const data = vectors.map((vector, index) => ({
    object: 'embedding',
    index,
    embedding: encodingFormat === 'base64' ? toBase64(vector) : vector,
  }));
  const usage = promptTokens === undefined ? {} : { usage: { prompt_tokens: promptTokens, total_tokens: promptTokens } };
  return { object: 'list', data, model, ...usage };
}

function toBase64(vector: readonly number[]): string {
  const bytes = Buffer.allocUnsafe(vector.length * 4);
  for (const [index, value] of vector.entries()) bytes.writeFloatLE(value, index * 4);
  return bytes.toString('base64');
}
