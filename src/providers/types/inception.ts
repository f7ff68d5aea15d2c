import type { OpenAiHost } from '../provider-type.ts';

export const inception: OpenAiHost = {
  type: 'inception',
  label: 'Inception Labs',
  group: 'maker',
  baseURL: 'https://api.inceptionlabs.ai/v1',
  keys: ['INCEPTION_API_KEY'],
  source: 'https://docs.inceptionlabs.ai/api-reference/chat/create-a-chat-completion',
};
