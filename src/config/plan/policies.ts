import type { ModelDefaults } from '../../core/plan.ts';
import { DEFAULT_RETRY, type Hedge, type RetryPolicy } from '../../core/policies.ts';
import { DEFAULT_TIMEOUTS } from '../../core/timeouts.ts';
import { freezeDeep } from '../containers.ts';
import type { ValidConfig } from '../schema.ts';

type Policies = Pick<ValidConfig, 'retry' | 'timeouts' | 'hedge' | 'stream'>;

/** What applies if nothing is configured. */
export const BUILT_IN_POLICIES: ModelDefaults = freezeDeep({
  retry: DEFAULT_RETRY,
  timeouts: DEFAULT_TIMEOUTS,
  hedge: undefined,
  stream: { onInterrupt: 'error' },
});

/** Policies with every value filled in: later `layers` win over earlier ones, and all over `defaults`. */
export function planPolicies(defaults: ModelDefaults, ...layers: readonly Policies[]): ModelDefaults {
  const hedge = layers.findLast((layer) => layer.hedge !== undefined)?.hedge;
  const onInterrupt = layers.findLast((layer) => layer.stream?.onInterrupt !== undefined)?.stream?.onInterrupt;
  return freezeDeep({
    retry: toRetry(layers.map(({ retry }) => retry)),
    timeouts: Object.assign({}, defaults.timeouts, ...layers.map(({ timeouts }) => defined(timeouts))),
    hedge: hedge === undefined ? defaults.hedge : toHedge(hedge),
    stream: { onInterrupt: onInterrupt ?? defaults.stream.onInterrupt },
  });
}

/** If only one end of the delays is configured, the default of the other gives way to it. */
function toRetry(layers: readonly Policies['retry'][]): RetryPolicy {
  const given: Partial<RetryPolicy> = Object.assign({}, ...layers.map(defined));
  const retry = { ...DEFAULT_RETRY, ...given };
  if (given.maxDelayMs === undefined) return { ...retry, maxDelayMs: Math.max(retry.maxDelayMs, retry.minDelayMs) };
  if (given.minDelayMs === undefined) return { ...retry, minDelayMs: Math.min(retry.maxDelayMs, retry.minDelayMs) };
  return retry;
}

function toHedge(hedge: NonNullable<Policies['hedge']>): Hedge {
  return 'afterMs' in hedge ? { kind: 'after', afterMs: hedge.afterMs } : { kind: 'percentile', percentile: hedge.percentile };
}

/** Without the fields that are there but undefined, which would hide what lies below. */
export function defined<T extends object>(value: T | undefined): Partial<T> {
  const kept: Partial<T> = { ...value };
  for (const key of Object.keys(kept)) if (Reflect.get(kept, key) === undefined) Reflect.deleteProperty(kept, key);
  return kept;
}
