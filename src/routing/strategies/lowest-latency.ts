import type { Deployment } from '../../core/deployment.ts';
import type { HealthView } from '../../core/strategy.ts';
import { Standing } from '../standing.ts';
import { type StandingOfCandidates, standingOf } from './known-of-candidates.ts';
import { type StagedStrategy, without } from './staged-strategy.ts';

/** A deployment that was not used for so long may have changed. */
const STALE_AFTER_MS = 30_000;
/** Share of the calls that try one of those. */
const EXPLORATION_RATE = 0.1;

/**
 * Shortest average time to first token first. What was never used is tried at once, what was not used for 30 s by one
 * call in ten, one call at a time, so that a deployment that was slow once is found again when it is fast.
 */
export const lowestLatency: StagedStrategy = {
  name: 'lowest-latency',
  order(candidates, health) {
    const order = byLatencyOf(candidates, health);
    const explored = toExplore(candidates, new Standing(candidates, health), health);
    return explored ? [explored, ...without(explored, order)] : order;
  },
  first(candidates, health, call) {
    const standing = standingOf(candidates, health, call);
    return toExplore(candidates, standing, health) ?? candidates[fastest(standing)];
  },
  rest: (first, candidates, health) => byLatencyOf(without(first, candidates), health),
};

function byLatencyOf(candidates: readonly Deployment[], health: HealthView): readonly Deployment[] {
  const measured = candidates.map((deployment) => ({
    deployment,
    latencyMs: health.firstTokenMs(deployment.id) ?? Number.POSITIVE_INFINITY,
    inFlight: health.inFlight(deployment.id),
  }));
  return measured.sort(byLatency).map(({ deployment }) => deployment);
}

interface Measured {
  readonly latencyMs: number;
  readonly inFlight: number;
}

function byLatency(a: Measured, b: Measured): number {
  return a.latencyMs === b.latencyMs ? a.inFlight - b.inFlight : a.latencyMs - b.latencyMs;
}

/** The place of the first in the order of `byLatency`. */
function fastest({ latencyMs, inFlight }: StandingOfCandidates): number {
  let best = 0;
  for (let place = 1; place < latencyMs.length; place += 1) {
    const own = latencyMs[place] ?? 0;
    const least = latencyMs[best] ?? 0;
    if (own < least || (own === least && (inFlight[place] ?? 0) < (inFlight[best] ?? 0))) best = place;
  }
  return best;
}

function toExplore(
  candidates: readonly Deployment[],
  { lastUsedMs, inFlight }: StandingOfCandidates,
  health: HealthView,
): Deployment | undefined {
  const staleAtMs = health.nowMs() - STALE_AFTER_MS;
  let stale: number[] | undefined;
  for (let place = 0; place < lastUsedMs.length; place += 1) {
    const usedMs = lastUsedMs[place] ?? 0;
    if (usedMs > staleAtMs || (inFlight[place] ?? 0) > 0) continue;
    if (usedMs === Number.NEGATIVE_INFINITY) return candidates[place];
    stale ??= [];
    stale.push(place);
  }
  if (stale === undefined || health.random() >= EXPLORATION_RATE) return undefined;
  return candidates[stale[Math.floor(health.random() * stale.length)] ?? -1];
}
