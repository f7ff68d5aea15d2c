import type { UsageDimension, UsageRow } from './ledger.ts';
import { toCsv } from './to-csv.ts';
import { emptyUsageRow } from './usage-rows.ts';

/**
 * Rows of a usage report as CSV: the dimensions asked for come first, and every measure has its column whatever the rows hold,
 * so that a report without rows is its header.
 */
export function usageToCsv(rows: readonly UsageRow[], by: readonly UsageDimension[]): string {
  const named = (row: UsageRow) => ({ ...Object.fromEntries(by.map((dimension) => [dimension, row[dimension]])), ...row });
  if (rows.length > 0) return toCsv(rows.map(named));
  const [header = ''] = toCsv([named(emptyUsageRow())]).split('\r\n');
  return `${header}\r\n`;
}
