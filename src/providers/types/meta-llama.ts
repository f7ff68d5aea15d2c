import type { OpenAiHost } from '../provider-type.ts';

export const metaLlama: OpenAiHost = {
  type: 'meta-llama',
  label: 'Meta Llama API',
  group: 'maker',
  baseURL: 'https://api.llama.com/compat/v1',
  keys: ['LLAMA_API_KEY'],
  source: 'https://llama.developer.meta.com/docs/features/compatibility',
};
