import type { Budget } from '../../core/budget.ts';
import type { Deployment } from '../../core/deployment.ts';
import { type Glob, toGlob } from '../../core/glob.ts';
import type { ModelPlan, Plan } from '../../core/plan.ts';
import { type Finding, warning } from './finding.ts';
import { matchFindings } from './rule-findings.ts';

/** Budgets that no call is charged to. */
export function budgetFindings(plan: Plan): Finding[] {
  const calls = callsOf(plan);
  return plan.budgets.flatMap((budget, place) => {
    const path = `budgets[${place}]`;
    const met = calls.some((call) => isCharged(budget, call));
    const unmet = met
      ? []
      : [warning(`${path}.match`, `never matches: no declared model has a deployment that ${wanted(budget)}`)];
    return [...unmet, ...matchFindings(budget.match, ['budgets', place, 'match'], plan.access)];
  });
}

/** Where a call can end: a model's name, the provider, and the deployment. A name that ends in `*` goes on. */
interface PossibleCall {
  readonly model: string;
  readonly provider: string;
  readonly deployment: string;
}

function callsOf(plan: Plan): PossibleCall[] {
  const declared = [...plan.models, ...plan.wildcards.map(({ pattern, model }) => [pattern, model] as const)];
  const ofModels = declared.flatMap(([model, modelPlan]) =>
    deploymentsOf(plan, modelPlan).map(({ id, provider }) => ({ model, provider, deployment: id })),
  );
  // Any name behind a provider's can be asked for.
  const direct = [...plan.providers.keys()].map((name) => ({ model: `${name}/*`, provider: name, deployment: `${name}/*` }));
  const { undeclaredModelsAt: at } = plan;
  return [...ofModels, ...direct, ...(at === undefined ? [] : [{ model: '*', provider: at, deployment: `${at}/*` }])];
}

/** Those of a model and of all that its calls may go on with. */
function deploymentsOf(plan: Plan, model: ModelPlan, seen = new Set<ModelPlan>()): Deployment[] {
  if (seen.has(model)) return [];
  seen.add(model);
  const { fallbacks, deployments } = model;
  const names = [...fallbacks.default, ...fallbacks.contextWindow, ...fallbacks.contentFilter];
  const further = names.map((name) => plan.models.get(name)).filter((fallback) => fallback !== undefined);
  return [...deployments, ...further.flatMap((fallback) => deploymentsOf(plan, fallback, seen))];
}

function isCharged({ match, each }: Budget, call: PossibleCall): boolean {
  if (each.length === 0 && Object.keys(match).length === 0) return true;
  return DIMENSIONS.every((dimension) => {
    const globs = Object.hasOwn(match, dimension) ? match[dimension] : undefined;
    return globs === undefined || globs.some((glob) => canMeet(glob, call[dimension]));
  });
}

const DIMENSIONS = ['model', 'provider', 'deployment'] as const;

/** Whether a glob and a name that may go on can stand for the same text. */
function canMeet(glob: string, name: string): boolean {
  if (!name.endsWith('*')) return toGlob(glob)(name);
  const prefix = name.slice(0, -1);
  const start = glob.search(/[*?]/);
  const literal = start < 0 ? glob : glob.slice(0, start);
  const goesOn: Glob =
    start < 0 ? (text) => literal.startsWith(text) : (text) => literal.startsWith(text) || text.startsWith(literal);
  return goesOn(prefix);
}

function wanted({ match }: Budget): string {
  const parts = DIMENSIONS.flatMap((dimension) => {
    const globs = Object.hasOwn(match, dimension) ? match[dimension] : undefined;
    return globs === undefined ? [] : [`${dimension} ${globs.map((glob) => `'${glob}'`).join(' or ')}`];
  });
  return `fits ${parts.join(' and ')}`;
}
