import type { OpenAiHost } from '../provider-type.ts';

export const jina: OpenAiHost = {
  type: 'jina',
  label: 'Jina AI',
  group: 'maker',
  baseURL: 'https://api.jina.ai/v1',
  keys: ['JINA_API_KEY'],
  only: ['embeddings', 'passthrough'],
  quirks: { embeddings: 'float' },
  source: 'https://jina.ai/embeddings',
};
