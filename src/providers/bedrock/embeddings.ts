import type { Params } from '../../core/params.ts';
import { toTokenCount } from '../../core/usage.ts';
import { isTokens, readDimensions, readTexts } from '../chat/read-texts.ts';
import { embeddingList, MOST_TEXTS } from '../cohere/embeddings.ts';
import { isVector } from '../is-vector.ts';
import { embeddedTokens } from '../reported-usage.ts';
import { RequestInvalid } from '../request-invalid.ts';
import { UpstreamError } from '../upstream-error.ts';
import type { WireExchange } from '../wire.ts';

/** Bodies of `/model/{id}/invoke` for the two families that embed one text, or up to 96. */
type EmbeddingFamily = 'titan' | 'titan-2' | 'cohere' | 'cohere-4';

function familyOf(upstreamModel: string): EmbeddingFamily | undefined {
  if (/amazon\.titan-embed-text-v2/.test(upstreamModel)) return 'titan-2';
  if (/amazon\.titan-embed/.test(upstreamModel)) return 'titan';
  if (/cohere\.embed-v4/.test(upstreamModel)) return 'cohere-4';
  return /cohere\.embed/.test(upstreamModel) ? 'cohere' : undefined;
}

/** Texts in one request: Titan's body has a place for one (user guide, "Amazon Titan Text Embeddings"); Cohere's is its own. */
export function mostTexts(upstreamModel: string): number | undefined {
  const family = familyOf(upstreamModel);
  if (family === undefined) return undefined;
  return family.startsWith('titan') ? 1 : MOST_TEXTS;
}

const TITAN_FIELDS: ReadonlySet<string> = new Set(['normalize']);
const COHERE_FIELDS: ReadonlySet<string> = new Set(['input_type', 'truncate']);
const KNOWN: ReadonlySet<string> = new Set(['model', 'input', 'encoding_format', 'dimensions', 'user']);

export function unsupportedInEmbeddings(params: Params, upstreamModel: string): string[] {
  const family = familyOf(upstreamModel);
  if (family === undefined) return ['model'];
  const own = family.startsWith('titan') ? TITAN_FIELDS : COHERE_FIELDS;
  const names = Object.keys(params).filter((name) => params[name] != null && !KNOWN.has(name) && !own.has(name));
  if (isTokens(params.input)) names.push('input');
  if (params.dimensions != null && (family === 'titan' || family === 'cohere')) names.push('dimensions');
  return names;
}

export function toInvokeBody(params: Params, upstreamModel: string): object {
  const family = familyOf(upstreamModel);
  if (family === undefined) throw new RequestInvalid('model', 'an embedding model of the Titan or Cohere family');
  const texts = readTexts(params.input);
  if (texts.length > (mostTexts(upstreamModel) ?? texts.length))
    throw new RequestInvalid('input', 'no more texts than one request takes');
  if (family === 'titan') return { inputText: texts[0] };
  if (family === 'titan-2') {
    return {
      inputText: texts[0],
      ...(params.dimensions != null ? { dimensions: readDimensions(params.dimensions) } : {}),
      ...(params.normalize != null ? { normalize: params.normalize } : {}),
    };
  }
  return {
    texts,
    input_type: params.input_type ?? 'search_document',
    embedding_types: ['float'],
    ...(params.truncate != null ? { truncate: params.truncate } : {}),
    ...(params.dimensions != null ? { output_dimension: readDimensions(params.dimensions) } : {}),
  };
}

interface InvokeAnswer {
  embedding?: number[];
  inputTextTokenCount?: unknown;
  embeddings?: number[][] | { float?: number[][] };
}

/** Titan counts in its body, Cohere only in a header of Bedrock's. */
export function fromInvokeAnswer(body: unknown, { request, status, headers }: WireExchange): object {
  const answer = (typeof body === 'object' && body !== null ? body : {}) as InvokeAnswer;
  const { embeddings } = answer;
  const vectors = answer.embedding ? [answer.embedding] : Array.isArray(embeddings) ? embeddings : embeddings?.float;
  if (!Array.isArray(vectors) || !vectors.every(isVector)) throw new UpstreamError('not-an-answer', status, headers, body);
  const counted = toTokenCount(answer.inputTextTokenCount ?? Number(headers['x-amzn-bedrock-input-token-count'] ?? Number.NaN));
  const tokens = embeddedTokens(counted, request.params.input);
  return embeddingList(vectors, request.upstreamModel, tokens, request.params.encoding_format);
}
