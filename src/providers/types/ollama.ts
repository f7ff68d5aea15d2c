import type { OpenAiHost } from '../provider-type.ts';

export const ollama: OpenAiHost = {
  type: 'ollama',
  label: 'Ollama',
  group: 'own-server',
  baseURL: 'http://127.0.0.1:11434/v1',
  operations: ['responses', 'completions', 'embeddings'],
  quirks: {
    reasoningField: 'reasoning',
    embeddings: 'float',
    unsupported: [{ params: ['n', 'logit_bias'] }],
    resetGrammar: undefined,
  },
  source: 'https://docs.ollama.com/api/openai-compatibility',
};
