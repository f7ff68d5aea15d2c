import type { OpenAiHost } from '../provider-type.ts';

export const lmstudio: OpenAiHost = {
  type: 'lmstudio',
  label: 'LM Studio',
  group: 'own-server',
  otherNames: ['lm-studio'],
  baseURL: 'http://127.0.0.1:1234/v1',
  operations: ['responses', 'completions', 'embeddings'],
  quirks: { reasoningTag: 'think', resetGrammar: undefined },
  source: 'https://lmstudio.ai/docs/developer/openai-compat',
};
