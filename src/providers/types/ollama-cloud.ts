import type { OpenAiHost } from '../provider-type.ts';

export const ollamaCloud: OpenAiHost = {
  type: 'ollama-cloud',
  label: 'Ollama Cloud',
  group: 'host',
  baseURL: 'https://ollama.com/v1',
  keys: ['OLLAMA_API_KEY'],
  quirks: { reasoningField: 'reasoning' },
  source: 'https://docs.ollama.com/cloud',
};
