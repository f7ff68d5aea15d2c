/** What a call asks a provider to do. `passthrough` is any OpenAI path that names no model (files, batches, …). */
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
