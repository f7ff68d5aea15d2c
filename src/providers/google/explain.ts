import type { FailureKind } from '../../core/failure.ts';
import { isRecord, type JsonRecord } from '../../core/json.ts';
import { detailIn, kindOfGoogle, reasonIn } from '../kind-of-google.ts';
import type { UpstreamError } from '../upstream-error.ts';
import type { Explanation } from '../wire.ts';

/** Google's error answers: by the reason in `details`, then by `status`; by text only if those say too little. */
export function explain(error: UpstreamError): Explanation | undefined {
  if (hasFilteredImages(error.body)) return { kind: 'content-refused', code: 'content_filter', message: error.message };
  const told = errorIn(error.body);
  if (told === undefined) return undefined;
  const number = typeof told.code === 'number' ? told.code : undefined;
  const word = textOf(told, 'status');
  const kind = kindOfGoogle(told) ?? kindOfNumber(number ?? error.status);
  return {
    kind,
    code: reasonIn(told) ?? word ?? (number === undefined && error.status < 400 ? undefined : String(number ?? error.status)),
    message: textOf(told, 'message'),
    type: word,
    param: textOf(listOf(detailIn(told, 'BadRequest'), 'fieldViolations')[0], 'field'),
    // A used-up quota comes with a short delay all the same, which does not bring it back.
    retryAfterMs: kind === 'quota-exhausted' ? undefined : retryDelayMs(told),
  };
}

/** The error of a body; a stream that was asked for without `alt=sse` answers with an array of one. */
function errorIn(body: unknown): JsonRecord | undefined {
  const whole: unknown = Array.isArray(body) ? body[0] : body;
  const error = isRecord(whole) ? whole.error : undefined;
  if (typeof error === 'string') return { message: error };
  return isRecord(error) ? error : undefined;
}

function kindOfNumber(code: number): FailureKind {
  if (code === 429) return 'rate-limited';
  if (code === 401 || code === 403) return 'credential-rejected';
  if (code === 404) return 'model-unavailable';
  if (code === 503) return 'overloaded';
  if (code === 504) return 'timeout';
  return code >= 400 && code < 500 ? 'request-invalid' : 'transient';
}

/** `RetryInfo.retryDelay`: a protobuf duration such as `34.4s`. */
function retryDelayMs(error: JsonRecord): number | undefined {
  const seconds = /^(\d{1,9}(?:\.\d{1,9})?)s$/.exec(textOf(detailIn(error, 'RetryInfo'), 'retryDelay') ?? '')?.[1];
  return seconds === undefined ? undefined : Math.round(Number(seconds) * 1000);
}

function hasFilteredImages(body: unknown): boolean {
  return listOf(body, 'predictions').some((prediction) => textOf(prediction, 'raiFilteredReason') !== undefined);
}

function listOf(value: unknown, name: string): readonly unknown[] {
  const list = isRecord(value) ? value[name] : undefined;
  return Array.isArray(list) ? list : [];
}

function textOf(value: unknown, name: string): string | undefined {
  const text = isRecord(value) ? value[name] : undefined;
  return typeof text === 'string' && text !== '' ? text : undefined;
}
