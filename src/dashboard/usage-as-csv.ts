import type { Gateway } from '../gateway.ts';
import type { UsageDimension } from '../ledger/ledger.ts';
import { toCsv } from '../ledger/to-csv.ts';

const DIMENSIONS: ReadonlySet<string> = new Set<UsageDimension>([
  ...(['team', 'app', 'user', 'key', 'model', 'deployment', 'provider', 'day'] as const),
]);

/** The ledger's report: `by` any number of times, `since` and `until` in milliseconds since the epoch. */
export async function usageAsCsv(gateway: Gateway, query: URLSearchParams): Promise<string> {
  const by = query.getAll('by').filter((name): name is UsageDimension => DIMENSIONS.has(name));
  return toCsv(await gateway.control.usage({ by, since: timeOf(query.get('since')), until: timeOf(query.get('until')) }));
}

function timeOf(text: string | null): number | undefined {
  const at = text === null || text === '' ? Number.NaN : Number(text);
  return Number.isFinite(at) ? at : undefined;
}
