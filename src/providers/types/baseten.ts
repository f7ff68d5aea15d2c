import type { OpenAiHost } from '../provider-type.ts';

export const baseten: OpenAiHost = {
  type: 'baseten',
  label: 'Baseten Model APIs',
  group: 'host',
  baseURL: 'https://inference.baseten.co/v1',
  keys: ['BASETEN_API_KEY'],
  source: 'https://docs.baseten.co/reference/inference-api/chat-completions',
};
