import { GATEWAY_HISTORY } from '../openai/history-rules.ts';
import type { OpenAiHost } from '../provider-type.ts';

export const vercel: OpenAiHost = {
  type: 'vercel',
  label: 'Vercel AI Gateway',
  group: 'cloud',
  baseURL: 'https://ai-gateway.vercel.sh/v1',
  keys: ['AI_GATEWAY_API_KEY', 'VERCEL_OIDC_TOKEN'],
  operations: ['responses', 'embeddings', 'images.generate'],
  quirks: {
    maxTokens: 'as-given',
    messageFields: new Set(['name', 'refusal', 'annotations', 'audio', 'images', 'cache_control', 'reasoning_details'] as const),
    reasoningField: 'reasoning',
    history: GATEWAY_HISTORY,
    toolCallIds: 'at-most-40',
    reasoningEffort: 'reasoning-object',
    resetGrammar: undefined,
  },
  source: 'https://vercel.com/docs/ai-gateway/sdks-and-apis/openai-chat-completions/advanced',
};
