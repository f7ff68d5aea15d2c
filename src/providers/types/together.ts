import type { OpenAiHost } from '../provider-type.ts';

export const together: OpenAiHost = {
  type: 'together',
  label: 'Together AI',
  group: 'host',
  otherNames: ['togetherai', 'together-ai'],
  baseURL: 'https://api.together.ai/v1',
  keys: ['TOGETHER_API_KEY', 'TOGETHER_AI_API_KEY'],
  operations: ['completions', 'embeddings', 'images.generate', 'audio.speech', 'audio.transcription'],
  quirks: { reasoningField: 'reasoning', reasoningTag: 'think', resetGrammar: undefined },
  source: 'https://docs.together.ai/reference/chat-completions',
};
