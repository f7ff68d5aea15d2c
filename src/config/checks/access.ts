import { fieldOf, isContainer, itemsOf } from '../containers.ts';
import type { Issues, Path } from '../issues.ts';

/** Rules that say nothing, and keys that are there twice. */
export function checkAccess(config: unknown, issues: Issues): void {
  const access = fieldOf(config, 'access');
  for (const [index, rule] of itemsOf(fieldOf(access, 'rules')).entries()) {
    const says = ['allow', 'deny', 'denyTools', 'maxUsdPerRequest'].some((field) => fieldOf(rule, field) !== undefined);
    if (isContainer(rule) && !says)
      issues.add(['access', 'rules', index], 'expected any of allow, deny, denyTools, maxUsdPerRequest');
  }
  const ids = new Map<string, number>();
  const hashes = new Map<string, number>();
  for (const [index, key] of itemsOf(fieldOf(access, 'keys')).entries()) {
    const path = ['access', 'keys', index];
    checkUnique(fieldOf(key, 'id'), index, ids, [...path, 'id'], issues);
    const hash = fieldOf(key, 'hash');
    checkUnique(typeof hash === 'string' ? hash.toLowerCase() : hash, index, hashes, [...path, 'hash'], issues);
  }
}

function checkUnique(value: unknown, index: number, seen: Map<string, number>, path: Path, issues: Issues): void {
  if (typeof value !== 'string') return;
  const first = seen.get(value);
  if (first === undefined) seen.set(value, index);
  else issues.add(path, `repeats that of access.keys[${first}]`);
}
