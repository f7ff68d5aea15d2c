import type { OpenAiHost } from '../provider-type.ts';

export const gmi: OpenAiHost = {
  type: 'gmi',
  label: 'GMI Cloud',
  group: 'host',
  baseURL: 'https://api.gmi-serving.com/v1',
  keys: ['GMI_API_KEY', 'GMICLOUD_API_KEY'],
  source: 'https://docs.gmicloud.ai/inference-engine/api-reference/llm-api-reference',
};
