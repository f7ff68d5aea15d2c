import type { OpenAiHost } from '../provider-type.ts';

export const voyage: OpenAiHost = {
  type: 'voyage',
  label: 'Voyage AI',
  group: 'maker',
  listedAs: 'voyageai',
  baseURL: 'https://api.voyageai.com/v1',
  keys: ['VOYAGE_API_KEY'],
  only: ['embeddings', 'passthrough'],
  quirks: { embeddingInputs: [{ most: 1_000 }] },
  source: 'https://docs.voyageai.com/reference/embeddings-api',
};
