import type { FinishReason } from '../core/chat.ts';

/**
 * What a maker's own word for a finish means in OpenAI's; `error` if it says that the answer broke off; undefined if
 * it has no counterpart. One table for all wires, since hosts and gateways hand the words of others on.
 */
export function meaningOfFinish(native: string): FinishReason | 'error' | undefined {
  const known = MEANINGS.get(native) ?? MEANINGS.get(native.toLowerCase());
  if (known !== undefined) return known;
  // Google's OpenAI route: `content_filter: PROHIBITED_CONTENT`.
  const colon = native.indexOf(': ');
  return colon < 0 ? undefined : (MEANINGS.get(native.slice(0, colon)) ?? MEANINGS.get(native.slice(colon + 2).toLowerCase()));
}

const WORDS: Readonly<Record<FinishReason | 'error', readonly string[]>> = {
  stop: [
    // OpenAI; Together; Text Generation Inference; Anthropic and Bedrock; Cohere; others
    'stop',
    'eos',
    'eos_token',
    'end_turn',
    'stop_sequence',
    'pause_turn',
    'complete',
    'completed',
  ],
  length: [
    // OpenAI; Mistral; Anthropic, Bedrock, Google and Cohere; Responses; Anthropic and Bedrock; Cohere;
    // Google: what fits one request, in `generateContent` and in Interactions
    'length',
    'model_length',
    'max_tokens',
    'max_output_tokens',
    'model_context_window_exceeded',
    'error_limit',
    'continuation',
    'requires_continuation',
  ],
  // OpenAI; Anthropic and Bedrock; Cohere; Vercel
  tool_calls: ['tool_calls', 'tool_use', 'tool_call', 'tool-calls'],
  function_call: ['function_call'],
  content_filter: [
    // OpenAI; Vercel; Z.ai
    'content_filter',
    'content-filter',
    'sensitive',
    // Anthropic
    'refusal',
    // Bedrock
    'content_filtered',
    'guardrail_intervened',
    // Cohere
    'error_toxic',
    // Google: `FinishReason`, `BlockedReason` and Vertex AI's number 10
    'safety',
    'recitation',
    'blocklist',
    'prohibited_content',
    'spii',
    'image_safety',
    'image_prohibited_content',
    'image_recitation',
    'model_armor',
    'jailbreak',
  ],
  error: [
    // Mistral, OpenRouter and Cohere; Cohere; Z.ai; DeepSeek; vLLM
    'error',
    'timeout',
    'network_error',
    'insufficient_system_resource',
    'abort',
  ],
};

const MEANINGS: ReadonlyMap<string, FinishReason | 'error'> = new Map(
  Object.entries(WORDS).flatMap(([meaning, words]) => words.map((word) => [word, meaning as FinishReason | 'error'] as const)),
);
