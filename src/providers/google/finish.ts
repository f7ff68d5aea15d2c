import type { FinishReason } from '../../core/chat.ts';
import { meaningOfFinish } from '../meaning-of-finish.ts';

/** The wire's word for a finish; undefined while the model has not stopped. */
export function nativeFinish(reason: string | number | undefined): string | undefined {
  if (reason === undefined || reason === 0 || reason === 'FINISH_REASON_UNSPECIFIED') return undefined;
  return typeof reason === 'number' ? (NUMBERED[reason] ?? String(reason)) : reason;
}

/**
 * OpenAI's word for it; `stop` if none is near (OTHER, LANGUAGE, MALFORMED_FUNCTION_CALL, …). Calls count: the wire has
 * no finish reason of its own for them.
 */
export function toFinishReason(native: string | undefined, hasCalls: boolean): FinishReason {
  const reason = native === undefined ? 'stop' : meaningOfFinish(native);
  if (reason === 'length' || reason === 'content_filter') return reason;
  return hasCalls ? 'tool_calls' : 'stop';
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
