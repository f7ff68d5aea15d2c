import { RequestInvalid } from '../request-invalid.ts';
import type { Account } from '../wire.ts';
import type { Platform } from './model.ts';

const DEFAULT_REGION = 'global';

/** Root of Vertex AI for a region; `eu` and `us` are the multi-regions, with hosts of another form. */
export function vertexOrigin(region: string = DEFAULT_REGION): string {
  if (region === 'global') return 'https://aiplatform.googleapis.com';
  if (region === 'eu' || region === 'us') return `https://aiplatform.${region}.rep.googleapis.com`;
  return `https://${region}-aiplatform.googleapis.com`;
}

/** Path of a model's method under the root. */
export function methodPath(platform: Platform, account: Account, upstreamModel: string, method: string): string {
  if (platform === 'gemini-api') {
    return `/${account.apiVersion ?? 'v1beta'}/${resource(upstreamModel, 'models', TUNED)}:${method}`;
  }
  if (!account.project) throw new RequestInvalid(`providers.${account.name}.project`, 'the id of a Google Cloud project');
  const place = `projects/${encodeURIComponent(account.project)}/locations/${encodeURIComponent(account.region ?? DEFAULT_REGION)}`;
  return `/${account.apiVersion ?? 'v1'}/${place}/${resource(upstreamModel, 'publishers/google/models', ENDPOINT)}:${method}`;
}

const TUNED = /^(models|tunedModels)\/(.+)$/;
const ENDPOINT = /^(endpoints)\/(.+)$/;

/** A bare name is one of the collection's; a name may bring its own collection. */
function resource(name: string, collection: string, own: RegExp): string {
  const [, given = collection, rest = name] = own.exec(name) ?? [];
  return `${given}/${encodeURIComponent(rest)}`;
}
