import type { Caller } from '../core/caller.ts';
import type { Plan } from '../core/plan.ts';
import { authorise } from './authorise.ts';

/** Names of the declared models that the caller may use, in the order of the configuration: what `models.list` shows. */
export function allowedModels(plan: Plan, caller: Caller): string[] {
  const names: string[] = [];
  for (const [name, model] of plan.models) {
    if (authorise(plan, caller, { model: name, deployments: model.deployments }).allowed) names.push(name);
  }
  return names;
}
