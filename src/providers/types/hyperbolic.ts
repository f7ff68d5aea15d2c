import type { OpenAiHost } from '../provider-type.ts';

export const hyperbolic: OpenAiHost = {
  type: 'hyperbolic',
  label: 'Hyperbolic',
  group: 'host',
  baseURL: 'https://api.hyperbolic.xyz/v1',
  keys: ['HYPERBOLIC_API_KEY'],
  quirks: { reasoningTag: 'think' },
  source: 'https://docs.hyperbolic.xyz/docs/rest-api',
};
