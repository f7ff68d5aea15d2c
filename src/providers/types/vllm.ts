import type { OpenAiHost } from '../provider-type.ts';

export const vllm: OpenAiHost = {
  type: 'vllm',
  label: 'vLLM',
  group: 'own-server',
  baseURL: 'http://127.0.0.1:8000/v1',
  operations: ['responses', 'completions', 'embeddings', 'audio.transcription', 'audio.translation'],
  quirks: { maxTokens: 'as-given', reasoningField: 'reasoning', reasoningTag: 'think', resetGrammar: undefined },
  source: 'https://docs.vllm.ai/en/latest/serving/openai_compatible_server/',
};
