import { OPENAI_QUIRKS } from '../openai/quirks.ts';
import type { OpenAiHost } from '../provider-type.ts';

export const openai: OpenAiHost = {
  type: 'openai',
  label: 'OpenAI',
  group: 'maker',
  otherNames: ['chatgpt', 'gpt'],
  baseURL: 'https://api.openai.com/v1',
  keys: ['OPENAI_API_KEY'],
  operations: [
    'responses',
    'completions',
    'embeddings',
    'images.generate',
    'images.edit',
    'images.variation',
    'audio.speech',
    'audio.transcription',
    'audio.translation',
    'moderations',
  ],
  quirks: OPENAI_QUIRKS,
  source: 'https://platform.openai.com/docs/api-reference',
};
