/** Every operation, in the order of the docs. */
export const OPERATIONS = [
  'chat',
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
  'models',
  'passthrough',
] as const;

/** What a call asks a provider to do. `passthrough` is any other path (files, batches, …). */
export type Operation = (typeof OPERATIONS)[number];

/**
 * What a call may cost. `free`: nothing, whatever usage its answer carries. `metered`: by its tokens, at the price of the
 * model it names. `unpriced`: by a price that nobody knows.
 */
export type OperationCost = 'free' | 'metered' | 'unpriced';
