/**
 * OpenAI's wire as hosts really speak it: every field may be missing, null or of another type until it was checked.
 * What a translation has repaired is of the types of `core/chat.ts`.
 */
export interface RawToolCall {
  index?: unknown;
  id?: unknown;
  type?: unknown;
  function?: RawFunction | null;
}
export interface RawFunction {
  name?: unknown;
  arguments?: unknown;
}
/** A message of a whole answer, or a delta of a stream. */
export interface RawMessage {
  role?: unknown;
  content?: unknown;
  refusal?: unknown;
  tool_calls?: unknown;
  function_call?: RawFunction | null;
  reasoning?: unknown;
  reasoning_content?: unknown;
  reasoning_details?: unknown;
  annotations?: unknown;
  audio?: unknown;
}
export interface RawChoice {
  index?: unknown;
  message?: RawMessage | null;
  delta?: RawMessage | null;
  text?: unknown;
  finish_reason?: unknown;
  native_finish_reason?: unknown;
  logprobs?: unknown;
  error?: unknown;
  /** Moonshot's place for the usage of a stream. */
  usage?: unknown;
}
export interface RawAnswer {
  id?: unknown;
  object?: unknown;
  created?: unknown;
  model?: unknown;
  choices?: unknown;
  usage?: unknown;
  system_fingerprint?: unknown;
  service_tier?: unknown;
  native_service_tier?: unknown;
  error?: unknown;
  /** Groq's envelope; its `usage` repeats the usage of a stream, its `error` says why one was stopped early. */
  x_groq?: { usage?: unknown; error?: unknown } | null;
}

export type RawRecord = Record<string, unknown>;

export function isRecord(value: unknown): value is RawRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
