import type { OpenAiHost } from '../provider-type.ts';

export const litellm: OpenAiHost = {
  type: 'litellm',
  label: 'LiteLLM proxy',
  group: 'own-server',
  baseURL: 'http://127.0.0.1:4000',
  keys: ['LITELLM_API_KEY', 'LITELLM_PROXY_API_KEY'],
  operations: [
    'responses',
    'completions',
    'embeddings',
    'images.generate',
    'images.edit',
    'audio.speech',
    'audio.transcription',
    'moderations',
  ],
  quirks: {
    developerRole: true,
    maxTokens: 'as-given',
    messageFields: new Set(['name', 'cache_control'] as const),
    reasoningField: 'reasoning_content',
    resetGrammar: undefined,
  },
  source: 'https://docs.litellm.ai/docs/proxy/user_keys',
};
