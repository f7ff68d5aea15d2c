import type { OpenAiHost } from '../provider-type.ts';

export const requesty: OpenAiHost = {
  type: 'requesty',
  label: 'Requesty',
  group: 'cloud',
  baseURL: 'https://router.requesty.ai/v1',
  keys: ['REQUESTY_API_KEY'],
  operations: ['embeddings'],
  quirks: { developerRole: true, maxTokens: 'as-given', messageFields: new Set(['name', 'cache_control'] as const) },
  source: 'https://docs.requesty.ai/features/reasoning',
};
