import { isRecord, type JsonRecord } from '../core/json.ts';
import { kindOfText } from './kind-of-text.ts';

/** What an error body says, whichever of the shapes in use it has. */
export interface ErrorFacts {
  readonly code: string | undefined;
  readonly type: string | undefined;
  readonly message: string | undefined;
  readonly param: string | undefined;
  /** Further fields of the error and of the body around it. */
  readonly error: JsonRecord;
  readonly body: JsonRecord;
}

/**
 * Reads OpenAI's `{ error: { message, type, param, code } }`; xAI's and Ollama's `{ code?, error: text }`; Mistral's and
 * vLLM's flat `{ message, type, param, code }`; FastAPI's `{ detail }`; Google's list around an error; MiniMax's `base_resp`;
 * Cloudflare's `errors`; Tencent's `Response.Error`; Baidu's `error_code` and `error_msg`; Spring's `{ error: title, message }`;
 * RFC 9457's `{ title, detail }`; a plain text. An error that was put in the text of another is the one that counts.
 */
export function readError(body: unknown): ErrorFacts {
  return readWithin(body, DEEPEST);
}

/** The head of a text in the place of an error: what a person needs to recognise it, or a captive portal or a proxy's page. */
export function headOfText(text: string): string {
  return text.slice(0, LONGEST_TEXT_KEPT);
}

const LONGEST_TEXT_KEPT = 2_000;
const DEEPEST = 3;
// A text that is longer is no error that was handed through.
const LONGEST_NESTED = 16_384;
const NO_FACTS: ErrorFacts = { code: undefined, type: undefined, message: undefined, param: undefined, error: {}, body: {} };

function readWithin(body: unknown, depth: number): ErrorFacts {
  const outer: unknown = Array.isArray(body) ? body[0] : body;
  if (typeof outer === 'string') return nestedIn(outer, depth) ?? { ...NO_FACTS, message: text(outer) };
  if (!isRecord(outer)) return NO_FACTS;
  const place = errorPlace(outer);
  const error = isRecord(place) ? place : outer;
  const own = ownFacts(error, outer, place);
  const nested = nestedIn(rawIn(error) ?? own.message, depth);
  if (nested === undefined) return own;
  // The outer code is often no more than the status.
  return { ...own, ...nested, code: nested.code ?? nested.type ?? own.code, type: nested.type ?? own.type, body: outer };
}

function ownFacts(error: JsonRecord, outer: JsonRecord, place: unknown): ErrorFacts {
  const title = typeof place === 'string' ? place : undefined;
  // A single word is a name, such as OAuth's `invalid_client`; it stands beside the message or alone.
  const name = title !== undefined && WORD.test(title) ? title : undefined;
  return {
    // Google's route has the name in `status` and the HTTP status in `code`.
    code: firstText(error, CODES) ?? firstText(outer, CODES) ?? name,
    type: firstText(error, TYPES) ?? text(error.status),
    message: firstText(error, MESSAGES) ?? title ?? detailsOf(error) ?? detail(outer.detail) ?? firstText(outer, MESSAGES),
    param: text(error.param),
    error,
    body: outer,
  };
}

const WORD = /^[A-Za-z][\w.-]{2,63}$/;
const CODES = ['code', 'Code', 'error_code', 'errorCode', 'err_code', 'status_code'] as const;
const TYPES = ['type', 'error_type', 'Type'] as const;
const MESSAGES = [
  'message',
  'Message',
  'msg',
  'error_msg',
  'error_message',
  'errorMessage',
  'error_description',
  'err_msg',
  'status_msg',
] as const;

/** What stands where errors stand; undefined if the body itself is all there is. */
function errorPlace(outer: JsonRecord): unknown {
  const { base_resp: own, Response: tencents } = outer;
  if (isFailed(own)) return own;
  for (const place of [outer.error, outer.Error, outer.errors, outer.err, isRecord(tencents) ? tencents.Error : undefined]) {
    const first: unknown = Array.isArray(place) ? place[0] : place;
    if ((isRecord(first) || typeof first === 'string') && hasError(first)) return first;
  }
  const { x_groq: groqs, detail: fastApis } = outer;
  if (isRecord(groqs) && text(groqs.error) !== undefined) return groqs.error;
  return isRecord(fastApis) ? (errorPlace(fastApis) ?? fastApis) : undefined;
}

/** MiniMax's envelope, which every answer of its has, with 0 if it succeeded. */
export function isFailed(envelope: unknown): envelope is JsonRecord {
  return isRecord(envelope) && Number(envelope.status_code) > 0;
}

/** Whether an answer's own field for errors tells of one: some vendors send it with every answer, empty if there is none. */
export function hasError(error: unknown): boolean {
  if (!isRecord(error)) return Boolean(error) && !(Array.isArray(error) && error.length === 0);
  return Object.values(error).some(Boolean);
}

/** The HTTP status that an error names in its body, as gateways do in answers that have begun with 200. */
export function statusIn(body: unknown): number | undefined {
  const { error, code, body: outer } = readError(body);
  for (const value of [error.status_code, error.code, error.status, error.http_code, code, outer.status]) {
    const status = typeof value === 'string' ? Number(value) : value;
    if (typeof status === 'number' && Number.isInteger(status) && status >= 400 && status <= 599) return status;
  }
  return undefined;
}

/** Whether a body that lacks what an answer has is an error, in whatever clothes. */
export function saysError(body: unknown): boolean {
  // A text is an error only if it says of what kind.
  if (typeof body === 'string') return isWords(body) && kindOfText(body) !== undefined;
  if (Array.isArray(body)) return isRecord(body[0]) && saysError(body[0]);
  if (!isRecord(body)) return false;
  if (body.object === 'error' || body.type === 'error' || body.success === false) return true;
  if (errorPlace(body) !== undefined || detail(body.detail) !== undefined) return true;
  return firstText(body, MESSAGES) !== undefined && !saysSuccess(body);
}

/** The head of an envelope that was filled in for an answer: iFlytek's `{ code: 0, message: 'Success' }`. */
function saysSuccess({ code, success }: JsonRecord): boolean {
  return success === true || SUCCESSES.has(code);
}

const SUCCESSES: ReadonlySet<unknown> = new Set([0, '0', 200, '200']);

/** A sentence, and neither a page nor the head of a cut answer, which may hold what a model wrote. */
function isWords(body: string): boolean {
  return body.length <= LONGEST_WORDS && /^\s*[\p{L}\d]/u.test(body) && !/[{}<>]|data:/.test(body);
}

const LONGEST_WORDS = 500;

/** OpenRouter's word for what the provider behind it answered. */
function rawIn({ metadata }: JsonRecord): string | undefined {
  return isRecord(metadata) ? text(metadata.raw) : undefined;
}

/** The error in a text that is JSON, as proxies and Ollama hand on the errors of the server behind them. */
function nestedIn(message: unknown, depth: number): ErrorFacts | undefined {
  if (depth === 0 || typeof message !== 'string' || message.length > LONGEST_NESTED) return undefined;
  const trimmed = message.trim();
  if (!trimmed.startsWith('{') || !trimmed.endsWith('}')) return undefined;
  try {
    const facts = readWithin(JSON.parse(trimmed), depth - 1);
    return facts.message === undefined ? undefined : facts;
  } catch {
    return undefined;
  }
}

function firstText(record: JsonRecord, names: readonly string[]): string | undefined {
  for (const name of names) {
    const found = text(record[name]);
    if (found !== undefined) return found;
  }
  return undefined;
}

function text(value: unknown): string | undefined {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** Beside the other fields, or, as Mistral's, in the place of the message. */
function detailsOf({ detail: own, message }: JsonRecord): string | undefined {
  return detail(own) ?? (isRecord(message) ? detail(message.detail) : undefined);
}

/** FastAPI's validation errors: a text, or a list with the place and a message. */
function detail(value: unknown): string | undefined {
  if (!Array.isArray(value)) return text(value);
  const messages = value.map((item) => {
    if (!isRecord(item)) return String(item);
    const place = Array.isArray(item.loc) ? `${item.loc.join('.')}: ` : '';
    return `${place}${text(item.msg) ?? ''}`;
  });
  return text(messages.join('; '));
}
