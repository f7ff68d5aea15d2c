import type { OpenAiHost } from '../provider-type.ts';

export const ovhcloud: OpenAiHost = {
  type: 'ovhcloud',
  label: 'OVHcloud AI Endpoints',
  group: 'host',
  baseURL: 'https://oai.endpoints.kepler.ai.cloud.ovh.net/v1',
  keys: ['OVHCLOUD_API_KEY', 'OVH_AI_ENDPOINTS_ACCESS_TOKEN'],
  operations: ['embeddings'],
  source: 'https://www.ovhcloud.com/en/public-cloud/ai-endpoints/catalog/',
};
