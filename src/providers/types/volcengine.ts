import type { OpenAiHost } from '../provider-type.ts';

export const volcengine: OpenAiHost = {
  type: 'volcengine',
  label: 'Volcengine Ark (Doubao)',
  group: 'maker',
  otherNames: ['doubao'],
  baseURL: 'https://ark.cn-beijing.volces.com/api/v3',
  keys: ['ARK_API_KEY', 'VOLCENGINE_API_KEY'],
  operations: ['responses', 'embeddings', 'images.generate'],
  quirks: { reasoningField: 'reasoning_content', resetGrammar: undefined },
  source: 'https://www.volcengine.com/docs/82379/1494384',
};
