import { REMEDIES } from '../../bridges/responses/remedies.ts';
import type { Call } from '../../core/call.ts';
import type { Deployment } from '../../core/deployment.ts';
import type { Params } from '../../core/params.ts';
import type { Estimate } from '../../ledger/ledger.ts';
import type { RouterOptions } from '../../routing/router.ts';
import { whyForbidden } from '../admission/authorise-call.ts';
import type { Runtime } from '../runtime.ts';

/** What the router asks of access, ledger and providers. */
export function routerOptions(call: Call, estimate: Estimate, runtime: Runtime): RouterOptions {
  return {
    affinity: runtime.affinity,
    estimateInputTokens: estimate.expectedInputTokens,
    estimate,
    forbids: (deployment) => whyForbidden(call, deployment, estimate),
    cachedInputIsCheaper: (deployment) => runtime.ledger.cachedInputIsCheaper(call.plan, deployment),
    unsupported: (deployment, params) => unsupportedBy(deployment, call, params, runtime),
  };
}

function unsupportedBy(
  deployment: Deployment,
  call: Call,
  params: Params,
  runtime: Runtime,
): { parameter: string; reason: string } | undefined {
  const { provider } = runtime.accountOf(call.plan, deployment.provider);
  const { operation, stream } = call;
  if (!provider.supports(operation)) {
    return { parameter: 'model', reason: `provider '${deployment.provider}' has no operation '${operation}'` };
  }
  const [parameter] = provider.unsupported({ operation, upstreamModel: deployment.upstreamModel, params, stream });
  if (parameter === undefined) return undefined;
  const remedy = HISTORIES.has(parameter) ? OF_HISTORY : operation === 'responses' ? REMEDIES.get(parameter) : undefined;
  const reason = `'${deployment.id}' does not support '${parameter}'`;
  return { parameter, reason: remedy === undefined ? reason : `${reason}: ${remedy}` };
}

const HISTORIES: ReadonlySet<string> = new Set(['messages', 'input']);

/** What providers refuse of a history as such. */
const OF_HISTORY =
  'the model thinks, and then takes no assistant message at the end, and no calls of tools without the reasoning that went with them (`reasoning_content`, `reasoning_details`)';
