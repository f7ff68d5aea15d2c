import type { Exchange } from '../support/fixtures.ts';
import { saidByAnthropic } from './native/anthropic.ts';
import { saidByBedrock } from './native/bedrock.ts';
import { saidByCohere } from './native/cohere.ts';
import { saidByGemini } from './native/google.ts';
import { saidByOpenAi } from './native/openai.ts';
import type { Said } from './said.ts';

/** How the answer of a chat endpoint is read without the library. */
export const READERS: ReadonlyMap<string, (exchange: Exchange) => Said> = new Map([
  ['chat.completions', saidByOpenAi],
  ['messages', saidByAnthropic],
  ['generateContent', saidByGemini],
  ['streamGenerateContent', saidByGemini],
  ['converse', saidByBedrock],
  ['converse-stream', saidByBedrock],
  ['chat', saidByCohere],
]);

export type Operation = 'chat' | 'embeddings' | 'responses' | 'completions';

const OPERATIONS: ReadonlyMap<string, Operation> = new Map<string, Operation>([
  ...[...READERS.keys()].map((endpoint): [string, Operation] => [endpoint, 'chat']),
  ['responses', 'responses'],
  ['completions', 'completions'],
  ['embeddings', 'embeddings'],
  ['embed', 'embeddings'],
  ['batchEmbedContents', 'embeddings'],
  ['predict', 'embeddings'],
]);

/** The operation of OpenAI's client that an endpoint serves; undefined where none does. */
export function operationOf(endpoint: string): Operation | undefined {
  return OPERATIONS.get(endpoint);
}

// Recorded provider to the type in the configuration, where they differ; Google's OpenAI route is a vendor of its own.
const TYPES: Readonly<Record<string, string>> = { 'vercel-gateway': 'vercel', 'google/chat.completions': 'google-openai' };

const REQUEST_PATHS = /\/(chat\/completions|completions|embeddings|responses)(\?|$)/;

/** The configuration of a provider whose upstream stands at `root`, so that its paths come out as recorded. */
export function providerConfig(exchange: Exchange, root: string): Record<string, unknown> {
  const { provider, endpoint, request } = exchange;
  const type = TYPES[`${provider}/${endpoint}`] ?? TYPES[provider] ?? provider;
  const recordedPath = request?.path ?? '';
  const shared = { type, apiKey: 'replayed-key-0123456789' };
  if (type === 'google' || type === 'vertex') return { ...shared, baseURL: root, ...resourceOf(recordedPath) };
  if (type === 'azure') return { ...shared, ...azureAt(root, recordedPath) };
  if (type === 'bedrock') return { ...shared, baseURL: root, region: 'us-east-1' };
  if (type === 'anthropic' || type === 'cohere' || type === 'perplexity') return { ...shared, baseURL: root };
  return { ...shared, baseURL: root + recordedPath.slice(0, Math.max(0, recordedPath.search(REQUEST_PATHS))) };
}

function resourceOf(path: string): Record<string, unknown> {
  const [, apiVersion, project, region] = /^\/(v1\w*)\/(?:projects\/([^/]+)\/locations\/([^/]+))?/.exec(withPlaces(path)) ?? [];
  return { ...(apiVersion && { apiVersion }), ...(project && { project }), ...(region && { region }) };
}

function azureAt(root: string, path: string): Record<string, unknown> {
  const apiVersion = /api-version=([^&]+)/.exec(path)?.[1];
  return { baseURL: path.startsWith('/models/') ? `${root}/models` : root, ...(apiVersion && { apiVersion }) };
}

/** The path with a place where the recording has a placeholder for one. */
export function withPlaces(path: string): string {
  return path.replace('<GOOGLE_CLOUD_LOCATION>', 'us-central1');
}
