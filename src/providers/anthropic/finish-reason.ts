import type { FinishReason } from '../../core/chat.ts';

/**
 * OpenAI's word for a `stop_reason`. `calls` is what the answer shows of tool calls: a forced answer tool is content, so
 * that `tool_use` without calls is a plain stop, and legacy `functions` have a word of their own.
 */
export function toFinishReason(stopReason: string | null | undefined, calls: 'none' | 'tools' | 'function'): FinishReason {
  const known = FINISH_REASONS.get(stopReason ?? '');
  if (known) return known;
  if (calls === 'none') return 'stop';
  return calls === 'tools' ? 'tool_calls' : 'function_call';
}

// `tool_use` and words of later versions are decided by the calls.
const FINISH_REASONS: ReadonlyMap<string, FinishReason> = new Map<string, FinishReason>([
  ['end_turn', 'stop'],
  ['stop_sequence', 'stop'],
  ['pause_turn', 'stop'],
  ['max_tokens', 'length'],
  ['model_context_window_exceeded', 'length'],
  ['refusal', 'content_filter'],
]);
