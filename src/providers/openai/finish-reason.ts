import type { FinishReason } from '../../core/chat.ts';

/** OpenAI's finish reason for a vendor's; `error` where the word says that the answer broke off. */
export function toFinishReason(native: string): FinishReason | 'error' {
  return FINISH_REASONS.get(native) ?? FINISH_REASONS.get(native.toLowerCase()) ?? 'stop';
}

// Words beyond OpenAI's: Together `eos`; hosts that hand through Anthropic's, Cohere's and Gemini's words; Mistral
// `model_length` and `error`; Z.ai `sensitive` and `network_error`; DeepSeek `insufficient_system_resource`; vLLM `abort`.
const FINISH_REASONS: ReadonlyMap<string, FinishReason | 'error'> = new Map([
  ['stop', 'stop'],
  ['length', 'length'],
  ['tool_calls', 'tool_calls'],
  ['content_filter', 'content_filter'],
  ['function_call', 'function_call'],
  ['eos', 'stop'],
  ['end_turn', 'stop'],
  ['stop_sequence', 'stop'],
  ['complete', 'stop'],
  ['completed', 'stop'],
  ['model_length', 'length'],
  ['max_tokens', 'length'],
  ['max_output_tokens', 'length'],
  ['model_context_window_exceeded', 'length'],
  ['tool_use', 'tool_calls'],
  ['tool_call', 'tool_calls'],
  ['tool-calls', 'tool_calls'],
  ['content-filter', 'content_filter'],
  ['safety', 'content_filter'],
  ['recitation', 'content_filter'],
  ['prohibited_content', 'content_filter'],
  ['refusal', 'content_filter'],
  ['sensitive', 'content_filter'],
  ['error', 'error'],
  ['network_error', 'error'],
  ['insufficient_system_resource', 'error'],
  ['abort', 'error'],
]);
