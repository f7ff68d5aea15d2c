import type { FaultExchange } from './fault-server.ts';

/** A whole chat completion as OpenAI's API gives it. */
export function completion(text: string, extra: Record<string, unknown> = {}) {
  return {
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1_700_000_000,
    model: 'gpt-5-mini',
    choices: [{ index: 0, message: { role: 'assistant', content: text, refusal: null }, finish_reason: 'stop', logprobs: null }],
    usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 },
    ...extra,
  };
}

export function chunk(delta: Record<string, unknown>, finishReason: string | null = null) {
  return {
    id: 'chatcmpl-1',
    object: 'chat.completion.chunk',
    created: 1_700_000_000,
    model: 'gpt-5-mini',
    choices: [{ index: 0, delta, finish_reason: finishReason, logprobs: null }],
  };
}

export function usageChunk(promptTokens = 10, completionTokens = 5) {
  return {
    ...chunk({}),
    choices: [],
    usage: { prompt_tokens: promptTokens, completion_tokens: completionTokens, total_tokens: promptTokens + completionTokens },
  };
}

/** Answers with a stream of the given pieces of text, complete with usage and terminal marker. */
export async function streamText(exchange: FaultExchange, ...pieces: string[]): Promise<void> {
  await exchange.sseHead();
  await exchange.sse(chunk({ role: 'assistant', content: '' }), ...pieces.map((content) => chunk({ content })));
  await exchange.sse(chunk({}, 'stop'), usageChunk(), '[DONE]');
  await exchange.lastChunk();
}
