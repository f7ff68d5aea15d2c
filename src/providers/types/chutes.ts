import type { OpenAiHost } from '../provider-type.ts';

export const chutes: OpenAiHost = {
  type: 'chutes',
  label: 'Chutes',
  group: 'host',
  baseURL: 'https://llm.chutes.ai/v1',
  keys: ['CHUTES_API_KEY'],
  quirks: { reasoningTag: 'think' },
  source: 'https://llm.chutes.ai/v1/models',
};
