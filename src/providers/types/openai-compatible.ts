import { THINKS_BESIDE_CALLS } from '../openai/history-rules.ts';
import type { OpenAiHost } from '../provider-type.ts';

export const openaiCompatible: OpenAiHost = {
  type: 'openai-compatible',
  label: 'Any server with an OpenAI-compatible API',
  group: 'own-server',
  otherNames: ['openai-compat', 'openai-like', 'custom-openai'],
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
  quirks: { maxTokens: 'as-given', reasoningModels: THINKS_BESIDE_CALLS, resetGrammar: undefined },
  source: 'https://platform.openai.com/docs/api-reference',
};
