import type { Usage } from '../core/usage.ts';

/** What an answer of a script is made with. */
export interface AnswerFacts {
  readonly requestId: string;
  readonly model: string;
  readonly usage: Partial<Usage> | null | undefined;
  readonly finishReason: string | undefined;
}

export function chatCompletion(text: string, { requestId, model, usage, finishReason = 'stop' }: AnswerFacts): object {
  const message = { role: 'assistant', content: text, refusal: null };
  return {
    id: `chatcmpl-${requestId}`,
    object: 'chat.completion',
    created: CREATED_SECONDS,
    model,
    choices: [{ index: 0, message, finish_reason: finishReason, logprobs: null }],
    ...(usage === null ? undefined : { usage: toOpenAi(usage) }),
  };
}

export function chatChunk(
  delta: object,
  { requestId, model }: Pick<AnswerFacts, 'requestId' | 'model'>,
  finishReason: string | null = null,
): object {
  return {
    id: `chatcmpl-${requestId}`,
    object: 'chat.completion.chunk',
    created: CREATED_SECONDS,
    model,
    choices: [{ index: 0, delta, finish_reason: finishReason, logprobs: null }],
  };
}

/** The last chunk of a stream. */
export function usageChunk(facts: Pick<AnswerFacts, 'requestId' | 'model' | 'usage'>): object {
  return { ...chatChunk({}, facts), choices: [], usage: toOpenAi(facts.usage ?? undefined) };
}

const CREATED_SECONDS = 1_768_478_400;

function toOpenAi(usage: Partial<Usage> | undefined): object {
  const { inputTokens = 10, outputTokens = 5, cachedInputTokens = 0, cacheWriteTokens = 0, reasoningTokens = 0 } = usage ?? {};
  return {
    prompt_tokens: inputTokens,
    completion_tokens: outputTokens,
    total_tokens: inputTokens + outputTokens,
    prompt_tokens_details: { cached_tokens: cachedInputTokens, cache_write_tokens: cacheWriteTokens },
    completion_tokens_details: { reasoning_tokens: reasoningTokens },
  };
}
