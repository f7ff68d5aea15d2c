import type { BatchModel } from '../../core/batch-file.ts';
import type { Deployment } from '../../core/deployment.ts';
import { addUsage, NO_USAGE, type Usage, type UsageSource } from '../../core/usage.ts';
import type { WorkEnd } from '../../core/work.ts';
import type { Settlement } from '../ledger.ts';
import type { HeldForWork, NotedDeployment, OpenWork } from './work-note.ts';

/** What a piece of work came to. */
export interface Spent {
  readonly usage: Usage;
  readonly costNanoUsd: number | undefined;
  readonly source: UsageSource;
}

/** How usage is priced, and how text is counted. */
export interface Rating {
  costNanoUsd(deployment: Deployment, usage: Usage): number | undefined;
  tokensOf(deployment: Deployment, characters: number): number;
  pricesUnits(deployment: Deployment): boolean;
}

/**
 * What ended work used. Without a usage: what failed, and a batch that answered nothing, used nothing; a response its
 * input and the output that is there; what was stopped its input; everything else what was reserved for it.
 */
export function spentBy(note: OpenWork, end: WorkEnd, rating: Rating): Spent {
  const { usage } = end;
  if (usage !== undefined && !hasUnits(note, rating)) {
    return { usage, costNanoUsd: dearest(note, usage, rating), source: 'reported' };
  }
  // A batch tells the tokens of all its requests, and not what else is counted of each.
  if (usage !== undefined) return { usage, costNanoUsd: note.bound.costNanoUsd, source: 'estimated' };
  if (end.status === 'failed' || end.answeredNothing) return { usage: NO_USAGE, costNanoUsd: 0, source: 'estimated' };
  const wasStopped = end.kind === 'other' && end.status !== 'completed' && end.status !== 'succeeded';
  if (end.kind === 'response' || wasStopped) {
    const outputTokens = rating.tokensOf(toDeployment(note.deployment), end.characters);
    const estimated = { ...NO_USAGE, inputTokens: note.inputTokens, outputTokens };
    return { usage: estimated, costNanoUsd: dearest(note, estimated, rating), source: 'estimated' };
  }
  const { inputTokens, outputTokens, costNanoUsd } = note.bound;
  return { usage: { ...NO_USAGE, inputTokens, outputTokens }, costNanoUsd, source: 'estimated' };
}

/** What a reservation is settled to; undefined: it is given back. */
export function settlementOf(held: HeldForWork, { before }: OpenWork, { usage, costNanoUsd }: Spent): Settlement | undefined {
  const { requests } = held;
  switch (held.for) {
    case 'call':
      return {
        requests,
        usage: addUsage(before.usage, usage),
        costNanoUsd: costNanoUsd === undefined ? undefined : costNanoUsd + (before.costNanoUsd ?? 0),
      };
    case 'work':
      return { requests, usage, costNanoUsd };
    case 'requests':
      return { requests, usage: NO_USAGE, costNanoUsd: 0 };
    case 'none':
      return undefined;
  }
}

function hasUnits({ deployment, models }: OpenWork, rating: Rating): boolean {
  return models.some((model) => rating.pricesUnits(deploymentOf(model, deployment)));
}

/** At the price of the model that answered; if several may have, at the dearest. Undefined if one has no price. */
function dearest({ deployment, models }: OpenWork, usage: Usage, rating: Rating): number | undefined {
  if (models.length === 0) return rating.costNanoUsd(toDeployment(deployment), usage);
  let most = 0;
  for (const model of models) {
    const cost = rating.costNanoUsd(deploymentOf(model, deployment), usage);
    if (cost === undefined) return undefined;
    most = Math.max(most, cost);
  }
  return most;
}

/** Of one of a batch's models. */
function deploymentOf({ upstreamModel, price }: BatchModel, batch: NotedDeployment): Deployment {
  return toDeployment({ ...batch, id: `${batch.provider}/${upstreamModel}`, upstreamModel, price });
}

/** As much of a deployment as its price needs. */
export function toDeployment(noted: NotedDeployment): Deployment {
  return { ...noted, weight: 1, priority: 0, capabilities: {}, tags: [] };
}
