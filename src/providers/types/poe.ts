import type { OpenAiHost } from '../provider-type.ts';

export const poe: OpenAiHost = {
  type: 'poe',
  label: 'Poe',
  group: 'cloud',
  baseURL: 'https://api.poe.com/v1',
  keys: ['POE_API_KEY'],
  operations: ['responses'],
  source: 'https://creator.poe.com/docs/external-applications/openai-compatible-api',
};
