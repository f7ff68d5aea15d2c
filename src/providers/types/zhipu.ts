import type { OpenAiHost } from '../provider-type.ts';

export const zhipu: OpenAiHost = {
  type: 'zhipu',
  label: 'Zhipu AI (BigModel)',
  group: 'maker',
  listedAs: 'zhipuai',
  otherNames: ['zhipuai'],
  baseURL: 'https://open.bigmodel.cn/api/paas/v4',
  keys: ['ZHIPU_API_KEY', 'ZHIPUAI_API_KEY'],
  operations: ['embeddings'],
  quirks: { reasoningField: 'reasoning_content', reasoningEffort: 'thinking-type', resetGrammar: undefined },
  source: 'https://docs.bigmodel.cn/cn/guide/capabilities/thinking',
};
