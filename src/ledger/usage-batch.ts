import type { Caller } from '../core/caller.ts';
import type { UsageTotals } from '../stores/store.ts';
import { hourOf } from '../stores/usage-report.ts';
import type { UsageEntry } from './ledger.ts';

/** A new entry is compared with so many of the newest rows; with more callers at once, sums are left to the store. */
const MOST_COMPARED = 8;

type Row = { -readonly [key in keyof UsageTotals]-?: Exclude<UsageTotals[key], undefined> };

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
    requests: 0,
    failures: 0,
    costNanoUsd: 0,
    inputTokens: 0,
    outputTokens: 0,
    cachedInputTokens: 0,
    cacheWriteTokens: 0,
    reasoningTokens: 0,
    unpricedRequests: 0,
  };
}
