import type { OpenAiHost } from '../provider-type.ts';

export const novita: OpenAiHost = {
  type: 'novita',
  label: 'Novita AI',
  group: 'host',
  baseURL: 'https://api.novita.ai/openai/v1',
  keys: ['NOVITA_API_KEY'],
  operations: ['completions', 'embeddings'],
  quirks: { reasoningTag: 'think', reasoningEffort: 'enable-thinking' },
  source: 'https://novita.ai/docs/api-reference/model-apis-llm-create-chat-completion',
};
