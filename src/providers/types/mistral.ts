import { OPENAI_HINTS } from '../openai/quirks.ts';
import type { OpenAiHost } from '../provider-type.ts';

export const mistral: OpenAiHost = {
  type: 'mistral',
  label: 'Mistral AI',
  group: 'maker',
  listedAs: 'mistral',
  otherNames: ['mistralai'],
  vendor: 'mistral_ai',
  baseURL: 'https://api.mistral.ai/v1',
  keys: ['MISTRAL_API_KEY'],
  operations: ['embeddings', 'audio.transcription', 'moderations'],
  // Unknown fields are 422. Usage of streams comes unasked, on the chunk with the finish reason. Of OpenAI's hints the key
  // of the prompt cache is known (https://docs.mistral.ai/studio-api/conversations/advanced/prompt-caching).
  quirks: {
    streamOptions: 'none',
    messageFields: new Set(),
    prefixFlag: true,
    requiredToolChoice: 'any',
    toolCallIds: 'nine-characters',
    renamedParams: new Map([['seed', 'random_seed']]),
    rejectedHints: new Set([...OPENAI_HINTS].filter((hint) => hint !== 'prompt_cache_key')),
    reasoningEffort: 'high-or-none',
    embeddings: 'float',
    unsupported: [
      {
        params: [
          'logprobs',
          'top_logprobs',
          'logit_bias',
          'top_k',
          'functions',
          'audio',
          'modalities',
          'verbosity',
          'web_search_options',
        ],
      },
    ],
    resetGrammar: undefined,
    capabilities: { prefill: true },
  },
  source: 'https://docs.mistral.ai/api/endpoint/chat',
};
