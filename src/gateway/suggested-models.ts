import { allowedModels } from '../access/allowed-models.ts';
import { authorise } from '../access/authorise.ts';
import type { Caller } from '../core/caller.ts';
import { closestNames } from '../core/closest-name.ts';
import type { ModelPlan, Plan } from '../core/plan.ts';

const MOST_SUGGESTED = 3;

/**
 * Names that are close to one that nothing stands behind, of what the caller may use: declared models, and the same model
 * at the provider whose name is meant. `modelOf` finds a model that is not declared.
 */
export function suggestedModels(
  name: string,
  caller: Caller,
  plan: Plan,
  modelOf: (name: string) => ModelPlan | undefined,
): string[] {
  const slash = name.indexOf('/');
  const providers = slash > 0 ? closestNames(name.slice(0, slash), plan.providers.keys(), 1) : [];
  const meant = providers
    .map((provider) => provider + name.slice(slash))
    .filter((model) => {
      const deployments = modelOf(model)?.deployments;
      return deployments !== undefined && authorise(plan, caller, { model, deployments }).allowed;
    });
  const declared = closestNames(name, allowedModels(plan, caller), MOST_SUGGESTED);
  return [...new Set([...meant, ...declared])].slice(0, MOST_SUGGESTED);
}
