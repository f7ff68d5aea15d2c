import { DEEPSEEK_HISTORY } from '../openai/history-rules.ts';
import type { OpenAiHost } from '../provider-type.ts';

export const deepseek: OpenAiHost = {
  type: 'deepseek',
  label: 'DeepSeek',
  group: 'maker',
  vendor: 'deepseek',
  baseURL: 'https://api.deepseek.com',
  keys: ['DEEPSEEK_API_KEY'],
  operations: ['responses'],
  // Thinking within a tool loop has to come back as `reasoning_content`; JSON output is `json_object` only.
  quirks: {
    reasoningField: 'reasoning_content',
    history: DEEPSEEK_HISTORY,
    stringContentRoles: new Set(['system', 'assistant', 'tool']),
    reasoningEffort: 'as-given-or-thinking-off',
    // V4 thinks by default (guides/thinking_mode), and answers 400 "Thinking mode does not support this tool_choice".
    forcedTools: [{ models: /^deepseek-v4/, refused: 'while-thinking' }],
    unsupported: [{ params: ['n', 'logit_bias', 'seed', 'functions', 'audio', 'web_search_options', 'top_k'] }],
    resetGrammar: undefined,
    capabilities: { jsonSchema: false, audioInput: false, documents: false, prefill: false },
  },
  source: 'https://api-docs.deepseek.com/guides/thinking_mode',
};
