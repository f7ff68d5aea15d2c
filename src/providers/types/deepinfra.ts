import type { OpenAiHost } from '../provider-type.ts';

export const deepinfra: OpenAiHost = {
  type: 'deepinfra',
  label: 'DeepInfra',
  group: 'host',
  baseURL: 'https://api.deepinfra.com/v1/openai',
  keys: ['DEEPINFRA_API_KEY', 'DEEPINFRA_TOKEN'],
  operations: ['completions', 'embeddings', 'images.generate', 'audio.speech', 'audio.transcription'],
  quirks: { reasoningTag: 'think', reasoningField: 'reasoning_content' },
  source: 'https://docs.deepinfra.com/api-reference/chat-completions/openai-chat-completions',
};
