import type { OpenAiHost } from '../provider-type.ts';

export const groq: OpenAiHost = {
  type: 'groq',
  label: 'Groq',
  group: 'host',
  baseURL: 'https://api.groq.com/openai/v1',
  keys: ['GROQ_API_KEY'],
  operations: ['responses', 'audio.speech', 'audio.transcription', 'audio.translation'],
  // Logprobs, logit bias, message names and n > 1 are 400. Models without a parser leave reasoning in tags (`raw`).
  quirks: {
    maxTokens: 'as-given',
    messageFields: new Set(),
    reasoningField: 'reasoning',
    rejectedHints: new Set(['store', 'metadata', 'prompt_cache_key', 'prompt_cache_retention', 'safety_identifier']),
    reasoningTag: 'think',
    unsupported: [{ params: ['n', 'logprobs', 'top_logprobs', 'logit_bias', 'audio', 'web_search_options', 'top_k'] }],
  },
  source: 'https://console.groq.com/docs/openai',
};
