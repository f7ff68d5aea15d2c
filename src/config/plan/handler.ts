import { DEFAULT_HANDLER_LIMITS, type HandlerLimits } from '../../core/plan.ts';
import type { HandlerConfig } from '../access-config.ts';
import { defined } from './policies.ts';

/** Of any `maxRequestBytes`: a body with the definitions of some dozen tools. What they take is less than 1 MiB. */
const LEAST_ITEMS = 20_000;

export function planHandler(config: HandlerConfig | undefined): HandlerLimits {
  const limits = { ...DEFAULT_HANDLER_LIMITS, ...defined(config) };
  return Object.freeze({ ...limits, maxItems: config?.maxItems ?? itemsFor(limits.maxRequestBytes) });
}

/** An item takes some 30 bytes beside its text, and all of a body less than four times `maxRequestBytes`: as many by size as by default. */
function itemsFor(maxRequestBytes: number): number {
  const { maxItems, maxRequestBytes: usualBytes } = DEFAULT_HANDLER_LIMITS;
  const inProportion = Math.floor((maxRequestBytes / usualBytes) * maxItems);
  return Math.min(maxItems, Math.max(LEAST_ITEMS, inProportion));
}
