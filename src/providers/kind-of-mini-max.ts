import type { FailureKind } from '../core/failure.ts';
import { type ErrorFacts, isFailed } from './error-body.ts';

/**
 * MiniMax's codes, which stand in `base_resp.status_code` of a 200 or in brackets at the end of a message; there, since
 * numbers have other meanings elsewhere, only beside MiniMax's own words. Undefined: no error of MiniMax's, or one whose
 * code says no more than that it failed.
 * https://platform.minimax.io/docs/api-reference/errorcode; 2061 from its command line client.
 */
export function kindOfMiniMax({ code, message, error }: ErrorFacts): FailureKind | undefined {
  if (isFailed(error) && code !== undefined) return CODES.get(code)?.kind;
  return kindOfSuffix(message);
}

/** The same for a wire that has only the message. */
function kindOfSuffix(message: string | undefined): FailureKind | undefined {
  const found = message === undefined || message.length > LONGEST_MESSAGE ? undefined : SUFFIX.exec(message)?.[1];
  const row = found === undefined ? undefined : CODES.get(found);
  return row !== undefined && message?.toLowerCase().includes(row.words) ? row.kind : undefined;
}

const LONGEST_MESSAGE = 1_000;
const SUFFIX = /\((\d{4,5})\)\s*$/;

const CODES: ReadonlyMap<string, { readonly words: string; readonly kind: FailureKind }> = new Map([
  ['1000', { words: 'unknown error', kind: 'transient' }],
  ['1001', { words: 'timeout', kind: 'timeout' }],
  ['1002', { words: 'rate limit', kind: 'rate-limited' }],
  ['1004', { words: 'not authorized', kind: 'credential-rejected' }],
  ['1008', { words: 'insufficient balance', kind: 'quota-exhausted' }],
  ['1024', { words: 'internal error', kind: 'transient' }],
  ['1026', { words: 'sensitive', kind: 'content-refused' }],
  ['1027', { words: 'sensitive', kind: 'content-refused' }],
  ['1033', { words: 'system error', kind: 'transient' }],
  // Tokens per minute: "Please retry your requests later."
  ['1039', { words: 'token limit', kind: 'rate-limited' }],
  ['1041', { words: 'conn limit', kind: 'rate-limited' }],
  ['1042', { words: 'invisible character', kind: 'request-invalid' }],
  ['2013', { words: 'invalid params', kind: 'request-invalid' }],
  ['2045', { words: 'rate growth', kind: 'rate-limited' }],
  ['2049', { words: 'invalid api key', kind: 'credential-rejected' }],
  // A plan's hours: "Please wait for the resource release in the next 5-hour window."
  ['2056', { words: 'usage limit exceeded', kind: 'quota-exhausted' }],
  ['2061', { words: 'not support model', kind: 'model-unavailable' }],
]);
