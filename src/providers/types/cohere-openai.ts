import { OPENAI_HINTS } from '../openai/quirks.ts';
import type { OpenAiHost } from '../provider-type.ts';

export const cohereOpenai: OpenAiHost = {
  type: 'cohere-openai',
  label: 'Cohere, OpenAI route',
  group: 'maker',
  vendor: 'cohere',
  baseURL: 'https://api.cohere.ai/compatibility/v1',
  keys: ['COHERE_API_KEY', 'CO_API_KEY'],
  operations: ['embeddings'],
  quirks: {
    rejectedHints: OPENAI_HINTS,
    reasoningEffort: 'high-or-none',
    // As `/v2/embed` (https://docs.cohere.com/reference/embed).
    embeddingInputs: [{ most: 96 }],
    resetGrammar: undefined,
  },
  source: 'https://docs.cohere.com/docs/compatibility-api',
};
