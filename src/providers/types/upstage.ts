import type { OpenAiHost } from '../provider-type.ts';

export const upstage: OpenAiHost = {
  type: 'upstage',
  label: 'Upstage',
  group: 'maker',
  baseURL: 'https://api.upstage.ai/v1/solar',
  keys: ['UPSTAGE_API_KEY'],
  operations: ['embeddings'],
  // https://console.upstage.ai/api/embeddings
  quirks: { embeddingInputs: [{ most: 100 }] },
  source: 'https://developers.upstage.ai/docs/apis/chat',
};
