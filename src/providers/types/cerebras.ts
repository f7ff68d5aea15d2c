import { OPENAI_HINTS } from '../openai/quirks.ts';
import type { OpenAiHost } from '../provider-type.ts';

export const cerebras: OpenAiHost = {
  type: 'cerebras',
  label: 'Cerebras',
  group: 'host',
  baseURL: 'https://api.cerebras.ai/v1',
  keys: ['CEREBRAS_API_KEY'],
  operations: ['completions'],
  quirks: {
    maxTokens: 'max_completion_tokens',
    messageFields: new Set(),
    reasoningField: 'reasoning',
    rejectedHints: OPENAI_HINTS,
    unsupported: [{ params: ['n', 'audio', 'web_search_options'] }],
    resetGrammar: 'seconds',
  },
  source: 'https://inference-docs.cerebras.ai/api-reference/chat-completions',
};
