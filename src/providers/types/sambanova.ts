import type { OpenAiHost } from '../provider-type.ts';

export const sambanova: OpenAiHost = {
  type: 'sambanova',
  label: 'SambaNova',
  group: 'host',
  baseURL: 'https://api.sambanova.ai/v1',
  keys: ['SAMBANOVA_API_KEY'],
  operations: ['embeddings'],
  quirks: { reasoningTag: 'think', resetGrammar: undefined },
  source: 'https://docs.sambanova.ai/cloud/api-reference',
};
