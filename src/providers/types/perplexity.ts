import type { OpenAiHost } from '../provider-type.ts';

export const perplexity: OpenAiHost = {
  type: 'perplexity',
  label: 'Perplexity',
  group: 'maker',
  otherNames: ['pplx'],
  baseURL: 'https://api.perplexity.ai',
  keys: ['PERPLEXITY_API_KEY', 'PPLX_API_KEY'],
  operations: ['embeddings'],
  // Usage grows on every chunk, asked for or not; reasoning and citations have prices of their own and are counted apart (as
  // the price list's own reader of this vendor has it). Embeddings are base64 of signed bytes.
  quirks: {
    countsApart: true,
    streamOptions: 'as-given',
    alternatingRoles: true,
    reasoningTag: 'think',
    embeddings: 'int8',
    paths: new Map([['embeddings', '/v1/embeddings']]),
    unsupported: [{ params: ['tools', 'functions', 'n', 'logprobs', 'top_logprobs', 'logit_bias', 'seed', 'audio'] }],
    resetGrammar: undefined,
    capabilities: { tools: false, parallelTools: false, audioInput: false, jsonSchema: true },
  },
  source: 'https://docs.perplexity.ai/api-reference/chat-completions-post',
};
