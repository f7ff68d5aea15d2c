import type { Account } from '../wire.ts';
import { type ModelTraits, traitsOf } from './models.ts';

export const VERSION_HEADER = 'anthropic-version';

/** The version that an account asks for; undefined if it leaves it to the gateway. */
export function versionOf({ headers, apiVersion }: Account): string | undefined {
  return headers[VERSION_HEADER] ?? apiVersion;
}

/**
 * What a model accepts under a version of the API. From 2026-10-21 on `temperature`, `top_p` and `top_k` are no params any
 * more, of no model. https://platform.claude.com/docs/en/api/versioning
 */
export function traitsUnder(version: string | undefined, upstreamModel: string): ModelTraits {
  const traits = traitsOf(upstreamModel);
  if (version === undefined || version < WITHOUT_SAMPLING) return traits;
  return traits.sampling === 'default-only' ? traits : { ...traits, sampling: 'default-only' };
}

// Versions are dates, so that the order of texts is theirs.
const WITHOUT_SAMPLING = '2026-10-21';
