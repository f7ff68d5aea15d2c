import { fieldOf } from '../../config/containers.ts';
import { formatPath } from '../../config/issues.ts';
import type { Fallbacks, ModelPlan, Plan } from '../../core/plan.ts';
import { AccessReach } from './access-reach.ts';
import { type Finding, note, warning } from './finding.ts';

/** Models that nobody may use, fallbacks that no call reaches, and providers without a model. `config`: as it was written. */
export function modelFindings(plan: Plan, config: unknown): Finding[] {
  const reach = new AccessReach(plan);
  const models = [...plan.models].flatMap(([name, model]) => [
    ...(reach.isUsed(model) ? [] : [warning(formatPath(['models', name]), 'the access rules let no caller use it')]),
    ...attemptFindings(name, model),
    ...fallbackFindings(plan, reach, model, config),
  ]);
  return [...models, ...unusedProviders(plan), ...unusedPrices(plan)];
}

/** Fallbacks come when each deployment was tried, if an attempt is left. */
function attemptFindings(name: string, { deployments, fallbacks, retry }: ModelPlan): Finding[] {
  const each = retry.order === 'insist' ? retry.attemptsPerDeployment : 1;
  const own = deployments.length * each;
  const has = Object.values(fallbacks).some((list: readonly string[]) => list.length > 0);
  if (!has || own < retry.maxAttempts) return [];
  const uses = `${deployments.length} deployments use up the ${retry.maxAttempts} attempts of a call (retry.maxAttempts)`;
  return [warning(formatPath(['models', name, 'fallbacks']), `not reached while all deployments are up: ${uses}`)];
}

const LISTS = ['default', 'contextWindow', 'contentFilter'] as const satisfies readonly (keyof Fallbacks)[];

function fallbackFindings(plan: Plan, reach: AccessReach, model: ModelPlan, config: unknown): Finding[] {
  const written = fieldOf(fieldOf(fieldOf(config, 'models'), model.name), 'fallbacks');
  return LISTS.flatMap((list) => {
    const path = ['models', model.name, 'fallbacks', ...(Array.isArray(written) ? [] : [list])];
    const tried = new Set(model.deployments.map(({ id }) => id));
    return model.fallbacks[list].flatMap((name, place) => {
      const fallback = plan.models.get(name);
      if (fallback === undefined) return [];
      const reason = whyUnreachable(reach, model, fallback, list, tried);
      for (const { id } of fallback.deployments) tried.add(id);
      return reason === undefined ? [] : [warning(formatPath([...path, place]), reason)];
    });
  });
}

function whyUnreachable(
  reach: AccessReach,
  model: ModelPlan,
  fallback: ModelPlan,
  list: keyof Fallbacks,
  tried: ReadonlySet<string>,
): string | undefined {
  if (fallback.deployments.every(({ id }) => tried.has(id))) return 'adds nothing: its deployments were all tried before it';
  if (reach.isUsed(model) && !reach.areUsedTogether(model, fallback)) {
    return `not reached: the access rules deny '${fallback.name}' to all who may use '${model.name}'`;
  }
  if (list !== 'contextWindow') return undefined;
  const [own, other] = [model, fallback].map(({ deployments }) => windowsOf(deployments));
  if (own === undefined || other === undefined || other > own) return undefined;
  return `not reached: its context window of ${other} tokens is not larger than the model's own of ${own}`;
}

/** The largest; undefined if one is not known. */
function windowsOf(deployments: ModelPlan['deployments']): number | undefined {
  const windows = deployments.map(({ contextWindow }) => contextWindow ?? Number.NaN);
  const largest = Math.max(...windows);
  return Number.isNaN(largest) ? undefined : largest;
}

function unusedProviders(plan: Plan): Finding[] {
  const deployments = allDeployments(plan);
  if (deployments.length === 0) return [];
  const used = new Set([...deployments.map(({ provider }) => provider), plan.defaultProvider]);
  return [...plan.providers.keys()].flatMap((name) =>
    used.has(name) ? [] : [note(formatPath(['providers', name]), `no model uses it: only calls to '${name}/…' reach it`)],
  );
}

/** Prices of deployments that no model has, as a typing error leaves them. */
function unusedPrices(plan: Plan): Finding[] {
  const deployments = allDeployments(plan);
  if (deployments.length === 0 || deployments.some(({ upstreamModel }) => upstreamModel.includes('*'))) return [];
  const ids = new Set(deployments.map(({ id }) => id));
  return [...plan.prices].flatMap(([id, { input }]) =>
    ids.has(id) || input === undefined ? [] : [note(formatPath(['prices', id]), 'no model has this deployment')],
  );
}

function allDeployments(plan: Plan) {
  return [...plan.models.values(), ...plan.wildcards.map(({ model }) => model)].flatMap(({ deployments }) => deployments);
}
