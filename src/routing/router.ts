import type { Call } from '../core/call.ts';
import type { Deployment } from '../core/deployment.ts';
import type { Affinity } from './affinity.ts';
import { type Requirements, requirementsOf, unmetRequirement } from './capability-filter.ts';
import type { Health } from './health.ts';
import { routingStrategies } from './strategies/index.ts';
import { missingTag, tagsThatNarrow } from './tags.ts';

export interface RouterOptions {
  /** Why the caller may not use the deployment; undefined where it may. */
  forbids(deployment: Deployment): string | undefined;
  /** Expected, not an upper bound; undefined rules nothing out. */
  readonly estimateInputTokens: number | undefined;
  /** What the deployment's provider can't honour of the call. */
  unsupported(deployment: Deployment): { readonly parameter: string; readonly reason: string } | undefined;
  readonly affinity: Affinity;
  cachedInputIsCheaper(deployment: Deployment): boolean;
}

export interface Candidates {
  /** Deployments to try, best first. */
  readonly order: readonly Deployment[];
  readonly skipped: readonly SkippedDeployment[];
}

export interface SkippedDeployment {
  readonly deployment: Deployment;
  readonly kind: 'access' | 'tags' | 'capability' | 'output-limit' | 'context-window' | 'cooldown' | 'strategy';
  readonly reason: string;
  /** The param that the deployment can't honour. */
  readonly parameter?: string | undefined;
}

/**
 * The deployments of the call's model that may serve it, in the order to try them. What the caller may not use, lacks
 * a tag, can't honour the params or is cooling is left out, with the reason.
 */
export function candidates(call: Call, health: Health, options: RouterOptions): Candidates {
  const found = previewCandidates(call, health, options);
  health.advanceTurn(call.model);
  return found;
}

/** The same as a dry run: it does not count as a turn of the model. */
export function previewCandidates(call: Call, health: Health, options: RouterOptions): Candidates {
  const { deployments, strategy, affinity } = call.modelPlan;
  const tags = tagsThatNarrow(call, deployments);
  const required = requirementsOf(call);
  const skipped: SkippedDeployment[] = [];
  const able: Deployment[] = [];
  for (const deployment of deployments) {
    const obstacle = obstacleOf(deployment, call, tags, required, options);
    if (obstacle) skipped.push(obstacle);
    else able.push(deployment);
  }
  if (able.length === 0) return { order: able, skipped };
  const { usable, skipped: cooling } = health.usable(able);
  for (const { deployment, reason } of cooling) skipped.push({ deployment, kind: 'cooldown', reason });
  const ordered = usable.length === 1 ? usable : strategy.order(usable, health, call);
  const trusted = routingStrategies.get(strategy.name) === strategy;
  const order = trusted ? ordered : onlyOffered(ordered, usable, skipped);
  return { order: affinity ? options.affinity.prefer(order, call, options.cachedInputIsCheaper) : order, skipped };
}

function obstacleOf(
  deployment: Deployment,
  call: Call,
  tags: readonly string[],
  required: Requirements,
  options: RouterOptions,
): SkippedDeployment | undefined {
  const forbidden = options.forbids(deployment);
  if (forbidden !== undefined) return { deployment, kind: 'access', reason: forbidden };
  const tag = missingTag(deployment, tags);
  if (tag !== undefined) return { deployment, kind: 'tags', reason: `lacks the tag '${tag}'` };
  const unmet = unmetRequirement(call, deployment, options.estimateInputTokens, required);
  if (unmet) return { deployment, ...unmet };
  const unsupported = options.unsupported(deployment);
  return unsupported && { deployment, kind: 'capability', ...unsupported };
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
