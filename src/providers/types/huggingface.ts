import type { OpenAiHost } from '../provider-type.ts';

export const huggingface: OpenAiHost = {
  type: 'huggingface',
  label: 'Hugging Face Inference Providers',
  group: 'host',
  otherNames: ['hf', 'hugging-face'],
  baseURL: 'https://router.huggingface.co/v1',
  keys: ['HF_TOKEN', 'HUGGINGFACE_API_KEY'],
  operations: ['responses'],
  quirks: { reasoningTag: 'think', resetGrammar: undefined },
  source: 'https://huggingface.co/docs/inference-providers/tasks/chat-completion',
};
