import type { Deployment } from '../core/deployment.ts';
import type { Plan } from '../core/plan.ts';
import type { Served } from '../core/served.ts';
import type { Usage } from '../core/usage.ts';
import type { Ledger } from './ledger.ts';

/** What input read from the provider's prompt cache would have cost more as other input; 0 if no price is known. */
export function promptCacheSavingNanoUsd(
  ledger: Pick<Ledger, 'costNanoUsd'>,
  plan: Plan,
  deployment: Deployment,
  usage: Usage,
  served: Served | undefined,
): number {
  if (usage.cachedInputTokens === 0) return 0;
  const cost = ledger.costNanoUsd(plan, deployment, usage, served);
  const uncached = ledger.costNanoUsd(plan, deployment, { ...usage, cachedInputTokens: 0 }, served);
  return cost === undefined || uncached === undefined ? 0 : Math.max(uncached - cost, 0);
}
