import type { CacheScope } from '../core/cache-plan.ts';
import type { Caller } from '../core/caller.ts';
import { canonicalText } from './canonical.ts';

const scopes = new WeakMap<Caller, { readonly scope: CacheScope; readonly text: string | undefined }>();

/**
 * Whose answers a call may see: the same text for callers that share them, for no others. A caller without one of the
 * dimensions shares with nobody whose every dimension is not the same. Undefined for a caller of whom nothing is known:
 * it could be anybody. `forbidden`: what of the model the caller may not use, as who may would get answers of it.
 */
export function scopeOf(caller: Caller, scope: CacheScope, forbidden: readonly string[]): string | undefined {
  const text = scopeText(caller, scope);
  return text === undefined || forbidden.length === 0 ? text : canonicalText(['but', [...forbidden].sort(), text]);
}

function scopeText(caller: Caller, scope: CacheScope): string | undefined {
  if (scope.kind === 'shared') return 'shared';
  const known = scopes.get(caller);
  if (known !== undefined && known.scope === scope) return known.text;
  const text = textOf(caller, scope.dimensions);
  scopes.set(caller, { scope, text });
  return text;
}

function textOf(caller: Caller, dimensions: readonly string[]): string | undefined {
  if (dimensions.every((name) => isKnown(caller[name]))) {
    return canonicalText(['of', dimensions.map((name) => [name, caller[name]])]);
  }
  const names = Object.keys(caller).filter((name) => name !== 'priority' && isKnown(caller[name]));
  // Tags say where a call may go, not who asks.
  if (names.every((name) => name === 'tags')) return undefined;
  return canonicalText(['alone', names.sort().map((name) => [name, caller[name]])]);
}

function isKnown(value: unknown): boolean {
  return value !== undefined && value !== '' && (!Array.isArray(value) || value.length > 0);
}
