import type { Operation } from '../../core/operation.ts';
import type { UpstreamRequest } from '../provider.ts';
import type { Account } from '../wire.ts';

/**
 * Azure's path for an OpenAI path, below the account's base path, which is the resource's root or already goes on with
 * `/openai`, `/openai/v1` or Foundry's `/models`. With a dated `apiVersion` a deployment stands in the path
 * (`/openai/deployments/{name}/…?api-version=`); without one, or with `v1` or `preview`, it is the newer `/openai/v1`.
 */
export function toAzurePath(path: string, request: UpstreamRequest, { basePath, apiVersion }: Account): string {
  if (basePath.endsWith('/models')) return withVersion(path, apiVersion ?? FOUNDRY_API_VERSION);
  if (basePath.endsWith('/openai/v1')) return withVersion(path, apiVersion === 'v1' ? undefined : apiVersion);
  const root = basePath.endsWith('/openai') ? '' : '/openai';
  if (apiVersion === undefined || apiVersion === 'v1') return `${root}/v1${path}`;
  if (apiVersion === 'preview') return withVersion(`${root}/v1${path}`, apiVersion);
  if (basePath.includes('/deployments/')) return withVersion(path, apiVersion);
  if (!DEPLOYMENT_OPERATIONS.has(request.operation)) return withVersion(`${root}${path}`, apiVersion);
  return withVersion(`${root}/deployments/${encodeURIComponent(request.upstreamModel)}${path}`, apiVersion);
}

// The version of the model inference API that recorded requests name.
const FOUNDRY_API_VERSION = '2024-05-01-preview';

/** What Azure serves below a deployment's path; Responses, files and the like stand beside it. */
const DEPLOYMENT_OPERATIONS: ReadonlySet<Operation> = new Set<Operation>([
  'chat',
  'completions',
  'embeddings',
  'images.generate',
  'images.edit',
  'audio.speech',
  'audio.transcription',
  'audio.translation',
]);

function withVersion(path: string, apiVersion: string | undefined): string {
  if (apiVersion === undefined) return path;
  return `${path}${path.includes('?') ? '&' : '?'}api-version=${encodeURIComponent(apiVersion)}`;
}
