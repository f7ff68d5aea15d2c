import type { OpenAiHost } from '../provider-type.ts';

export const digitalocean: OpenAiHost = {
  type: 'digitalocean',
  label: 'DigitalOcean Gradient',
  group: 'host',
  baseURL: 'https://inference.do-ai.run/v1',
  keys: ['DIGITALOCEAN_ACCESS_TOKEN'],
  operations: ['responses', 'images.generate'],
  source: 'https://docs.digitalocean.com/products/inference/how-to/use-reasoning/',
};
