import type { OpenAiHost } from '../provider-type.ts';

export const githubModels: OpenAiHost = {
  type: 'github-models',
  label: 'GitHub Models',
  group: 'cloud',
  baseURL: 'https://models.github.ai/inference',
  keys: ['GITHUB_TOKEN'],
  operations: ['embeddings'],
  quirks: { maxTokens: 'by-model', developerRole: true, toolCallIds: 'at-most-40', resetGrammar: undefined },
  source: 'https://docs.github.com/en/rest/models/inference',
};
