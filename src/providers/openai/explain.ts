import type { FailureKind } from '../../core/failure.ts';
import { kindOfStatus } from '../classify.ts';
import { type ErrorFacts, readError } from '../error-body.ts';
import { kindOfCode, kindWithoutStatus } from '../kind-of-code.ts';
import { kindOfGoogle, reasonIn } from '../kind-of-google.ts';
import { kindOfMiniMax } from '../kind-of-mini-max.ts';
import { kindOfText } from '../kind-of-text.ts';
import { durationMs, resetAfterMs } from '../reset-headers.ts';
import { retryAfterMs } from '../retry-after.ts';
import { toldResetMs } from '../told-reset.ts';
import type { UpstreamError } from '../upstream-error.ts';
import type { Explanation } from '../wire.ts';
import type { VendorQuirks } from './quirks.ts';
import { isRecord, type RawRecord } from './wire-types.ts';

/** What an error of an OpenAI-wire vendor means: by its code, then its type, then its text if the status is vague. */
export function explain(error: UpstreamError, nowMs: number, quirks: VendorQuirks): Explanation | undefined {
  if (error.reason === 'not-an-answer' || error.reason === 'truncated') return undefined;
  const facts = readError(error.body);
  const kind = kindOf(error, facts);
  return {
    kind,
    code: facts.code ?? facts.type,
    message: facts.message,
    type: facts.type,
    param: facts.param,
    retryAfterMs: waitMs(error, facts, kind, nowMs, quirks),
  };
}

function kindOf(error: UpstreamError, facts: ErrorFacts): FailureKind {
  const { status } = error;
  const innerCode = isRecord(facts.error.innererror) ? facts.error.innererror.code : undefined;
  const byEnvelope = kindOfMiniMax(facts);
  // Its code of wrong params is that of a prompt that is too long as well.
  if (byEnvelope !== undefined) return byEnvelope === 'request-invalid' ? (kindOfText(facts.message) ?? byEnvelope) : byEnvelope;
  const byCode = kindOfCode(typeof innerCode === 'string' ? innerCode : undefined) ?? kindOfCode(facts.code);
  if (byCode !== undefined) return byCode;
  // Google's OpenAI route, and gateways that hand its errors on.
  const byGoogle = kindOfGoogle(facts.error);
  if (byGoogle !== undefined) return byGoogle === 'request-invalid' ? (kindOfText(facts.message) ?? byGoogle) : byGoogle;
  const byType = kindOfCode(reasonIn(facts.error)) ?? kindOfCode(facts.type);
  if (byType !== undefined) return byType;
  if (isModeration(facts.error)) return 'content-refused';
  if (isHtml(error.body)) return kindOfStatus(status);
  const byText = VAGUE_STATUSES.has(status) ? kindOfText(facts.message) : undefined;
  const without = status < 400 ? (kindWithoutStatus(facts.code) ?? kindWithoutStatus(facts.type)) : undefined;
  return byText ?? without ?? OWN_STATUSES.get(status) ?? kindOfStatus(status);
}

// Statuses that vendors use for anything: only for them the text is consulted.
const VAGUE_STATUSES: ReadonlySet<number> = new Set([200, 400, 403, 412, 413, 422, 429, 500]);

// Groq's flex tier without capacity; Cohere's and proxies' words for a client that went away.
const OWN_STATUSES: ReadonlyMap<number, FailureKind> = new Map([
  [498, 'overloaded'],
  [499, 'transient'],
]);

/** OpenRouter's 403 for flagged input carries the reasons; one for the key does not. */
function isModeration({ metadata }: RawRecord): boolean {
  return isRecord(metadata) && (Array.isArray(metadata.reasons) || metadata.flagged_input !== undefined);
}

function isHtml(body: unknown): boolean {
  return typeof body === 'string' && body.trimStart().startsWith('<');
}

/** The wait that the vendor asks for by its own means; undefined leaves it to `retry-after`. */
function waitMs(
  error: UpstreamError,
  facts: ErrorFacts,
  kind: FailureKind,
  nowMs: number,
  quirks: VendorQuirks,
): number | undefined {
  // Hugging Face says in seconds how long a model still loads.
  const { estimated_time } = facts.body;
  if (typeof estimated_time === 'number' && estimated_time >= 0) return Math.ceil(estimated_time * 1000);
  if (kind === 'quota-exhausted') return toldResetMs(facts.error, facts.message, nowMs);
  const hintMs = retryAfterMs(error.headers, nowMs);
  if (kind !== 'rate-limited' || (hintMs !== undefined && hintMs > 0)) return undefined;
  const headers = { ...headersInMetadata(facts.error), ...error.headers };
  return delayInDetails(facts.error) ?? resetInHeaders(headers, nowMs, quirks, hintMs === undefined);
}

function delayInDetails({ details }: RawRecord): number | undefined {
  if (!Array.isArray(details)) return undefined;
  const delay = details.find((item) => isRecord(item) && typeof item.retryDelay === 'string')?.retryDelay;
  return typeof delay === 'string' ? durationMs(delay) : undefined;
}

/** OpenRouter repeats the rate limit headers inside the error. */
function headersInMetadata({ metadata }: RawRecord): Record<string, string> {
  const found: Record<string, string> = {};
  if (!isRecord(metadata) || !isRecord(metadata.headers)) return found;
  for (const [name, value] of Object.entries(metadata.headers)) found[name.toLowerCase()] = String(value);
  return found;
}

/** Until the limits that are used up are full again; if none says so, until all are, unless no wait was told (`isUntold`). */
function resetInHeaders(
  headers: Readonly<Record<string, string>>,
  nowMs: number,
  quirks: VendorQuirks,
  isUntold: boolean,
): number | undefined {
  const grammar = quirks.resetGrammar;
  if (grammar === undefined) return undefined;
  const waits = LIMITS.map((limit) => ({
    usedUp: headers[`x-ratelimit-remaining${limit}`] === '0',
    ms: resetAfterMs(headers[`x-ratelimit-reset${limit}`], grammar, nowMs),
  })).filter((wait) => wait.ms !== undefined);
  const usedUp = waits.filter((wait) => wait.usedUp);
  const decisive = (usedUp.length > 0 || !isUntold ? usedUp : waits).map((wait) => wait.ms ?? 0);
  return decisive.length === 0 ? undefined : Math.max(...decisive);
}

const LIMITS = ['', '-requests', '-tokens', '-tokens-minute', '-requests-day'] as const;
