import type { OpenAiHost } from '../provider-type.ts';

export const fireworks: OpenAiHost = {
  type: 'fireworks',
  label: 'Fireworks AI',
  group: 'host',
  otherNames: ['fireworks-ai'],
  baseURL: 'https://api.fireworks.ai/inference/v1',
  keys: ['FIREWORKS_API_KEY'],
  operations: ['responses', 'completions', 'embeddings'],
  quirks: { reasoningField: 'reasoning_content', reasoningTag: 'think', resetGrammar: undefined },
  source: 'https://docs.fireworks.ai/api-reference/post-chatcompletions',
};
