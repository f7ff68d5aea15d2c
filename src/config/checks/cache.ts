import { fieldOf } from '../containers.ts';
import type { Issues } from '../issues.ts';
import type { Names } from '../references.ts';
import { unknownModel } from './models.ts';

/** The model by which the cache compares questions. */
export function checkCache(config: unknown, names: Names, issues: Issues): void {
  const model = fieldOf(fieldOf(fieldOf(config, 'cache'), 'semantic'), 'model');
  const problem = typeof model === 'string' ? unknownModel(model, names) : undefined;
  if (problem !== undefined) issues.add(['cache', 'semantic', 'model'], problem);
}
