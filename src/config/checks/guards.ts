import { fieldOf, itemsOf } from '../containers.ts';
import { guardTypeOf } from '../guards/guard-type-of.ts';
import type { Issues, Path } from '../issues.ts';
import type { Names } from '../references.ts';

/** Names of the guards, and what each type of them has to say. */
export function checkGuards(config: unknown, names: Names, issues: Issues): void {
  const seen = new Map<string, number>();
  for (const [index, guard] of itemsOf(fieldOf(config, 'guards')).entries()) {
    const path = ['guards', index];
    checkUnique(typeof guard === 'object' && guard !== null ? Reflect.get(guard, 'name') : undefined, index, seen, path, issues);
    guardTypeOf(fieldOf(guard, 'use'))?.check?.(guard, { path, names, issues });
  }
}

function checkUnique(name: unknown, index: number, seen: Map<string, number>, path: Path, issues: Issues): void {
  if (typeof name !== 'string') return;
  const first = seen.get(name);
  if (first === undefined) seen.set(name, index);
  else issues.add([...path, 'name'], `repeats the name of guards[${first}]`);
}
