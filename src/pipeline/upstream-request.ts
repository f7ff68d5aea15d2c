import type { Call } from '../core/call.ts';
import type { Deployment } from '../core/deployment.ts';
import type { Params } from '../core/params.ts';
import type { UpstreamRequest } from '../providers/provider.ts';
import type { ProviderAccount } from './runtime.ts';

/** The call as one deployment is to get it: default params of model and deployment under the caller's own. */
export function upstreamRequest(call: Call, deployment: Deployment, account: ProviderAccount): UpstreamRequest {
  return {
    operation: call.operation,
    upstreamModel: deployment.upstreamModel,
    params: paramsFor(call, deployment, account),
    form: call.form,
    stream: call.stream,
    headers: call.headers,
    passthrough: call.passthrough,
  };
}

/** The params as `unsupported` and the request see them. No copy is made where nothing is added or dropped. */
export function paramsFor(call: Call, deployment: Deployment, account: Pick<ProviderAccount, 'drop'>): Params {
  const { params: ofModel, deployments } = call.modelPlan;
  // A fallback's deployment brings the default params of its own model.
  const defaults = ofModel && deployments.includes(deployment) ? ofModel : undefined;
  const own = deployment.params;
  const merged = defaults || own ? { ...defaults, ...own, ...call.params } : call.params;
  return withoutDropped(withBound(merged, call), account.drop);
}

/** The name under which each operation bounds its output. */
const OUTPUT_BOUNDS: Partial<Record<Call['operation'], string>> = {
  chat: 'max_completion_tokens',
  completions: 'max_tokens',
  responses: 'max_output_tokens',
};

function withBound(params: Params, { operation, outputBound }: Call): Params {
  const name = OUTPUT_BOUNDS[operation];
  if (outputBound === undefined || name === undefined) return params;
  const given = params.max_completion_tokens ?? params.max_tokens ?? params.max_output_tokens;
  if (typeof given === 'number' && given <= outputBound) return params;
  const bounded: Record<string, unknown> = { ...params };
  for (const other of OUTPUT_PARAMS) if (bounded[other] !== undefined) delete bounded[other];
  bounded[name] = outputBound;
  return bounded;
}

const OUTPUT_PARAMS = ['max_completion_tokens', 'max_tokens', 'max_output_tokens'];

function withoutDropped(params: Params, drop: ReadonlySet<string>): Params {
  let kept: Record<string, unknown> | undefined;
  for (const name of drop) {
    if (!Object.hasOwn(params, name)) continue;
    kept ??= { ...params };
    delete kept[name];
  }
  return kept ?? params;
}
