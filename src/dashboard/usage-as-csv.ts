import type { Gateway } from '../gateway.ts';
import type { UsageDimension } from '../ledger/ledger.ts';
import { usageToCsv } from '../ledger/usage-to-csv.ts';

const DIMENSIONS: ReadonlySet<string> = new Set<UsageDimension>([
  ...(['team', 'app', 'user', 'key', 'model', 'deployment', 'provider', 'day'] as const),
]);

/**
 * The ledger's report: `by` any number of times, `since` and `until` in milliseconds since the epoch. Undefined if they are no
 * range of time.
 */
export async function usageAsCsv(gateway: Gateway, query: URLSearchParams): Promise<string | undefined> {
  const by = query.getAll('by').filter((name): name is UsageDimension => DIMENSIONS.has(name));
  const [since, until] = [timeOf(query.get('since')), timeOf(query.get('until'))];
  if (Number.isNaN(since) || Number.isNaN(until) || (since ?? -Infinity) > (until ?? Infinity)) return undefined;
  return usageToCsv(await gateway.control.usage({ by, since, until }), by);
}

function timeOf(text: string | null): number | undefined {
  return text === null || text === '' ? undefined : Number(text);
}
