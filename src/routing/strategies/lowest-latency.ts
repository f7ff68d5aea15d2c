import type { Deployment } from '../../core/deployment.ts';
import type { HealthView, RoutingStrategy } from '../../core/strategy.ts';

/** A deployment that was not used for so long may have changed. */
const STALE_AFTER_MS = 30_000;
/** Share of calls that go to a stale deployment first while there is one. */
const EXPLORATION_RATE = 0.1;

/**
 * Shortest average time to first token first. What was never used is tried at once, what was not used for 30 s by one
 * call in ten, one call at a time, so that a deployment that was slow once is found again when it is fast.
 */
export const lowestLatency: RoutingStrategy = {
  name: 'lowest-latency',
  order(candidates, health) {
    const measured = candidates.map((deployment) => ({
      deployment,
      latencyMs: health.firstTokenMs(deployment.id) ?? Number.POSITIVE_INFINITY,
      inFlight: health.inFlight(deployment.id),
    }));
    const order = measured.sort(byLatency).map(({ deployment }) => deployment);
    const explored = toExplore(candidates, health);
    return explored ? [explored, ...order.filter((deployment) => deployment !== explored)] : order;
  },
};

interface Measured {
  readonly latencyMs: number;
  readonly inFlight: number;
}

function byLatency(a: Measured, b: Measured): number {
  return a.latencyMs === b.latencyMs ? a.inFlight - b.inFlight : a.latencyMs - b.latencyMs;
}

function toExplore(candidates: readonly Deployment[], health: HealthView): Deployment | undefined {
  const idle = candidates.filter(({ id }) => health.inFlight(id) === 0);
  const unused = idle.find(({ id }) => health.lastUsedMs(id) === undefined);
  if (unused) return unused;
  const stale = idle.filter(({ id }) => health.nowMs() - (health.lastUsedMs(id) ?? 0) >= STALE_AFTER_MS);
  if (stale.length === 0 || health.random() >= EXPLORATION_RATE) return undefined;
  return stale[Math.floor(health.random() * stale.length)];
}
