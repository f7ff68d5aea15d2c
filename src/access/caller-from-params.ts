import type { Caller } from '../core/caller.ts';
import type { Params } from '../core/params.ts';
import type { Plan } from '../core/plan.ts';
import { normaliseCaller } from './caller.ts';

/**
 * The caller with the dimensions that the configuration takes from the params; what the caller is bound to stays.
 * Throws `TypeError` for a value that no caller may have.
 */
export function callerFromParams(plan: Plan, caller: Caller, params: Params): Caller {
  let found: Record<string, unknown> | undefined;
  for (const { param, dimension } of plan.access.callerFromParams) {
    if (caller[dimension] !== undefined) continue;
    const value = param === 'user' ? params.user : entryOf(params.metadata, dimension);
    if (value === undefined || value === null) continue;
    found ??= {};
    found[dimension] = value;
  }
  return found === undefined ? caller : normaliseCaller({ ...caller, ...found });
}

function entryOf(metadata: unknown, name: string): unknown {
  if (typeof metadata !== 'object' || metadata === null || !Object.hasOwn(metadata, name)) return undefined;
  return (metadata as Record<string, unknown>)[name];
}
