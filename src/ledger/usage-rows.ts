import { nanoToUsd } from '../core/money.ts';
import { DURATION_BUCKETS, FIRST_TOKEN_BUCKETS } from '../stores/latency-buckets.ts';
import { USAGE_MEASURES, type UsageMeasure, type UsageTotals } from '../stores/store.ts';
import type { UsageDimension, UsageQuery, UsageRow } from './ledger.ts';
import { percentilesOf } from './reported-percentiles.ts';

type Sums = Record<UsageMeasure, number>;

/** Rows of the store summed by the dimensions asked for; days are UTC. A dimension that a call lacked is left out of its row. */
export function toUsageRows(totals: readonly UsageTotals[], query: UsageQuery): UsageRow[] {
  const by: readonly UsageDimension[] = query.by === undefined ? [] : typeof query.by === 'string' ? [query.by] : query.by;
  const rows = new Map<string, { values: readonly string[]; sums: Sums }>();
  for (const total of totals) {
    const values = by.map((dimension) => (dimension === 'day' ? dayOf(total.hourStartsAt) : total[dimension]));
    const key = JSON.stringify(values);
    let row = rows.get(key);
    if (row === undefined) {
      row = { values, sums: noSums() };
      rows.set(key, row);
    }
    for (const measure of USAGE_MEASURES) row.sums[measure] += total[measure] ?? 0;
  }
  return [...rows.values()].map(({ values, sums }) => ({ ...named(by, values), ...measuresOf(sums) }));
}

/** A row of nothing. */
export function emptyUsageRow(): UsageRow {
  return measuresOf(noSums());
}

function noSums(): Sums {
  return Object.fromEntries(USAGE_MEASURES.map((measure) => [measure, 0])) as Sums;
}

function named(by: readonly UsageDimension[], values: readonly string[]): Partial<Record<UsageDimension, string>> {
  return Object.fromEntries(by.flatMap((dimension, place) => (values[place] ? [[dimension, values[place]]] : [])));
}

function measuresOf(sums: Sums): UsageRow {
  return {
    requests: sums.requests,
    unpricedRequests: sums.unpricedRequests,
    failures: sums.failures,
    errors: sums.errors,
    failovers: sums.failovers,
    costUsd: nanoToUsd(sums.costNanoUsd),
    promptCacheSavedUsd: nanoToUsd(sums.promptCacheSavedNanoUsd),
    responseCacheSavedUsd: nanoToUsd(sums.responseCacheSavedNanoUsd),
    downgradeSavedUsd: nanoToUsd(sums.downgradeSavedNanoUsd),
    inputTokens: sums.inputTokens,
    outputTokens: sums.outputTokens,
    cachedInputTokens: sums.cachedInputTokens,
    cacheWriteTokens: sums.cacheWriteTokens,
    reasoningTokens: sums.reasoningTokens,
    durationMs: percentilesOf(DURATION_BUCKETS.map((bucket) => sums[bucket] ?? 0)),
    firstTokenMs: percentilesOf(FIRST_TOKEN_BUCKETS.map((bucket) => sums[bucket] ?? 0)),
  };
}

function dayOf(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}
