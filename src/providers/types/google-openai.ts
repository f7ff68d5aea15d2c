import { GEMINI_HISTORY } from '../openai/history-rules.ts';
import { OPENAI_HINTS } from '../openai/quirks.ts';
import type { OpenAiHost } from '../provider-type.ts';

export const googleOpenai: OpenAiHost = {
  type: 'google-openai',
  label: 'Google Gemini, OpenAI route',
  group: 'maker',
  listedAs: 'google',
  vendor: 'gcp.gemini',
  baseURL: 'https://generativelanguage.googleapis.com/v1beta/openai',
  keys: ['GEMINI_API_KEY', 'GOOGLE_API_KEY'],
  operations: ['embeddings', 'images.generate'],
  quirks: {
    maxTokens: 'as-given',
    messageFields: new Set(['extra_content'] as const),
    history: GEMINI_HISTORY,
    rejectedHints: OPENAI_HINTS,
    totalCountsThoughts: true,
    // The route is one to `batchEmbedContents`: "at most 100 requests can be in one batch".
    embeddingInputs: [{ most: 100 }],
    resetGrammar: undefined,
    unsupported: [{ params: ['logprobs', 'top_logprobs', 'logit_bias', 'functions', 'audio', 'web_search_options'] }],
  },
  source: 'https://ai.google.dev/gemini-api/docs/openai',
};
