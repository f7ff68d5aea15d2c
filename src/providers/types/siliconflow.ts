import { GATEWAY_HISTORY } from '../openai/history-rules.ts';
import type { OpenAiHost } from '../provider-type.ts';

export const siliconflow: OpenAiHost = {
  type: 'siliconflow',
  label: 'SiliconFlow',
  group: 'host',
  baseURL: 'https://api.siliconflow.com/v1',
  keys: ['SILICONFLOW_API_KEY'],
  operations: ['embeddings', 'images.generate', 'audio.speech', 'audio.transcription'],
  quirks: { reasoningField: 'reasoning_content', history: GATEWAY_HISTORY, reasoningEffort: 'enable-thinking' },
  source: 'https://docs.siliconflow.com/en/api-reference/chat-completions/chat-completions',
};
