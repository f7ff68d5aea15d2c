import { KIMI_HISTORY } from '../openai/history-rules.ts';
import type { OpenAiHost } from '../provider-type.ts';

export const moonshot: OpenAiHost = {
  type: 'moonshot',
  label: 'Moonshot AI',
  group: 'maker',
  listedAs: 'moonshotai',
  otherNames: ['kimi', 'moonshotai'],
  vendor: 'moonshot_ai',
  baseURL: 'https://api.moonshot.ai/v1',
  keys: ['MOONSHOT_API_KEY'],
  quirks: {
    reasoningField: 'reasoning_content',
    history: KIMI_HISTORY,
    reasoningEffort: 'thinking-type',
    // "tool_choice '…' is incompatible with thinking enabled", the default; K2.7 Code and K3 can't leave off.
    forcedTools: [
      { models: /^kimi-k2\.[56]/, refused: 'while-thinking' },
      { models: /^kimi-(k2-thinking|k2\.7|k3)/, refused: 'always' },
    ],
    resetGrammar: undefined,
  },
  source: 'https://platform.moonshot.ai/docs/api/chat',
};
