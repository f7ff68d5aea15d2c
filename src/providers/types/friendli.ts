import type { OpenAiHost } from '../provider-type.ts';

export const friendli: OpenAiHost = {
  type: 'friendli',
  label: 'Friendli Serverless Endpoints',
  group: 'host',
  baseURL: 'https://api.friendli.ai/serverless/v1',
  keys: ['FRIENDLI_TOKEN'],
  operations: ['completions'],
  source: 'https://friendli.ai/docs/guides/serverless_endpoints/introduction',
};
