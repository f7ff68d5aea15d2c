import type { Call } from '../core/call.ts';
import type { Deployment } from '../core/deployment.ts';
import { Amounts } from './amounts.ts';
import type { Estimate } from './ledger.ts';

/** Whether a call asks no model for anything: files, batches and the like have no tokens, and no price of tokens. */
export function isUnmetered({ operation, params }: Call): boolean {
  return operation === 'passthrough' && params.model === undefined;
}

/** The estimate of such a call: one request that costs nothing. */
export function unmeteredEstimate(deployments: readonly Deployment[]): Estimate {
  const nothing = new Amounts(deployments.map(({ id }) => ({ id, inputTokens: 0, outputTokens: 0, costNanoUsd: 0 })));
  return {
    usage: nothing.usage,
    totalTokens: 0,
    costNanoUsd: 0,
    costByDeployment: nothing.costByDeployment,
    at: (deploymentId) => nothing.at(deploymentId),
    expectedInputTokens: 0,
    expectedInputAt: () => 0,
    injectMaxOutputTokens: undefined,
    strict: nothing,
    expected: nothing,
    unpriced: undefined,
    limitWithin: () => 0,
    clampedTo: () => unmeteredEstimate(deployments),
  };
}
