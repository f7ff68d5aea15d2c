import type { Call } from '../../core/call.ts';
import type { Denial } from '../../ledger/ledger.ts';
import type { Runtime } from '../runtime.ts';

/**
 * The call at the cheaper model that a budget's downgrade leads to; undefined if there is none. `seen` takes the models
 * that the call came from: each is gone through once, so that a budget over all models ends it.
 */
export function downgrade(denial: Denial | undefined, call: Call, seen: Set<string>, runtime: Runtime): Call | undefined {
  if (denial?.reason !== 'budget' || denial.downgradeTo === undefined) return undefined;
  seen.add(call.model);
  if (seen.has(denial.downgradeTo)) return undefined;
  const modelPlan = runtime.modelOf(call.plan, denial.downgradeTo);
  return modelPlan && { ...call, model: denial.downgradeTo, modelPlan };
}
