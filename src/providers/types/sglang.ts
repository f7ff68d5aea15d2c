import type { OpenAiHost } from '../provider-type.ts';

export const sglang: OpenAiHost = {
  type: 'sglang',
  label: 'SGLang',
  group: 'own-server',
  baseURL: 'http://127.0.0.1:30000/v1',
  operations: ['responses', 'completions', 'embeddings'],
  quirks: { maxTokens: 'as-given', reasoningField: 'reasoning_content', reasoningTag: 'think', resetGrammar: undefined },
  source: 'https://docs.sglang.ai/basic_usage/openai_api_completions.html',
};
