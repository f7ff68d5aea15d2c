import type { OpenAiHost } from '../provider-type.ts';

export const crusoe: OpenAiHost = {
  type: 'crusoe',
  label: 'Crusoe Managed Inference',
  group: 'host',
  baseURL: 'https://api.inference.crusoecloud.com/v1',
  keys: ['CRUSOE_API_KEY'],
  quirks: { reasoningField: 'reasoning' },
  source: 'https://docs.crusoecloud.com/managed-inference/overview',
};
