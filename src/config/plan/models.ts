import { DEFAULT_QUEUE, type Deployment } from '../../core/deployment.ts';
import type { Fallbacks, ModelDefaults, ModelPlan } from '../../core/plan.ts';
import type { FailoverStrategy, RoutingStrategy } from '../../core/strategy.ts';
import type { Timeouts } from '../../core/timeouts.ts';
import { freezeDeep } from '../containers.ts';
import { isWildcard, type Names, namesOf, resolveEntry } from '../references.ts';
import type { ValidConfig, ValidModel } from '../schema.ts';
import { defined, planPolicies } from './policies.ts';
import type { PlannedProvider } from './providers.ts';

/** The strategies that a configuration can name. */
export interface Strategies {
  readonly routing: ReadonlyMap<string, RoutingStrategy>;
  readonly failover: ReadonlyMap<'spread' | 'insist', FailoverStrategy>;
}

export interface PlannedModels {
  readonly models: ReadonlyMap<string, ModelPlan>;
  /** Longest pattern first. */
  readonly wildcards: readonly { readonly pattern: string; readonly model: ModelPlan }[];
}

export function planModels(
  config: ValidConfig,
  providers: ReadonlyMap<string, PlannedProvider>,
  defaults: ModelDefaults,
  strategies: Strategies,
): PlannedModels {
  const configured = new Map(Object.entries(config.models ?? {}).map(([name, model]) => [name, toObject(model)]));
  const context: Context = { config, configured, names: namesOf(config), providers, expanded: new Map() };
  const models = new Map<string, ModelPlan>();
  const wildcards: { pattern: string; model: ModelPlan }[] = [];
  for (const [name, model] of configured) {
    const plan = planModel(name, model, context, defaults, strategies);
    if (isWildcard(name)) wildcards.push(Object.freeze({ pattern: name, model: plan }));
    else models.set(name, plan);
  }
  wildcards.sort((a, b) => b.pattern.length - a.pattern.length);
  return { models, wildcards: Object.freeze(wildcards) };
}

type ModelObject = Extract<ValidModel, { deployments: unknown }>;
type DeploymentConfig = Exclude<ModelObject['deployments'][number], string>;

interface Context {
  readonly config: ValidConfig;
  readonly configured: ReadonlyMap<string, ModelObject>;
  readonly names: Names;
  readonly providers: ReadonlyMap<string, PlannedProvider>;
  /** Deployments of the models that others refer to. */
  readonly expanded: Map<string, readonly Deployment[]>;
}

function toObject(model: ValidModel): ModelObject {
  return 'deployments' in model ? model : { deployments: model };
}

function planModel(
  name: string,
  model: ModelObject,
  context: Context,
  defaults: ModelDefaults,
  strategies: Strategies,
): ModelPlan {
  const policies = planPolicies(defaults, context.config, model);
  return Object.freeze({
    ...policies,
    name,
    strategy: toStrategy(model.strategy, strategies),
    failover: toFailover(model.failover, policies.retry.order, strategies),
    deployments: withTimeouts(expandDeployments(name, context), model, context, defaults),
    fallbacks: toFallbacks(model.fallbacks),
    params: freezeDeep(model.params),
    affinity: model.affinity ?? false,
  });
}

function toStrategy(strategy: ModelObject['strategy'], { routing }: Strategies): RoutingStrategy {
  if (typeof strategy === 'object') return strategy;
  return registered(routing, strategy ?? 'priority');
}

/** The user's opinion first, the built-in one if the user has none. */
function toFailover(own: FailoverStrategy | undefined, order: 'spread' | 'insist', { failover }: Strategies): FailoverStrategy {
  const builtIn = registered(failover, order);
  if (own === undefined) return builtIn;
  return { name: own.name, decide: (state) => own.decide(state) ?? builtIn.decide(state) };
}

function registered<K, V>(map: ReadonlyMap<K, V>, name: K): V {
  const found = map.get(name);
  if (found === undefined) throw new TypeError(`no strategy is registered as '${name}'`);
  return found;
}

/** The attempts of a call keep to the timeouts of the model it asked for, over those of the provider. */
function withTimeouts(
  deployments: readonly Deployment[],
  model: ModelObject,
  { providers }: Context,
  defaults: ModelDefaults,
): readonly Deployment[] {
  const timed = deployments.map((deployment) => {
    const layers = [providers.get(deployment.provider)?.plan.options.timeouts, model.timeouts];
    const timeouts: Timeouts = Object.assign({}, defaults.timeouts, ...layers.map(defined));
    return { ...deployment, timeouts };
  });
  return freezeDeep(timed);
}

/** A model's deployments, those of the models it refers to in their place; the first of equal ones stays. */
function expandDeployments(name: string, context: Context): readonly Deployment[] {
  const earlier = context.expanded.get(name);
  if (earlier !== undefined) return earlier;
  const byId = new Map<string, Deployment>();
  for (const entry of context.configured.get(name)?.deployments ?? []) {
    for (const deployment of expandEntry(entry, context)) {
      if (!byId.has(deployment.id)) byId.set(deployment.id, deployment);
    }
  }
  const deployments = Object.freeze([...byId.values()]);
  context.expanded.set(name, deployments);
  return deployments;
}

function expandEntry(entry: string | DeploymentConfig, context: Context): readonly Deployment[] {
  if (typeof entry !== 'string') return toDeployments(entry, context);
  const reference = resolveEntry(entry, context.names);
  if (reference.kind === 'model') return expandDeployments(reference.name, context);
  if (reference.kind !== 'deployment') return [];
  return toDeployments({ provider: reference.provider, model: reference.model }, context);
}

function toDeployments(config: DeploymentConfig, context: Context): Deployment[] {
  const provider = context.providers.get(config.provider);
  if (provider === undefined) return [];
  const { queue } = config;
  // Every field is there in the same order, so that all deployments have one shape where calls read them.
  const deployment: Deployment = {
    id: `${config.provider}/${config.model}`,
    provider: config.provider,
    vendor: provider.facts.vendor,
    upstreamModel: config.model,
    weight: config.weight ?? 1,
    priority: config.priority ?? 0,
    rpm: config.rpm,
    tpm: config.tpm,
    maxConcurrent: config.maxConcurrent,
    minTimeMs: config.minTimeMs,
    queue: queue && { ...DEFAULT_QUEUE, ...defined(queue) },
    price: config.price,
    contextWindow: config.contextWindow,
    capabilities: config.capabilities ?? {},
    params: config.params,
    tags: [...(config.tags ?? [])],
  };
  return [freezeDeep(deployment)];
}

function toFallbacks(fallbacks: ModelObject['fallbacks']): Fallbacks {
  const byReason = fallbacks === undefined || 'length' in fallbacks ? { default: fallbacks } : fallbacks;
  return freezeDeep({
    default: [...(byReason.default ?? [])],
    contextWindow: [...(byReason.contextWindow ?? [])],
    contentFilter: [...(byReason.contentFilter ?? [])],
  });
}
