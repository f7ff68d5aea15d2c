import type { Deployment } from '../core/deployment.ts';
import type { ModelPlan, Plan } from '../core/plan.ts';
import type { FailoverStrategy } from '../core/strategy.ts';
import { BoundedMap } from './bounded-map.ts';
import { priority } from './strategies/priority.ts';

/** Undeclared names that are remembered per plan; the least recently used is forgotten first. */
const LARGEST_NUMBER_OF_NAMES = 1_000;
/** In UTF-16 units. */
const LONGEST_NAME = 512;

/** What a model needs that no configuration declares. */
export interface UndeclaredModelParts {
  /** A deployment with what the vendor documents of the model; its id is `provider/upstreamModel`. */
  makeDeployment(provider: string, upstreamModel: string): Deployment;
  readonly failover: FailoverStrategy;
}

/**
 * What a name stands for: a declared model; else a declared wildcard (`openai/*`, `*`), whose `*` the rest of the name
 * fills in; else `provider/model` of a configured provider; else any name at the provider that takes undeclared ones.
 * Undefined if none of these applies or the name is malformed. The same name gives the same object.
 */
export function resolveModel(plan: Plan, name: string, parts: UndeclaredModelParts): ModelPlan | undefined {
  const declared = plan.models.get(name);
  if (declared) return declared;
  const resolver = resolverOf(plan);
  const known = resolver.models.get(name);
  if (known || !isWellFormedName(name)) return known;
  const model = fromWildcard(plan, name, parts) ?? fromProvider(plan, name, parts, resolver.deployments);
  if (model) resolver.models.set(name, model);
  return model;
}

/**
 * Whether a name may go into a request's path or body: 1 to 512 characters, none of them a control or invisible
 * format character, no space at an end, no empty, `.` or `..` path segment.
 */
export function isWellFormedName(name: string): boolean {
  if (name.length === 0 || name.length > LONGEST_NAME || name.trim() !== name) return false;
  if (/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u.test(name)) return false;
  return name.split(/[/\\]/).every((segment) => segment !== '' && segment !== '.' && segment !== '..');
}

interface Resolver {
  readonly models: BoundedMap<string, ModelPlan>;
  /** Declared deployments by id: the same limits and price apply when one is asked for by its own name. */
  readonly deployments: ReadonlyMap<string, Deployment>;
}

const resolvers = new WeakMap<Plan, Resolver>();

function resolverOf(plan: Plan): Resolver {
  const known = resolvers.get(plan);
  if (known) return known;
  const deployments = new Map<string, Deployment>();
  for (const model of plan.models.values()) {
    for (const deployment of model.deployments) {
      if (!deployments.has(deployment.id)) deployments.set(deployment.id, deployment);
    }
  }
  const resolver: Resolver = { models: new BoundedMap(LARGEST_NUMBER_OF_NAMES), deployments };
  resolvers.set(plan, resolver);
  return resolver;
}

function fromWildcard(plan: Plan, name: string, parts: UndeclaredModelParts): ModelPlan | undefined {
  for (const { pattern, model } of plan.wildcards) {
    const rest = restAtStar(pattern, name);
    if (rest === undefined) continue;
    const deployments = model.deployments.map((template) => fillIn(template, rest, parts));
    return Object.freeze({ ...model, name, deployments });
  }
  return undefined;
}

/** What stands for the pattern's `*` in the name; undefined if they do not match. */
function restAtStar(pattern: string, name: string): string | undefined {
  const star = pattern.indexOf('*');
  if (star < 0) return undefined;
  const before = pattern.slice(0, star);
  const after = pattern.slice(star + 1);
  if (name.length <= before.length + after.length || !name.startsWith(before) || !name.endsWith(after)) return undefined;
  return name.slice(star, name.length - after.length);
}

function fillIn(template: Deployment, rest: string, parts: UndeclaredModelParts): Deployment {
  if (!template.upstreamModel.includes('*')) return template;
  const upstreamModel = template.upstreamModel.replace('*', () => rest);
  const made = parts.makeDeployment(template.provider, upstreamModel);
  return Object.freeze({
    ...template,
    id: made.id,
    upstreamModel,
    contextWindow: template.contextWindow ?? made.contextWindow,
    capabilities: { ...made.capabilities, ...template.capabilities },
  });
}

function fromProvider(
  plan: Plan,
  name: string,
  parts: UndeclaredModelParts,
  declared: ReadonlyMap<string, Deployment>,
): ModelPlan | undefined {
  const slash = name.indexOf('/');
  const named = slash > 0 ? name.slice(0, slash) : undefined;
  if (named !== undefined && plan.providers.has(named)) {
    const deployment = declared.get(name) ?? parts.makeDeployment(named, name.slice(slash + 1));
    return undeclaredModel(plan, name, deployment, parts);
  }
  const provider = plan.undeclaredModelsAt;
  if (provider === undefined) return undefined;
  const deployment = declared.get(`${provider}/${name}`) ?? parts.makeDeployment(provider, name);
  return undeclaredModel(plan, name, deployment, parts);
}

function undeclaredModel(plan: Plan, name: string, deployment: Deployment, { failover }: UndeclaredModelParts): ModelPlan {
  return Object.freeze({
    ...plan.defaults,
    name,
    strategy: priority,
    failover,
    deployments: Object.freeze([deployment]),
    fallbacks: NO_FALLBACKS,
    params: undefined,
    affinity: false,
  });
}

const NO_FALLBACKS = Object.freeze({ default: [], contextWindow: [], contentFilter: [] });
