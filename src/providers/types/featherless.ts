import type { OpenAiHost } from '../provider-type.ts';

export const featherless: OpenAiHost = {
  type: 'featherless',
  label: 'Featherless AI',
  group: 'host',
  baseURL: 'https://api.featherless.ai/v1',
  keys: ['FEATHERLESS_API_KEY'],
  operations: ['completions'],
  quirks: { reasoningTag: 'think' },
  source: 'https://featherless.ai/docs/quickstart-guide',
};
