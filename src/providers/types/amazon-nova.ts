import type { OpenAiHost } from '../provider-type.ts';

export const amazonNova: OpenAiHost = {
  type: 'amazon-nova',
  label: 'Amazon Nova API',
  group: 'maker',
  baseURL: 'https://api.nova.amazon.com/v1',
  keys: ['NOVA_API_KEY'],
  source: 'https://nova.amazon.com/dev/documentation',
};
