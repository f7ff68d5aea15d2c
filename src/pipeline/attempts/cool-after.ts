import type { Call } from '../../core/call.ts';
import type { Deployment } from '../../core/deployment.ts';
import type { Failure } from '../../core/failure.ts';
import { FAILURE_RULES } from '../../failover/table.ts';
import type { Credential } from '../../providers/provider.ts';
import type { Health } from '../../routing/health.ts';
import type { ProviderAccount } from '../runtime.ts';

/** Takes a deployment or its credential out for a time, if a failure says so. */
export function coolAfter(
  failure: Failure,
  tried: { readonly deployment: Deployment; readonly account: ProviderAccount; readonly credential: Credential | undefined },
  call: Call,
  health: Health,
): void {
  const { cool: rule } = FAILURE_RULES[failure.kind];
  // A path that a provider does not have says nothing of the model that the request names.
  const cool = failure.kind === 'model-unavailable' && call.operation === 'passthrough' ? undefined : rule;
  // A reset that is told and comes sooner is no reason to ask sooner: a used-up quota often comes with a short delay.
  const forMs = cool?.forMs === 'retry-after' ? failure.retryAfterMs : cool && Math.max(cool.forMs, failure.retryAfterMs ?? 0);
  if (cool === undefined || !forMs) return;
  const { deployment, credential, account } = tried;
  const { credentials } = account;
  if (cool.scope === 'deployment' || credential === undefined || credentials.size === 1) {
    health.coolDown('deployment', deployment.id, forMs, failure.kind, call);
    return;
  }
  health.coolDown('credential', credential.id, forMs, failure.kind, call);
  if (credentials.usableCount > 0) return;
  const soonestMs = Math.min(...credentials.ids.map((id) => health.coolsForMs('credential', id)));
  health.coolDown('deployment', deployment.id, soonestMs, failure.kind, call);
}
