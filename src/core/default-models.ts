import type { Operation } from './operation.ts';

/** The model that OpenAI's endpoint takes if the request may leave it out (https://platform.openai.com/docs/api-reference). */
export const DEFAULT_MODELS: ReadonlyMap<Operation, string> = new Map([
  ['moderations', 'omni-moderation-latest'],
  ['images.generate', 'dall-e-2'],
  ['images.edit', 'dall-e-2'],
  ['images.variation', 'dall-e-2'],
]);
