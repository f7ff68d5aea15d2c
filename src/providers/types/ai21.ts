import type { OpenAiHost } from '../provider-type.ts';

export const ai21: OpenAiHost = {
  type: 'ai21',
  label: 'AI21 Labs',
  group: 'maker',
  baseURL: 'https://api.ai21.com/studio/v1',
  keys: ['AI21_API_KEY'],
  source: 'https://docs.ai21.com/reference/jamba-1-6-api-ref',
};
