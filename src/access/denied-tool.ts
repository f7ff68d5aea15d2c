import type { Call } from '../core/call.ts';
import type { Caller } from '../core/caller.ts';
import type { Deployment } from '../core/deployment.ts';
import type { Plan } from '../core/plan.ts';
import { SentParams } from '../core/sent-params.ts';
import { vendorToolsIn } from '../core/vendor-tools.ts';
import { foldName, matchesAny, rulesFor } from './caller-rules.ts';

/** The first tool of the vendor's in the params that a rule denies the caller; undefined if it may use all. */
export function deniedTool({ plan, caller, params }: Call): string | undefined {
  if (plan.access.rules.length === 0) return undefined;
  return deniedAmong(vendorToolsIn(params), plan, caller);
}

/** The same at a deployment, which may bring tools by its default params and by its model. */
export function deniedToolAt(deployment: Deployment, call: Call): string | undefined {
  if (call.plan.access.rules.length === 0) return undefined;
  const sent = new SentParams(call).unbounded(deployment);
  return deniedAmong(vendorToolsIn(sent, deployment.upstreamModel), call.plan, call.caller);
}

/** The same among tools that are known by their names. */
export function deniedAmong(tools: readonly { readonly name: string }[], plan: Plan, caller: Caller): string | undefined {
  if (tools.length === 0 || plan.access.rules.length === 0) return undefined;
  const denied = rulesFor(plan, caller).rules.flatMap(({ denyTools }) => denyTools);
  return tools.find(({ name }) => matchesAny(denied, foldName(name)))?.name;
}
