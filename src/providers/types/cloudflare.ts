import type { OpenAiHost } from '../provider-type.ts';

export const cloudflare: OpenAiHost = {
  type: 'cloudflare',
  label: 'Cloudflare Workers AI (https://api.cloudflare.com/client/v4/accounts/{account}/ai/v1)',
  group: 'cloud',
  keys: ['CLOUDFLARE_API_KEY', 'CLOUDFLARE_API_TOKEN'],
  operations: ['responses', 'embeddings'],
  source: 'https://developers.cloudflare.com/workers-ai/configuration/open-ai-compatibility/',
};
