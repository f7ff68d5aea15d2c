import type { OpenAiHost } from '../provider-type.ts';

export const scaleway: OpenAiHost = {
  type: 'scaleway',
  label: 'Scaleway Generative APIs',
  group: 'host',
  baseURL: 'https://api.scaleway.ai/v1',
  keys: ['SCW_SECRET_KEY', 'SCALEWAY_API_KEY'],
  operations: ['embeddings', 'audio.transcription'],
  source: 'https://www.scaleway.com/en/docs/generative-apis/',
};
