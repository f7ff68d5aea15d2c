import { entriesOf, fieldOf, isContainer, itemsOf, textsOf } from '../containers.ts';
import { type Edge, findCycles } from '../cycles.ts';
import type { Issues, Path } from '../issues.ts';
import { isWildcard, type Names } from '../references.ts';
import { unknownModel } from './models.ts';

/** Names, units, time zones and downgrades of the budgets. */
export function checkBudgets(config: unknown, names: Names, issues: Issues): void {
  const seen = new Map<string, number>();
  const downgrades = new Map<string, Edge[]>();
  for (const [index, budget] of itemsOf(fieldOf(config, 'budgets')).entries()) {
    if (!isContainer(budget)) continue;
    const path = ['budgets', index];
    checkUnique(fieldOf(budget, 'name'), index, seen, path, issues);
    checkLimitAndWindow(budget, path, issues);
    for (const edge of checkDowngrade(budget, names, path, issues)) {
      downgrades.set(edge.from, [...(downgrades.get(edge.from) ?? []), edge]);
    }
  }
  for (const cycle of findCycles(downgrades)) issues.add(cycle.path, `downgrades in a circle: ${cycle.names.join(' -> ')}`);
}

function checkUnique(name: unknown, index: number, seen: Map<string, number>, path: Path, issues: Issues): void {
  if (typeof name !== 'string') return;
  const first = seen.get(name);
  if (first === undefined) seen.set(name, index);
  else issues.add([...path, 'name'], `repeats the name of budgets[${first}]`);
}

function checkLimitAndWindow(budget: object, path: Path, issues: Issues): void {
  const limit = fieldOf(budget, 'limit');
  const units = entriesOf(limit).filter(([, value]) => value !== undefined);
  if (isContainer(limit) && units.length === 0) {
    issues.add([...path, 'limit'], 'expected any of usd, tokens, inputTokens, outputTokens, requests');
  }
  if (isContainer(fieldOf(budget, 'window')) && fieldOf(budget, 'timezone') !== undefined) {
    issues.add([...path, 'timezone'], 'has no meaning for a rolling window; leave it out');
  }
}

/** The downgrades of this budget from each model that its `match` names in full. */
function checkDowngrade(budget: object, names: Names, path: Path, issues: Issues): (Edge & { from: string })[] {
  const to = fieldOf(budget, 'downgradeTo');
  const toPath = [...path, 'downgradeTo'];
  const downgrades = fieldOf(budget, 'onExceed') === 'downgrade';
  if (downgrades && to === undefined) issues.add(toPath, "is missing: onExceed is 'downgrade'");
  if (!downgrades && to !== undefined) issues.add(toPath, "has a meaning only with onExceed: 'downgrade'");
  if (typeof to !== 'string') return [];
  const problem = unknownModel(to, names);
  if (problem !== undefined) {
    issues.add(toPath, problem);
    return [];
  }
  const models = textsOf(fieldOf(fieldOf(budget, 'match'), 'model'));
  return models.filter((model) => !isWildcard(model)).map((from) => ({ from, to, path: toPath }));
}
