import { toTokenCount, usageFromOpenAi } from '../../core/usage.ts';
import { isVector } from '../is-vector.ts';
import { embeddedTokens } from '../reported-usage.ts';
import type { WireExchange } from '../wire.ts';
import { noAnswer, refuseError, upstreamError } from './errors-in-answers.ts';
import type { VendorQuirks } from './quirks.ts';
import { writeTypedUsage } from './typed-usage.ts';
import { isRecord, type RawRecord } from './wire-types.ts';

/** Most inputs that the vendor takes in one request for a model; undefined if it documents no limit. */
export function mostInputsOf(upstreamModel: string, { embeddingInputs }: VendorQuirks): number | undefined {
  return embeddingInputs.find(({ models }) => models === undefined || models.test(upstreamModel))?.most;
}

/**
 * An embeddings answer in OpenAI's form, repaired in place. Vectors are in the encoding that was asked for, also if
 * the vendor has only one: the official client asks for base64 and decodes whatever comes.
 */
export function toEmbeddings(body: unknown, exchange: WireExchange, quirks: VendorQuirks): unknown {
  if (!isRecord(body)) throw noAnswer(body, 'error-in-answer', exchange);
  refuseError(body, 'error-in-answer', exchange);
  const { data } = body;
  if (!Array.isArray(data) || data.length === 0) throw noAnswer(body, 'error-in-answer', exchange);
  const encoding = exchange.request.params.encoding_format;
  for (const [position, item] of data.entries()) {
    if (!isRecord(item) || !isVector(item.embedding)) throw upstreamError('not-an-answer', body, exchange);
    item.object = 'embedding';
    if (!Number.isInteger(item.index)) item.index = position;
    item.embedding = toEncoding(item.embedding, encoding, quirks);
  }
  body.object = 'list';
  if (typeof body.model !== 'string' || body.model === '') body.model = exchange.request.upstreamModel;
  body.usage = repairUsage(body.usage, exchange.request.params.input);
  return body;
}

function toEncoding(embedding: unknown, encoding: unknown, quirks: VendorQuirks): unknown {
  const vector = quirks.embeddings === 'int8' && typeof embedding === 'string' ? fromSignedBytes(embedding) : embedding;
  if (encoding === 'base64' && Array.isArray(vector)) return toBase64(vector);
  if (encoding === 'float' && typeof vector === 'string') return fromBase64(vector);
  return vector;
}

/** Little-endian 32-bit floats, as OpenAI encodes them. */
function toBase64(vector: readonly number[]): string {
  const bytes = Buffer.allocUnsafe(vector.length * 4);
  for (const [position, value] of vector.entries()) bytes.writeFloatLE(value, position * 4);
  return bytes.toString('base64');
}

function fromBase64(text: string): number[] {
  const bytes = Buffer.from(text, 'base64');
  return Array.from({ length: Math.floor(bytes.length / 4) }, (_, position) => bytes.readFloatLE(position * 4));
}

function fromSignedBytes(text: string): number[] {
  return Array.from(Buffer.from(text, 'base64'), (byte) => (byte << 24) >> 24);
}

/**
 * Voyage gives only the total, others null or further counts. Embeddings have no output: whatever a total has beyond the
 * prompt is prompt too.
 */
function repairUsage(usage: unknown, input: unknown): RawRecord | undefined {
  if (!isRecord(usage)) return undefined;
  const prompt = toTokenCount(usage.prompt_tokens);
  const total = toTokenCount(usage.total_tokens);
  const told = Math.max(prompt ?? 0, total ?? 0);
  if ((prompt ?? total) === undefined || embeddedTokens(told, input) === undefined) return undefined;
  if (usage.completion_tokens !== undefined) usage.completion_tokens = 0;
  if (prompt !== undefined && total !== undefined && total !== prompt) usage.repaired = true;
  usage.prompt_tokens = told;
  usage.total_tokens = told;
  const read = usageFromOpenAi(usage);
  if (read !== undefined) writeTypedUsage(usage, read);
  return usage;
}
