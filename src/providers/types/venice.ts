import type { OpenAiHost } from '../provider-type.ts';

export const venice: OpenAiHost = {
  type: 'venice',
  label: 'Venice AI',
  group: 'cloud',
  baseURL: 'https://api.venice.ai/api/v1',
  keys: ['VENICE_API_KEY', 'VENICE_AI_API_KEY'],
  operations: ['embeddings', 'images.generate', 'audio.speech'],
  quirks: { maxTokens: 'as-given' },
  source: 'https://docs.venice.ai/api-reference/endpoint/chat/completions',
};
