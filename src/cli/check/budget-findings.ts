import type { Budget } from '../../core/budget.ts';
import type { Deployment } from '../../core/deployment.ts';
import { type Glob, toGlob } from '../../core/glob.ts';
import type { ModelPlan, Plan } from '../../core/plan.ts';
import { type Finding, warning } from './finding.ts';
import type { KeyValues } from './key-values.ts';
import { matchFindings } from './rule-findings.ts';

/** Budgets that no call is charged to. */
export function budgetFindings(plan: Plan, keyValues: KeyValues): Finding[] {
  const direct = directCalls(plan);
  const known = new Map<string, boolean>();
  return plan.budgets.flatMap((budget, place) => {
    const path = `budgets[${place}]`;
    const wants = DIMENSIONS.map((dimension) => globsFor(budget, dimension));
    const same = JSON.stringify(wants);
    const met = known.get(same) ?? isCharged(plan, direct, wants);
    known.set(same, met);
    const unmet = met
      ? []
      : [warning(`${path}.match`, `never matches: no declared model has a deployment that ${wanted(budget)}`)];
    return [...unmet, ...matchFindings(budget.match, ['budgets', place, 'match'], keyValues)];
  });
}

/** Where a call can end. A name that ends in `*` goes on. */
interface PossibleCall {
  readonly model: string;
  readonly provider: string;
  readonly deployment: string;
}

/** Any name behind a provider's can be asked for. */
function directCalls({ providers, undeclaredModelsAt: at }: Plan): PossibleCall[] {
  const direct = [...providers.keys()].map((name) => ({ model: `${name}/*`, provider: name, deployment: `${name}/*` }));
  return [...direct, ...(at === undefined ? [] : [{ model: '*', provider: at, deployment: `${at}/*` }])];
}

const DIMENSIONS = ['model', 'provider', 'deployment'] as const;
type Globs = readonly string[] | undefined;

function globsFor({ match }: Budget, dimension: (typeof DIMENSIONS)[number]): Globs {
  return Object.hasOwn(match, dimension) ? match[dimension] : undefined;
}

function isCharged(plan: Plan, direct: readonly PossibleCall[], [models, providers, deployments]: readonly Globs[]): boolean {
  const [hasModel, hasProvider, hasDeployment] = [fits(models), fits(providers), fits(deployments)];
  if (direct.some((call) => hasModel(call.model) && hasProvider(call.provider) && hasDeployment(call.deployment))) return true;
  const first = models === undefined ? allModels(plan) : modelsLike(plan, models, hasModel);
  return deploymentsFrom(plan, first).some(({ id, provider }) => hasProvider(provider) && hasDeployment(id));
}

function fits(globs: Globs): Glob {
  if (globs === undefined) return () => true;
  const each = globs.map(canMeet);
  return (name) => each.some((glob) => glob(name));
}

function allModels({ models, wildcards }: Plan): ModelPlan[] {
  return [...models.values(), ...wildcards.map(({ model }) => model)];
}

function modelsLike({ models, wildcards }: Plan, globs: readonly string[], hasModel: Glob): ModelPlan[] {
  const isExact = globs.every((glob) => !/[*?]/.test(glob));
  const declared = isExact
    ? globs.map((name) => models.get(name)).filter((model) => model !== undefined)
    : [...models].flatMap(([name, model]) => (hasModel(name) ? [model] : []));
  return [...declared, ...wildcards.flatMap(({ pattern, model }) => (hasModel(pattern) ? [model] : []))];
}

/** Those of some models and of all that their calls may go on with, each model once. */
function* deploymentsFrom({ models }: Plan, first: readonly ModelPlan[]): Generator<Deployment> {
  const reached = new Set(first);
  // A set that grows is walked to its end.
  for (const { deployments, fallbacks } of reached) {
    yield* deployments;
    for (const name of [...fallbacks.default, ...fallbacks.contextWindow, ...fallbacks.contentFilter]) {
      const fallback = models.get(name);
      if (fallback !== undefined) reached.add(fallback);
    }
  }
}

/** Whether a glob and a name that may go on can stand for the same text. */
function canMeet(glob: string): Glob {
  const matches = toGlob(glob);
  const start = glob.search(/[*?]/);
  const literal = start < 0 ? glob : glob.slice(0, start);
  return (name) => {
    if (!name.endsWith('*')) return matches(name);
    const prefix = name.slice(0, -1);
    return literal.startsWith(prefix) || (start >= 0 && prefix.startsWith(literal));
  };
}

function wanted(budget: Budget): string {
  const parts = DIMENSIONS.flatMap((dimension) => {
    const globs = globsFor(budget, dimension);
    return globs === undefined ? [] : [`${dimension} ${globs.map((glob) => `'${glob}'`).join(' or ')}`];
  });
  return `fits ${parts.join(' and ')}`;
}
