import type { Caller } from '../core/caller.ts';
import type { Deployment } from '../core/deployment.ts';
import type { Plan } from '../core/plan.ts';
import { type CallerRules, foldName, matchesAny, type PreparedRule, rulesFor } from './caller-rules.ts';

/** Models whose verdicts are remembered per caller object; those beyond are worked out anew. */
const LARGEST_NUMBER_OF_MODELS = 512;

export type Verdict =
  | { readonly allowed: true; readonly maxNanoUsdPerRequest: number | undefined }
  | { readonly allowed: false; readonly reason: string };

/** A model by its public name, or one deployment that is to serve it. */
export interface AccessTarget {
  readonly model: string;
  readonly deployment?: Deployment | undefined;
  /** The model's deployments, if `deployment` is not given; those of a declared model are known. */
  readonly deployments?: readonly Deployment[] | undefined;
}

/**
 * Whether the caller may use a model, or one deployment of it. Of the rules that match the caller:
 * - a `deny` that matches the model's name, the deployment's id, or (for a name that is not declared) a declared model
 *   that has the deployment, refuses; it compares without regard to case and compatibility forms of characters;
 * - if a rule has `allow`, one of them must match the model's name or the deployment's id, exactly;
 * - else `access.default` decides. A model is allowed if at least one of its deployments is.
 */
export function authorise(plan: Plan, caller: Caller, target: AccessTarget): Verdict {
  if (plan.access.rules.length === 0) return plan.access.default === 'allow' ? ALLOWED : DENIED_BY_DEFAULT;
  const grants = grantsOf(plan, caller);
  const { model, deployment } = target;
  if (deployment) {
    return remembered(grants.byDeployment, deployment.id, model, () => judgeId(plan, grants.rules, model, deployment.id));
  }
  const deployments = target.deployments ?? plan.models.get(model)?.deployments;
  if (!deployments) return judgeId(plan, grants.rules, model, impliedId(plan, model));
  return remembered(grants.byModel, '', model, () => judgeModel(plan, grants.rules, model, deployments));
}

const ALLOWED: Verdict = Object.freeze({ allowed: true, maxNanoUsdPerRequest: undefined });
const DENIED_BY_DEFAULT: Verdict = Object.freeze({ allowed: false, reason: 'no rule allows it' });

interface Grants {
  readonly rules: CallerRules;
  /** By model, then by deployment: no name can be mistaken for a pair of names. */
  readonly byDeployment: VerdictCache;
  readonly byModel: VerdictCache;
}

type VerdictCache = Map<string, Map<string, Verdict>>;

function remembered(cache: VerdictCache, deploymentId: string, model: string, judge: () => Verdict): Verdict {
  const known = cache.get(model)?.get(deploymentId);
  if (known) return known;
  const verdict = judge();
  const ofModel = cache.get(model);
  if (ofModel) ofModel.set(deploymentId, verdict);
  else if (cache.size < LARGEST_NUMBER_OF_MODELS) cache.set(model, new Map([[deploymentId, verdict]]));
  return verdict;
}

const grantsByPlan = new WeakMap<Plan, WeakMap<Caller, Grants>>();

function grantsOf(plan: Plan, caller: Caller): Grants {
  let byCaller = grantsByPlan.get(plan);
  if (!byCaller) {
    byCaller = new WeakMap();
    grantsByPlan.set(plan, byCaller);
  }
  const known = byCaller.get(caller);
  if (known) return known;
  const grants: Grants = { rules: rulesFor(plan, caller), byDeployment: new Map(), byModel: new Map() };
  byCaller.set(caller, grants);
  return grants;
}

function judgeModel(plan: Plan, rules: CallerRules, model: string, deployments: readonly Deployment[]): Verdict {
  let verdict: Verdict = DENIED_BY_DEFAULT;
  for (const { id } of deployments) {
    verdict = judgeId(plan, rules, model, id);
    if (verdict.allowed) return verdict;
  }
  return verdict;
}

/** The deployment that an undeclared name stands for: itself, or that name at the default provider. */
function impliedId(plan: Plan, model: string): string {
  const slash = model.indexOf('/');
  if (slash > 0 && plan.providers.has(model.slice(0, slash))) return model;
  const provider = plan.defaultProvider ?? plan.providers.keys().next().value;
  return `${provider}/${model}`;
}

function judgeId(plan: Plan, { rules, restricted }: CallerRules, model: string, deploymentId: string): Verdict {
  const denied = namesToDeny(plan, model, deploymentId);
  if (rules.some(({ deny }) => deny.length > 0 && denied.some((name) => matchesAny(deny, name)))) {
    return { allowed: false, reason: 'a rule denies it' };
  }
  if (restricted && !rules.some((rule) => rule.allow && covers(rule, model, deploymentId))) {
    return { allowed: false, reason: 'the rules of the caller allow other models only' };
  }
  if (!restricted && plan.access.default === 'deny') return DENIED_BY_DEFAULT;
  return { allowed: true, maxNanoUsdPerRequest: smallestLimit(rules, model, deploymentId) };
}

function covers({ allow }: PreparedRule, model: string, deploymentId: string): boolean {
  return allow === undefined || matchesAny(allow, model) || matchesAny(allow, deploymentId);
}

/** Names by which a rule can deny: a declared model can't be reached by the names of its deployments instead. */
function namesToDeny(plan: Plan, model: string, deploymentId: string): readonly string[] {
  const id = foldName(deploymentId);
  const names = [foldName(model), id];
  if (plan.models.has(model)) return names;
  // Some upstreams take a model's name with its collection before it, which is the same model.
  const bare = id.replace(/^([^/]+)\/models\//, '$1/');
  const declared = declaredModelsOf(plan);
  return [...names, bare, ...(declared.get(id) ?? []), ...(bare === id ? [] : (declared.get(bare) ?? []))];
}

const declaredByPlan = new WeakMap<Plan, ReadonlyMap<string, readonly string[]>>();

/** Declared models by the ids of their deployments, all folded. */
function declaredModelsOf(plan: Plan): ReadonlyMap<string, readonly string[]> {
  const known = declaredByPlan.get(plan);
  if (known) return known;
  const declared = new Map<string, string[]>();
  for (const [name, { deployments }] of plan.models) {
    for (const { id } of deployments) {
      const folded = foldName(id);
      const models = declared.get(folded);
      if (models) models.push(foldName(name));
      else declared.set(folded, [foldName(name)]);
    }
  }
  declaredByPlan.set(plan, declared);
  return declared;
}

/** A rule's limit holds for what the rule allows; without `allow` for everything. */
function smallestLimit(rules: readonly PreparedRule[], model: string, deploymentId: string): number | undefined {
  let smallest: number | undefined;
  for (const rule of rules) {
    const limit = rule.maxNanoUsdPerRequest;
    if (limit !== undefined && covers(rule, model, deploymentId)) smallest = Math.min(limit, smallest ?? limit);
  }
  return smallest;
}
