/**
 * OpenAI's resources, by the first part of their paths (those of the openai package 7.57). Its administration
 * (`organization`, `projects`) is none: who wants it over HTTP has to name the provider.
 */
export const RESOURCE_NAMES: readonly string[] = [
  ...['agents', 'assistants', 'audio', 'batches', 'chat', 'chatkit', 'completions', 'containers', 'content_provenance_checks'],
  ...['conversations', 'decisions', 'embeddings', 'evals', 'files', 'fine_tuning', 'images', 'live', 'models', 'moderations'],
  ...['realtime', 'responses', 'skills', 'threads', 'uploads', 'vaults', 'vector_stores', 'videos', 'webhook_endpoints'],
];
