import type { AnswerExtra, FinishReason } from '../../core/chat.ts';
import { meaningOfFinish } from '../meaning-of-finish.ts';
import type { GeminiCandidate } from './wire-types.ts';

/** The wire's word for a finish; undefined while the model has not stopped. */
export function nativeFinish(reason: string | number | undefined): string | undefined {
  if (reason === undefined || reason === 0 || reason === 'FINISH_REASON_UNSPECIFIED') return undefined;
  return typeof reason === 'number' ? (NUMBERED[reason] ?? String(reason)) : reason;
}

/**
 * OpenAI's word for it; `stop` if none is near (OTHER, LANGUAGE, MALFORMED_FUNCTION_CALL, …). Calls count: the wire has
 * no finish reason of its own for them. What can be gone on with has not ended, whatever the word for it.
 */
export function toFinishReason(native: string | undefined, hasCalls: boolean, canGoOn: boolean): FinishReason {
  const reason = native === undefined ? undefined : meaningOfFinish(native);
  if (reason === 'length' || reason === 'content_filter') return reason;
  if (canGoOn && reason === undefined) return 'length';
  return hasCalls ? 'tool_calls' : 'stop';
}

/**
 * The token that an answer is gone on with, as far as it has come. A stream has some on its way, each for what came before
 * it; a finish that has none of its own leaves the last of them good only if it says that the answer goes on.
 */
export function laterToken(
  earlier: string | undefined,
  { continuationToken, finishReason }: GeminiCandidate,
): string | undefined {
  if (typeof continuationToken === 'string' && continuationToken !== '') return continuationToken;
  const native = nativeFinish(finishReason);
  return native === undefined || native === 'CONTINUATION' ? earlier : undefined;
}

/** The token in the form of a message or a delta, of an answer that stopped at a limit. */
export function toExtraContent(token: string | undefined, reason: FinishReason): AnswerExtra | undefined {
  return token === undefined || reason !== 'length' ? undefined : { google: { continuation_token: token } };
}

// The numbers of google.cloud.aiplatform.v1.Candidate.FinishReason.
const NUMBERED = [
  'FINISH_REASON_UNSPECIFIED',
  'STOP',
  'MAX_TOKENS',
  'SAFETY',
  'RECITATION',
  'OTHER',
  'BLOCKLIST',
  'PROHIBITED_CONTENT',
  'SPII',
  'MALFORMED_FUNCTION_CALL',
  'MODEL_ARMOR',
];
