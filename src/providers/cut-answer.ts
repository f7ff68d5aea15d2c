import { isRecord, type JsonRecord } from '../core/json.ts';
import { closedJson } from './closed-json.ts';
import { saysError } from './error-body.ts';
import { exchangeOf } from './exchange-of.ts';
import type { AttemptContext, UpstreamRequest } from './provider.ts';
import type { Wire, WireExchange } from './wire.ts';

/**
 * The object of a whole answer with success that ends too early, as far as it goes; undefined if the bytes are whole, or no
 * JSON object. What came of it is noted for the accounts: it was written, and is paid for.
 */
export function readCut(bytes: Uint8Array, wire: Wire, exchange: WireExchange, context: AttemptContext): JsonRecord | undefined {
  const cut = objectIn(bytes, closedJson);
  note(cut, wire, exchange, context);
  return cut;
}

/** Reads what the transport has of an answer whose connection closed inside of it. */
export function readReceived(request: UpstreamRequest, context: AttemptContext, wire: Wire): void {
  const { progress } = context;
  if (progress?.received === undefined) return;
  const { received } = progress;
  progress.received = undefined;
  // It may lack no more than the end of its coding.
  const came = objectIn(received, closedJson) ?? objectIn(received, JSON.parse);
  note(came, wire, exchangeOf({ status: 200, headers: {} }, request, context), context);
}

function note(came: JsonRecord | undefined, wire: Wire, exchange: WireExchange, { progress }: AttemptContext): void {
  if (came !== undefined && progress && !saysError(came)) progress.came = cameOf(came, wire, exchange);
}

// As much as is read at once without keeping others waiting; of more, only that it came is known.
const MOST_BYTES_READ = 1_048_576;
const OPEN_BRACE = 0x7b;
/** Blanks, and the bytes of a byte order mark. */
const BEFORE_JSON: ReadonlySet<number> = new Set([0x20, 0x09, 0x0a, 0x0d, 0xef, 0xbb, 0xbf]);

function objectIn(bytes: Uint8Array, read: (text: string) => unknown): JsonRecord | undefined {
  // DeepSeek sends empty lines until the answer is there: https://api-docs.deepseek.com/quick_start/rate_limit
  const start = bytes.subarray(0, MOST_BYTES_READ).findIndex((byte) => !BEFORE_JSON.has(byte));
  if (bytes[start] !== OPEN_BRACE) return undefined;
  if (bytes.byteLength - start > MOST_BYTES_READ) return {};
  try {
    const found = read(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8', start));
    return isRecord(found) ? found : undefined;
  } catch {
    return undefined;
  }
}

/** In OpenAI's form; empty if it ends before the wire knows it as an answer. */
function cameOf(cut: JsonRecord, wire: Wire, exchange: WireExchange): object {
  try {
    const answer = wire.fromResponse(cut, exchange);
    return typeof answer === 'object' && answer !== null ? answer : {};
  } catch {
    return {};
  }
}
