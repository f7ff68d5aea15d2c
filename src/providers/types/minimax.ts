import type { OpenAiHost } from '../provider-type.ts';

export const minimax: OpenAiHost = {
  type: 'minimax',
  label: 'MiniMax',
  group: 'maker',
  baseURL: 'https://api.minimax.io/v1',
  keys: ['MINIMAX_API_KEY'],
  quirks: { reasoningTag: 'think', resetGrammar: undefined },
  source: 'https://platform.minimax.io/docs/api-reference/text-openai-api',
};
