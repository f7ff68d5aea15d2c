import { MIMO_HISTORY } from '../openai/history-rules.ts';
import type { OpenAiHost } from '../provider-type.ts';

export const xiaomi: OpenAiHost = {
  type: 'xiaomi',
  label: 'Xiaomi MiMo',
  group: 'maker',
  baseURL: 'https://api.xiaomimimo.com/v1',
  keys: ['XIAOMI_API_KEY'],
  quirks: {
    reasoningField: 'reasoning_content',
    history: MIMO_HISTORY,
    reasoningEffort: 'thinking-type',
    resetGrammar: undefined,
  },
  source: 'https://platform.xiaomimimo.com/static/docs/api/chat/openai-api.md',
};
