import { OPENAI_HINTS } from '../openai/quirks.ts';
import type { OpenAiHost } from '../provider-type.ts';

export const parasail: OpenAiHost = {
  type: 'parasail',
  label: 'Parasail',
  group: 'host',
  baseURL: 'https://api.parasail.io/v1',
  keys: ['PARASAIL_API_KEY'],
  quirks: { reasoningTag: 'think', rejectedHints: OPENAI_HINTS },
  source: 'https://docs.parasail.io/parasail-docs/api-reference/authentication',
};
