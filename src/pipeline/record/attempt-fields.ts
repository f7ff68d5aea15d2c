import type { Deployment } from '../../core/deployment.ts';

/** The fields that every event of an attempt has beside those of its call. */
export function attemptFields(deployment: Deployment, attempt: number) {
  return { deployment: deployment.id, provider: deployment.provider, upstreamModel: deployment.upstreamModel, attempt };
}
