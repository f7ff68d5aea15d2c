import type { OpenAiHost } from '../provider-type.ts';

export const llamacpp: OpenAiHost = {
  type: 'llamacpp',
  label: 'llama.cpp server',
  group: 'own-server',
  otherNames: ['llama.cpp', 'llama-cpp'],
  baseURL: 'http://127.0.0.1:8080/v1',
  operations: ['completions', 'embeddings'],
  quirks: { reasoningField: 'reasoning_content', reasoningTag: 'think', resetGrammar: undefined },
  source: 'https://github.com/ggml-org/llama.cpp/tree/master/tools/server',
};
