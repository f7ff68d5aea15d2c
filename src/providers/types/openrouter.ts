import { OPENROUTER_HISTORY } from '../openai/history-rules.ts';
import type { OpenAiHost } from '../provider-type.ts';

export const openrouter: OpenAiHost = {
  type: 'openrouter',
  label: 'OpenRouter',
  group: 'cloud',
  baseURL: 'https://openrouter.ai/api/v1',
  keys: ['OPENROUTER_API_KEY'],
  operations: ['responses', 'completions', 'embeddings'],
  quirks: {
    developerRole: true,
    maxTokens: 'as-given',
    messageFields: new Set(['name', 'refusal', 'annotations', 'audio', 'images', 'cache_control', 'reasoning_details'] as const),
    reasoningField: 'reasoning',
    history: OPENROUTER_HISTORY,
    toolCallIds: 'at-most-40',
    resetGrammar: 'epoch-milliseconds',
  },
  source: 'https://openrouter.ai/docs/api/api-reference/chat/send-chat-completion-request',
};
