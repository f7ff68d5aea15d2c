import type { Caller } from '../core/caller.ts';
import { bucketOf, DURATION_BUCKETS, FIRST_TOKEN_BUCKETS } from '../stores/latency-buckets.ts';
import type { UsageMeasure, UsageTotals } from '../stores/store.ts';
import { hourOf, NO_MEASURES } from '../stores/usage-report.ts';
import type { AttemptReport, UsageEntry } from './usage-entry.ts';

/** A new entry is compared with so many of the newest rows; with more callers at once, sums are left to the store. */
const MOST_COMPARED = 8;

type Always = 'unpricedRequests';
type Row = { -readonly [key in keyof UsageTotals]: UsageTotals[key] } & { [key in Always]: number };

/** Rows of the usage report on their way to the store: what one caller used at one deployment is summed up meanwhile. */
export class UsageBatch {
  #rows: Row[] = [];

  get length(): number {
    return this.#rows.length;
  }

  add(entry: UsageEntry): void {
    const row = this.#rowOf(entry);
    const { usage } = entry;
    row.requests += entry.requests;
    row.failures += entry.failure === undefined ? 0 : 1;
    row.costNanoUsd += entry.costNanoUsd ?? 0;
    row.inputTokens += usage.inputTokens;
    row.outputTokens += usage.outputTokens;
    row.cachedInputTokens += usage.cachedInputTokens;
    row.cacheWriteTokens += usage.cacheWriteTokens;
    row.reasoningTokens += usage.reasoningTokens;
    row.unpricedRequests += entry.unpriced ? 1 : 0;
    if (entry.report !== undefined) addReport(row, entry.report);
  }

  /** The rows, which are the batch's no longer. */
  take(): readonly UsageTotals[] {
    const rows = this.#rows;
    this.#rows = [];
    return rows;
  }

  #rowOf(entry: UsageEntry): Row {
    const rows = this.#rows;
    const oldest = Math.max(0, rows.length - MOST_COMPARED);
    for (let place = rows.length - 1; place >= oldest; place--) {
      const row = rows[place];
      if (row !== undefined && belongs(entry, row)) return row;
    }
    const row = emptyRow(entry);
    rows.push(row);
    return row;
  }
}

/** What most attempts have little of is left out of their rows until they have some. */
function addReport(row: Row, report: AttemptReport): void {
  const { isError, isFailover, durationMs, firstTokenMs } = report;
  if (isError) count(row, 'errors', 1);
  if (isFailover) count(row, 'failovers', 1);
  for (const saving of SAVINGS) if (report[saving]) count(row, saving, report[saving]);
  if (durationMs !== undefined) count(row, DURATION_BUCKETS[bucketOf(durationMs)], 1);
  if (firstTokenMs !== undefined) count(row, FIRST_TOKEN_BUCKETS[bucketOf(firstTokenMs)], 1);
}

const SAVINGS = ['promptCacheSavedNanoUsd', 'responseCacheSavedNanoUsd', 'downgradeSavedNanoUsd'] as const;

function count(row: Row, measure: UsageMeasure | undefined, amount: number): void {
  if (measure !== undefined) row[measure] = (row[measure] ?? 0) + amount;
}

function belongs({ at, caller, model, deployment, provider }: UsageEntry, row: Row): boolean {
  if (row.deployment !== deployment || row.model !== model || row.provider !== provider) return false;
  return row.hourStartsAt === hourOf(at) && isOf(caller, row);
}

function isOf({ team = '', app = '', user = '', key = '' }: Caller, row: Row): boolean {
  return row.team === team && row.app === app && row.user === user && row.key === key;
}

function emptyRow({ at, caller, model, deployment, provider }: UsageEntry): Row {
  const { team = '', app = '', user = '', key = '' } = caller;
  return {
    hourStartsAt: hourOf(at),
    team,
    app,
    user,
    key,
    model,
    deployment,
    provider,
    ...NO_MEASURES,
  };
}
