import type { Params } from '../../core/params.ts';
import { toTokenCount } from '../../core/usage.ts';
import { isTokens, readDimensions, readTexts } from '../chat/read-texts.ts';
import { isAbsent } from '../chat/records.ts';
import { isVector } from '../is-vector.ts';
import { embeddedTokens } from '../reported-usage.ts';
import { RequestInvalid } from '../request-invalid.ts';
import { UpstreamError } from '../upstream-error.ts';
import type { WireExchange } from '../wire.ts';
import type { GeminiModel } from './model.ts';

/** Which of the three embedding methods serves a model: Vertex AI has the newer models at `embedContent`, one text a request. */
export type EmbeddingMethod = 'batchEmbedContents' | 'embedContent' | 'predict';

export function embeddingMethod({ name, platform }: GeminiModel): EmbeddingMethod {
  if (platform === 'gemini-api') return 'batchEmbedContents';
  return name.includes('gemini') && name !== 'gemini-embedding-001' ? 'embedContent' : 'predict';
}

const HONOURED: ReadonlySet<string> = new Set(['model', 'input', 'dimensions', 'encoding_format', 'user', 'taskType', 'title']);

/**
 * Texts in one request: 100 at the Gemini API ("at most 100 requests can be in one batch"), 250 on Vertex AI, but one of its
 * Gemini models (Vertex AI, "Get text embeddings").
 */
export function mostTexts({ name, platform }: GeminiModel): number {
  if (platform === 'gemini-api') return 100;
  return name.includes('gemini') ? 1 : 250;
}

/** Token arrays can't be said. */
export function unsupportedEmbeddingParams(params: Params): string[] {
  const names = Object.keys(params).filter((name) => params[name] != null && !HONOURED.has(name));
  if (isTokens(params.input)) names.push('input');
  return names;
}

export function toEmbeddingRequest(params: Params, model: GeminiModel): object {
  const texts = readTexts(params.input);
  if (texts.length > mostTexts(model)) throw new RequestInvalid('input', 'no more texts than one request takes');
  const { taskType, title } = params;
  const outputDimensionality = isAbsent(params.dimensions) ? undefined : readDimensions(params.dimensions);
  const extras = { ...(taskType == null ? {} : { taskType }), ...(title == null ? {} : { title }) };
  const size = outputDimensionality === undefined ? {} : { outputDimensionality };
  const method = embeddingMethod(model);
  if (method === 'predict') {
    const task = { ...(taskType == null ? {} : { task_type: taskType }), ...(title == null ? {} : { title }) };
    const instances = texts.map((content) => ({ content, ...task }));
    return outputDimensionality === undefined ? { instances } : { instances, parameters: size };
  }
  const contents = texts.map((text) => ({ content: { parts: [{ text }] }, ...extras, ...size }));
  if (method === 'embedContent') return contents[0] ?? {};
  const name = model.name.startsWith('models/') ? model.name : `models/${model.name}`;
  return { requests: contents.map((content) => ({ model: name, ...content })) };
}

interface EmbeddingAnswer {
  embeddings?: { values?: number[] }[];
  embedding?: { values?: number[] };
  predictions?: { embeddings?: { values?: number[]; statistics?: { token_count?: number } } }[];
  usageMetadata?: { promptTokenCount?: number };
}

/** The vectors in OpenAI's form, as floats or as base64 of little-endian 32-bit floats. */
export function fromEmbeddingResponse(body: unknown, { request, status, headers }: WireExchange): unknown {
  const answer: EmbeddingAnswer = typeof body === 'object' && body !== null ? body : {};
  const vectors = vectorsOf(answer);
  if (vectors.length === 0 || !vectors.every(isVector)) throw new UpstreamError('not-an-answer', status, headers, body);
  const isBase64 = request.params.encoding_format === 'base64';
  const tokens = embeddedTokens(reportedTokens(answer), request.params.input);
  return {
    object: 'list',
    model: request.upstreamModel,
    data: vectors.map((vector, index) => ({
      object: 'embedding',
      index,
      embedding: isBase64 ? toBase64(vector ?? []) : vector,
    })),
    ...(tokens === undefined ? {} : { usage: { prompt_tokens: tokens, total_tokens: tokens } }),
  };
}

function vectorsOf({ embeddings, embedding, predictions }: EmbeddingAnswer): (number[] | undefined)[] {
  if (embedding !== undefined) return [embedding.values];
  if (Array.isArray(embeddings)) return embeddings.map(({ values }) => values);
  return Array.isArray(predictions) ? predictions.map((prediction) => prediction.embeddings?.values) : [];
}

function reportedTokens({ usageMetadata, predictions }: EmbeddingAnswer): number | undefined {
  const reported = toTokenCount(usageMetadata?.promptTokenCount);
  if (reported !== undefined || !Array.isArray(predictions)) return reported;
  const counts = predictions.map((prediction) => toTokenCount(prediction.embeddings?.statistics?.token_count));
  return counts.reduce<number | undefined>(
    (sum, count) => (sum === undefined || count === undefined ? undefined : sum + count),
    0,
  );
}

function toBase64(vector: readonly number[]): string {
  const bytes = Buffer.allocUnsafe(vector.length * Float32Array.BYTES_PER_ELEMENT);
  for (const [index, value] of vector.entries()) bytes.writeFloatLE(value, index * Float32Array.BYTES_PER_ELEMENT);
  return bytes.toString('base64');
}
