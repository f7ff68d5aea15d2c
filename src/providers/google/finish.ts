import type { FinishReason } from '../../core/chat.ts';

/** The wire's word for a finish; undefined while the model has not stopped. */
export function nativeFinish(reason: string | number | undefined): string | undefined {
  if (reason === undefined || reason === 0 || reason === 'FINISH_REASON_UNSPECIFIED') return undefined;
  return typeof reason === 'number' ? (NUMBERED[reason] ?? String(reason)) : reason;
}

/** OpenAI's word for it. Calls count: the wire has no finish reason of its own for them. */
export function toFinishReason(native: string | undefined, hasCalls: boolean): FinishReason {
  const reason = REASONS.get(native ?? 'STOP') ?? 'stop';
  return reason === 'stop' && hasCalls ? 'tool_calls' : reason;
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

// What is not here (OTHER, LANGUAGE, MALFORMED_FUNCTION_CALL, …) has no counterpart and counts as `stop`.
const REASONS: ReadonlyMap<string, FinishReason> = new Map<string, FinishReason>([
  ['STOP', 'stop'],
  ['MAX_TOKENS', 'length'],
  ['SAFETY', 'content_filter'],
  ['RECITATION', 'content_filter'],
  ['BLOCKLIST', 'content_filter'],
  ['PROHIBITED_CONTENT', 'content_filter'],
  ['SPII', 'content_filter'],
  ['IMAGE_SAFETY', 'content_filter'],
  ['IMAGE_PROHIBITED_CONTENT', 'content_filter'],
  ['IMAGE_RECITATION', 'content_filter'],
  ['MODEL_ARMOR', 'content_filter'],
]);
