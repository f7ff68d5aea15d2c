import type { Operation } from '../../core/operation.ts';

/** OpenAI's path of each operation under the base URL. */
export const OPENAI_PATHS: ReadonlyMap<Operation, string> = new Map([
  ['chat', '/chat/completions'],
  ['responses', '/responses'],
  ['completions', '/completions'],
  ['embeddings', '/embeddings'],
  ['images.generate', '/images/generations'],
  ['images.edit', '/images/edits'],
  ['images.variation', '/images/variations'],
  ['audio.speech', '/audio/speech'],
  ['audio.transcription', '/audio/transcriptions'],
  ['audio.translation', '/audio/translations'],
  ['moderations', '/moderations'],
]);
