import type { OpenAiHost } from '../provider-type.ts';

export const xai: OpenAiHost = {
  type: 'xai',
  label: 'xAI',
  group: 'maker',
  listedAs: 'x-ai',
  otherNames: ['grok', 'x-ai'],
  vendor: 'x_ai',
  baseURL: 'https://api.x.ai/v1',
  keys: ['XAI_API_KEY'],
  operations: ['responses', 'images.generate'],
  quirks: {
    maxTokens: 'as-given',
    reasoningField: 'reasoning_content',
    resetGrammar: undefined,
    unsupported: [
      { params: ['logit_bias', 'functions', 'audio', 'top_k'] },
      { models: /^grok-(3-mini|4|code)(?!.*non-reasoning)/, params: ['stop', 'presence_penalty', 'frequency_penalty'] },
    ],
  },
  source: 'https://docs.x.ai/developers/rest-api-reference/inference/chat',
};
