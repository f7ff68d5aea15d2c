import type { Caller } from '../core/caller.ts';
import type { Params } from '../core/params.ts';
import type { Plan } from '../core/plan.ts';
import { vendorToolsIn } from '../core/vendor-tools.ts';
import { matchesAny, rulesFor } from './caller-rules.ts';

/** The first tool of the vendor's in the params that a rule denies the caller; undefined where it may use all. */
export function deniedTool(plan: Plan, caller: Caller, params: Params): string | undefined {
  const tools = vendorToolsIn(params);
  if (tools.length === 0) return undefined;
  const denied = rulesFor(plan, caller).rules.flatMap(({ denyTools }) => denyTools);
  return tools.find(({ name }) => matchesAny(denied, name))?.name;
}
