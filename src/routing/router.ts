import type { Call } from '../core/call.ts';
import { type CandidateOrder, inOrder } from '../core/candidate-order.ts';
import type { Deployment } from '../core/deployment.ts';
import type { Params } from '../core/params.ts';
import { dropsAny, SentParams } from '../core/sent-params.ts';
import type { Affinity } from './affinity.ts';
import { type CallCosts, CallHealth } from './call-health.ts';
import { type Requirements, requirementsOf, type UnmetRequirement, unmetRequirement } from './capability-filter.ts';
import type { Health } from './health.ts';
import { leastAbleOf } from './least-able.ts';
import { StagedOrder } from './staged-order.ts';
import { routingStrategies } from './strategies/index.ts';
import { isStaged, type RankedHealth } from './strategies/staged-strategy.ts';
import { missingTag, tagsThatNarrow } from './tags.ts';

export interface RouterOptions {
  /** Why the caller may not use the deployment; undefined if it may. Undefined itself: it may use all. */
  readonly forbids?: ((deployment: Deployment) => string | undefined) | undefined;
  /** Expected at any of the deployments, not an upper bound; undefined rules nothing out. */
  readonly estimateInputTokens: number | undefined;
  /** What the call may come to at each deployment, as it is reserved; left out, costs are the health's. */
  readonly estimate?: CallCosts & {
    expectedInputAt(deployment: Deployment): number;
    /** What it is at least. */
    fewestInputAt(deployment: Deployment): number;
    /** Those without a price if one is needed; undefined: none. */
    readonly unpriced: { has(deployment: Deployment): boolean } | undefined;
  };
  /** What the deployment's provider can't honour of the params that it is sent. */
  unsupported(deployment: Deployment, params: Params): { readonly parameter: string; readonly reason: string } | undefined;
  /** Of a model's deployments one for each that `unsupported` may judge in another way; left out, each is asked. */
  judgedApart?(deployments: readonly Deployment[]): readonly Deployment[];
  readonly affinity: Affinity;
  cachedInputIsCheaper(deployment: Deployment): boolean;
}

export interface Candidates extends CandidateOrder {
  readonly skipped: readonly SkippedDeployment[];
  /** Of the skipped, those that are left out for nothing but their cooldown. */
  readonly cooling: readonly Deployment[];
}

export interface SkippedDeployment {
  readonly deployment: Deployment;
  readonly kind: 'access' | 'tags' | 'capability' | 'output-limit' | 'context-window' | 'price' | 'cooldown' | 'strategy';
  readonly reason: string;
  /** The param that the deployment can't honour. */
  readonly parameter?: string | undefined;
  /** Its context window is too small for what is expected, and may be large enough for what is sent. */
  readonly mayFit?: boolean | undefined;
}

/** The order for a call that goes on: it takes a turn of its model, which strategies count. */
export function takeTurn(call: Call, health: Health, options: RouterOptions): Candidates {
  const found = orderDeployments(call, health, options);
  health.advanceTurn(call.model);
  return found;
}

/**
 * The deployments of the call's model that may serve it, in the order to try them. What the caller may not use, lacks
 * a tag, can't honour the params or is cooling is left out, with the reason: none is left if all cool.
 */
export function orderDeployments(call: Call, health: Health, options: RouterOptions): Candidates {
  const { deployments, strategy, affinity } = call.modelPlan;
  const demands = new Demands(call, tagsThatNarrow(call, deployments));
  const skipped: SkippedDeployment[] = [];
  const able = ableOf(deployments, demands, options, skipped);
  if (able.length === 0) return { ...inOrder(able), skipped, cooling: able };
  const { usable, cooling } = health.usable(able);
  if (cooling.length > 0) skipped.push(...cooling.map((deployment) => inCooldown(deployment, health)));
  if (usable.length < 2) return { ...inOrder(usable), skipped, cooling };
  const view = viewOf(health, options);
  const isBuiltIn = routingStrategies.get(strategy.name) === strategy;
  const order =
    isBuiltIn && isStaged(strategy)
      ? new StagedOrder(strategy, usable, view, call)
      : inOrder(onlyOffered(strategy.order(usable, view, call), usable, skipped));
  const preferred = affinity ? inOrder(options.affinity.prefer(order.order, call, options.cachedInputIsCheaper)) : order;
  return new Found(preferred, skipped, cooling);
}

/** Those that nothing stands against; the list itself if that is all. */
function ableOf(
  deployments: readonly Deployment[],
  demands: Demands,
  options: RouterOptions,
  skipped: SkippedDeployment[],
): readonly Deployment[] {
  if (deployments.length >= MANY && suitsAll(deployments, demands, options)) return deployments;
  for (const deployment of deployments) {
    const obstacle = obstacleOf(deployment, demands, options);
    if (obstacle) skipped.push(obstacle);
  }
  if (skipped.length === 0) return deployments;
  const barred = new Set(skipped.map(({ deployment }) => deployment));
  return deployments.filter((deployment) => !barred.has(deployment));
}

/** Fewer are looked at one by one. */
const MANY = 16;

/** Whether it can be told of all at once that nothing stands against any of them: the least able one can serve the call. */
function suitsAll(deployments: readonly Deployment[], demands: Demands, options: RouterOptions): boolean {
  const { call, tags } = demands;
  const { forbids, judgedApart, estimate, estimateInputTokens } = options;
  if (forbids !== undefined || judgedApart === undefined || tags.length > 0 || estimate?.unpriced !== undefined) return false;
  const [any] = deployments;
  const leastAble = dropsAny(call.plan) ? undefined : leastAbleOf(deployments);
  if (any === undefined || leastAble === undefined) return false;
  // A bound that budgets put on the output is never more than a deployment can give.
  const required = requirementsOf(call, demands.unboundedTo(any));
  if (unmetRequirement(call, leastAble, estimateInputTokens, required) !== undefined) return false;
  return judgedApart(deployments).every((deployment) => !options.unsupported(deployment, demands.paramsTo(deployment)));
}

/** What was found, with an order that is not worked out before it is asked for. */
class Found implements Candidates {
  readonly first: Deployment | undefined;
  readonly count: number;
  readonly skipped: readonly SkippedDeployment[];
  readonly cooling: readonly Deployment[];
  readonly #order: CandidateOrder;

  constructor(order: CandidateOrder, skipped: readonly SkippedDeployment[], cooling: readonly Deployment[]) {
    this.first = order.first;
    this.count = order.count;
    this.skipped = skipped;
    this.cooling = cooling;
    this.#order = order;
  }

  get order(): readonly Deployment[] {
    return this.#order.order;
  }
}

function inCooldown(deployment: Deployment, health: Health): SkippedDeployment {
  return { deployment, kind: 'cooldown', reason: health.whyBlocked(deployment) ?? 'cooling' };
}

function viewOf(health: Health, { estimate }: RouterOptions): RankedHealth {
  return estimate === undefined ? health : new CallHealth(health, estimate);
}

/** What a call asks of its deployments, worked out once for all that are sent the same. */
class Demands {
  readonly call: Call;
  readonly tags: readonly string[];
  readonly #params: SentParams;
  #last: { readonly params: Params; readonly required: Requirements } | undefined;
  #others: Map<Params, Requirements> | undefined;

  constructor(call: Call, tags: readonly string[]) {
    this.call = call;
    this.tags = tags;
    this.#params = new SentParams(call);
  }

  paramsTo(deployment: Deployment): Params {
    return this.#params.to(deployment);
  }

  unboundedTo(deployment: Deployment): Params {
    return this.#params.unbounded(deployment);
  }

  of(params: Params): Requirements {
    if (this.#last?.params === params) return this.#last.required;
    const required = this.#others?.get(params) ?? requirementsOf(this.call, params);
    if (this.#last !== undefined) {
      this.#others ??= new Map([[this.#last.params, this.#last.required]]);
      this.#others.set(params, required);
    }
    this.#last = { params, required };
    return required;
  }
}

function obstacleOf(deployment: Deployment, demands: Demands, options: RouterOptions): SkippedDeployment | undefined {
  const forbidden = options.forbids?.(deployment);
  if (forbidden !== undefined) return { deployment, kind: 'access', reason: forbidden };
  const tag = demands.tags.length === 0 ? undefined : missingTag(deployment, demands.tags);
  if (tag !== undefined) return { deployment, kind: 'tags', reason: `lacks the tag '${tag}'` };
  const params = demands.paramsTo(deployment);
  const unmet = unmetRequirement(demands.call, deployment, inputAt(deployment, options), demands.of(params));
  if (unmet) return { deployment, ...unmet, mayFit: mayFit(unmet, deployment, options) };
  const unsupported = options.unsupported(deployment, params);
  if (unsupported) return { deployment, kind: 'capability', ...unsupported };
  return options.estimate?.unpriced?.has(deployment) ? { deployment, kind: 'price', reason: NO_PRICE } : undefined;
}

const NO_PRICE = 'no price is known and a money budget applies';

/** The deployment's own is looked at only if the most at any does not fit. */
function inputAt(deployment: Deployment, { estimateInputTokens: most, estimate }: RouterOptions): number | undefined {
  const { contextWindow } = deployment;
  const mayNotFit = most !== undefined && contextWindow !== undefined && most > contextWindow;
  return mayNotFit && estimate ? estimate.expectedInputAt(deployment) : most;
}

function mayFit({ kind }: UnmetRequirement, deployment: Deployment, { estimate }: RouterOptions): boolean {
  if (kind !== 'context-window' || estimate === undefined || deployment.contextWindow === undefined) return false;
  return estimate.fewestInputAt(deployment) <= deployment.contextWindow;
}

/** A user's strategy may leave deployments out and can't bring any in. */
function onlyOffered(
  ordered: readonly Deployment[],
  offered: readonly Deployment[],
  skipped: SkippedDeployment[],
): readonly Deployment[] {
  const left = new Set(offered);
  const order = ordered.filter((deployment) => left.delete(deployment));
  for (const deployment of left) skipped.push({ deployment, kind: 'strategy', reason: 'left out by the strategy' });
  return order;
}
