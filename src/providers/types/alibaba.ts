import type { OpenAiHost } from '../provider-type.ts';

export const alibaba: OpenAiHost = {
  type: 'alibaba',
  label: 'Alibaba Model Studio (DashScope)',
  group: 'maker',
  otherNames: ['qwen', 'dashscope'],
  baseURL: 'https://dashscope-intl.aliyuncs.com/compatible-mode/v1',
  keys: ['DASHSCOPE_API_KEY'],
  operations: ['responses', 'embeddings'],
  quirks: {
    reasoningField: 'reasoning_content',
    reasoningEffort: 'enable-thinking',
    // https://www.alibabacloud.com/help/en/model-studio/embedding-interfaces-compatible-with-openai
    embeddingInputs: [{ models: /^text-embedding-v[12]/, most: 25 }, { most: 10 }],
    resetGrammar: undefined,
  },
  source: 'https://www.alibabacloud.com/help/en/model-studio/deep-thinking',
};
