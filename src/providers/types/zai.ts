import type { OpenAiHost } from '../provider-type.ts';

export const zai: OpenAiHost = {
  type: 'zai',
  label: 'Z.ai',
  group: 'maker',
  otherNames: ['glm', 'z-ai'],
  baseURL: 'https://api.z.ai/api/paas/v4',
  keys: ['ZAI_API_KEY', 'ZHIPU_API_KEY'],
  quirks: { reasoningField: 'reasoning_content', reasoningEffort: 'thinking-type', resetGrammar: undefined },
  source: 'https://docs.z.ai/guides/capabilities/thinking',
};
