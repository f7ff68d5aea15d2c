/** What a call asks a provider to do. `passthrough` is any other path (files, batches, …). */
export type Operation =
  | 'chat'
  | 'responses'
  | 'completions'
  | 'embeddings'
  | 'images.generate'
  | 'images.edit'
  | 'images.variation'
  | 'audio.speech'
  | 'audio.transcription'
  | 'audio.translation'
  | 'moderations'
  | 'models'
  | 'passthrough';

/**
 * What a call may cost. `free`: nothing, whatever usage its answer carries. `metered`: by its tokens, at the price of the
 * model it names. `unpriced`: by a price that nobody knows.
 */
export type OperationCost = 'free' | 'metered' | 'unpriced';
