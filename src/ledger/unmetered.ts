import type { Call } from '../core/call.ts';
import type { Deployment } from '../core/deployment.ts';
import { NO_USAGE } from '../core/usage.ts';
import type { Estimate } from './ledger.ts';

/** Whether a call asks no model for anything: files, batches and the like have no tokens, and no price of tokens. */
export function isUnmetered({ operation, params }: Call): boolean {
  return operation === 'passthrough' && params.model === undefined;
}

/** The estimate of such a call: one request that costs nothing. */
export function unmeteredEstimate(deployments: readonly Deployment[]): Estimate {
  return {
    usage: NO_USAGE,
    expectedInputTokens: 0,
    costNanoUsd: 0,
    costByDeployment: new Map(deployments.map(({ id }) => [id, 0])),
    injectMaxOutputTokens: undefined,
  };
}
