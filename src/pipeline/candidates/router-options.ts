import { REMEDIES } from '../../bridges/responses/remedies.ts';
import type { Call } from '../../core/call.ts';
import type { Deployment } from '../../core/deployment.ts';
import type { Operation } from '../../core/operation.ts';
import type { Estimate } from '../../ledger/ledger.ts';
import type { Provider } from '../../providers/provider.ts';
import type { RouterOptions } from '../../routing/router.ts';
import { mayForbid, whyForbidden } from '../admission/authorise-call.ts';
import type { Runtime } from '../runtime.ts';
import { judgedApart } from './judged-apart.ts';

/** What the router asks of access, ledger and providers. */
export function routerOptions(call: Call, estimate: Estimate, runtime: Runtime): RouterOptions {
  return {
    affinity: runtime.affinity,
    estimateInputTokens: estimate.inputCeiling,
    estimate,
    forbids: mayForbid(call) ? (deployment) => whyForbidden(call, deployment, estimate) : undefined,
    cachedInputIsCheaper: (deployment) => runtime.ledger.cachedInputIsCheaper(call.plan, deployment),
    unsupported: unsupportedIn(call, runtime),
    judgedApart: (deployments) => judgedApart(call.plan, deployments, runtime),
  };
}

/** A list is mostly of one provider's deployments, or of a few in turn: each is looked up when the provider changes. */
function unsupportedIn(call: Call, runtime: Runtime): RouterOptions['unsupported'] {
  const { operation, stream } = call;
  let name: string | undefined;
  let provider: Provider | undefined;
  let isSupported = false;
  return (deployment, params) => {
    if (provider === undefined || name !== deployment.provider) {
      name = deployment.provider;
      provider = runtime.accountOf(call.plan, name).provider;
      isSupported = provider.supports(operation);
    }
    if (!isSupported) return { parameter: 'model', reason: `provider '${name}' has no operation '${operation}'` };
    const [parameter] = provider.unsupported({ operation, upstreamModel: deployment.upstreamModel, params, stream });
    return parameter === undefined ? undefined : notSupported(parameter, deployment, operation);
  };
}

function notSupported(parameter: string, { id }: Deployment, operation: Operation): { parameter: string; reason: string } {
  const remedy = remedyOf(parameter, operation);
  const reason = `'${id}' does not support '${parameter}'`;
  return { parameter, reason: remedy === undefined ? reason : `${reason}: ${remedy}` };
}

function remedyOf(parameter: string, operation: Operation): string | undefined {
  switch (operation) {
    case 'chat':
      return parameter === 'messages' ? OF_HISTORY : undefined;
    case 'responses':
      return parameter === 'input' ? OF_HISTORY : REMEDIES.get(parameter);
    case 'embeddings':
      return parameter === 'input' ? OF_TOKENS : undefined;
    default:
      return undefined;
  }
}

/** What providers refuse of a history as such. */
const OF_HISTORY =
  'the model thinks, and then takes no assistant message at the end, and no calls of tools without the reasoning that went with them (`reasoning_content`, `reasoning_details`)';

/** What providers refuse of an embedding's input as such. */
const OF_TOKENS = 'it takes texts, and no lists of tokens';
