import { closestNames } from '../core/closest-name.ts';
import type { UsageDimension, UsageQuery } from './ledger.ts';

/** What the usage report can be summed by. */
export const USAGE_DIMENSIONS: readonly UsageDimension[] = [
  'team',
  'app',
  'user',
  'key',
  'model',
  'deployment',
  'provider',
  'day',
];

/** Throws a `TypeError` or `RangeError` that names the field for a query that would be answered with something else than it asks. */
export function checkUsageQuery(query: unknown): asserts query is UsageQuery {
  if (typeof query !== 'object' || query === null) throw new TypeError('usage: expected { by?, since?, until? }');
  for (const [field, value] of Object.entries(query)) {
    if (field === 'by') checkDimensions(value);
    else if (field === 'since' || field === 'until') checkTime(field, value);
    else throw new TypeError(`usage: unknown field '${field}', expected by, since or until`);
  }
  const { since = Number.NEGATIVE_INFINITY, until = Number.POSITIVE_INFINITY } = query as UsageQuery;
  if (since > until) throw new RangeError('until must not be before since');
}

function checkDimensions(by: unknown): void {
  const names: readonly unknown[] = Array.isArray(by) ? by : by === undefined ? [] : [by];
  for (const name of names) {
    if (USAGE_DIMENSIONS.some((dimension) => dimension === name)) continue;
    const [close] = closestNames(String(name), USAGE_DIMENSIONS, 1);
    const hint = close === undefined ? `; expected any of ${USAGE_DIMENSIONS.join(', ')}` : `; did you mean '${close}'?`;
    throw new RangeError(`by: unknown dimension '${String(name)}'${hint}`);
  }
}

function checkTime(field: string, value: unknown): void {
  if (value === undefined) return;
  if (typeof value !== 'number' || Number.isNaN(value))
    throw new TypeError(`${field} must be a number: milliseconds since the epoch`);
}
