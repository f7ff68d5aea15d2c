import type { Clock, Timer } from '../core/clock.ts';
import { mintId } from '../core/random.ts';
import type { UsageQuery, UsageRow } from './ledger.ts';
import type { Outbox } from './outbox.ts';
import { NO_CALL, type StorePort } from './store-port.ts';
import { UsageBatch } from './usage-batch.ts';
import type { UsageEntry } from './usage-entry.ts';
import { checkUsageQuery } from './usage-query.ts';
import { toUsageRows } from './usage-rows.ts';

/** Rows are handed to the store in batches: after this time, or when this many wait. */
const BATCH_MS = 100;
/** The same for a store that processes share, if every command counts. */
const SHARED_BATCH_MS = 1_000;
const LARGEST_BATCH = 256;

interface ReportParts {
  readonly port: StorePort;
  readonly outbox: Outbox;
  readonly clock: Clock;
  /** Whether other processes use the store. */
  readonly isShared: boolean;
}

/** The usage report: what attempts used, on its way to the store, and read from there. */
export class UsageReport {
  readonly #parts: ReportParts;
  readonly #batch = new UsageBatch();
  #timer: Timer | undefined;

  constructor(parts: ReportParts) {
    this.#parts = parts;
  }

  add(entry: UsageEntry): void {
    const { clock, isShared } = this.#parts;
    this.#batch.add(entry);
    if (this.#batch.length >= LARGEST_BATCH) this.send();
    else this.#timer ??= clock.setTimeout(() => this.send(), isShared ? SHARED_BATCH_MS : BATCH_MS);
  }

  /** Hands over what waits. */
  send(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    if (this.#batch.length === 0) return;
    const rows = this.#batch.take();
    const id = mintId('use');
    this.#parts.outbox.send({ verb: 'record', origin: NO_CALL, command: (store, now) => store.record(id, rows, now) });
  }

  /** Throws `TypeError` and `RangeError` for a query that nothing can answer, `StoreError` if the store does not answer. */
  async read(query: UsageQuery): Promise<UsageRow[]> {
    checkUsageQuery(query);
    if (query.since !== undefined && query.since === query.until) return [];
    this.send();
    await this.#parts.outbox.settled();
    const range = { since: query.since, until: query.until };
    return toUsageRows(await this.#parts.port.read('usage', (store) => store.usage(range)), query);
  }
}
