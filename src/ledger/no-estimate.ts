import type { Deployment } from '../core/deployment.ts';
import { Amounts } from './amounts.ts';
import type { Estimate } from './ledger.ts';

const NOTHING = new Amounts([]);

/** Of a call that no provider is asked for: it uses nothing, and is a request at most. */
export const NO_ESTIMATE: Estimate = Object.freeze({
  usage: NOTHING.usage,
  totalTokens: 0,
  costNanoUsd: 0,
  costByDeployment: NOTHING.costByDeployment,
  costAt: () => 0,
  at: () => NOTHING,
  cheapestOf: (deployments: readonly Deployment[]) => deployments,
  inputCeiling: 0,
  expectedInputTokens: 0,
  expectedInputAt: () => 0,
  fewestInputAt: () => 0,
  injectMaxOutputTokens: undefined,
  strict: NOTHING,
  expected: NOTHING,
  limitWithin: () => Number.MAX_SAFE_INTEGER,
  unpriced: undefined,
  clampedTo: () => NO_ESTIMATE,
});
