import type { OpenAiHost } from '../provider-type.ts';

export const nebius: OpenAiHost = {
  type: 'nebius',
  label: 'Nebius Token Factory',
  group: 'host',
  baseURL: 'https://api.tokenfactory.nebius.com/v1',
  keys: ['NEBIUS_API_KEY'],
  operations: ['completions', 'embeddings', 'images.generate'],
  quirks: { reasoningTag: 'think' },
  source: 'https://docs.tokenfactory.nebius.com/api-reference/inference/create-chat-completion',
};
