import type { BatchFile } from '../../core/batch-file.ts';
import type { Plan } from '../../core/plan.ts';
import type { WorkEnd } from '../../core/work.ts';
import { LATE_SETTLEMENT_MS, type MaybePromise, type Store } from '../../stores/store.ts';
import { NOTHING_DELIVERED } from '../delivered.ts';
import type { Background, Found, Ledger, WorkBegun } from '../ledger.ts';
import type { Outbox } from '../outbox.ts';
import { heldAmounts } from '../reservation.ts';
import { NO_CALL, StoreFailure, type StorePort } from '../store-port.ts';
import { following, inTurn } from './in-turn.ts';
import { Notes, noteKey } from './notes.ts';
import { type HeldForWork, type OpenWork, readNote, writeNote } from './work-note.ts';
import { type SettlementParts, WorkSettlement } from './work-settlement.ts';

const DAY_MS = 86_400_000;
/** Responses in the background, runs and videos end within minutes; a day is for those that are looked at late. */
const LEASE_MS = DAY_MS;
/** A batch has a day to complete (`completion_window: '24h'`), and its end is to be seen. */
const BATCH_LEASE_MS = 2 * DAY_MS;
/** OpenAI keeps responses, and files for batches, for 30 days (https://platform.openai.com/docs/api-reference/files/create). */
const PLACE_MS = 30 * DAY_MS;

export interface BackgroundParts extends SettlementParts {
  readonly port: StorePort;
  readonly outbox: Outbox;
  readonly ledger: Pick<Ledger, 'estimate' | 'estimateUsage' | 'costNanoUsd' | 'pricesUnits'>;
}

/**
 * Keeps what is held for work that goes on, and settles it at its end. Each command goes through the outbox: it is sent
 * again until the store has answered, and does nothing when it is sent twice. Leases are prolonged before a note is
 * written, so that a process that dies in between leaves the lapse to charge all that was held.
 */
export class BackgroundWork implements Background {
  readonly #parts: BackgroundParts;
  readonly #notes = new Notes();
  readonly #settlement: WorkSettlement;

  constructor(parts: BackgroundParts) {
    this.#parts = parts;
    this.#settlement = new WorkSettlement(parts);
  }

  keep(begun: WorkBegun): MaybePromise<void> {
    const { work, call, deployment, continues } = begun;
    const leaseMs = work.body.object === 'batch' ? BATCH_LEASE_MS : LEASE_MS;
    const note = this.#noteOf(begun, this.#parts.clock.now() + leaseMs);
    const key = noteKey(deployment.provider, work.id);
    let isRepeated = false;
    return this.#parts.outbox.send({
      verb: 'extend',
      origin: call,
      command: (store, now) => {
        const again = isRepeated;
        isRepeated = true;
        return inTurn([
          ...note.held.map((held) => () => extendHeld(store, held, leaseMs, now)),
          () => key && this.#noteWork(store, key, note, { continues, again }, now),
          () => this.#notePlace(store, work.id, deployment.provider, now),
        ]);
      },
    });
  }

  settle(provider: string, end: WorkEnd, plan: Plan): MaybePromise<void> {
    const key = noteKey(provider, end.id);
    if (key === undefined) return;
    return this.#parts.outbox.send({
      verb: 'settle',
      origin: NO_CALL,
      command: (store, now) =>
        following(this.#notes.read(store, key, now), (text) => {
          const note = readNote(text);
          if (note?.kind !== 'open') return;
          const untilMs = Math.max(note.lapsesAt, now) + LATE_SETTLEMENT_MS;
          return inTurn([
            () => this.#settlement.settle(store, note, end, plan, now),
            () => this.#notes.keep(store, key, writeNote({ kind: 'settled' }), untilMs, now),
          ]);
        }),
    });
  }

  find(id: string, provider: string | undefined): MaybePromise<Found | undefined> {
    const answer = this.#parts.port.ask('readNote', NO_CALL, (store, now) =>
      this.#findBy((key) => this.#notes.read(store, key, now), id, provider),
    );
    // Away from the store this process knows its own.
    const now = this.#parts.clock.now();
    const known = () => this.#findBy((key) => this.#notes.known(key, now), id, provider);
    return following(answer, (found) => (found instanceof StoreFailure ? known() : found));
  }

  keepFile(provider: string, id: string, file: BatchFile): MaybePromise<void> {
    const key = noteKey(provider, id);
    if (key === undefined) return;
    return this.#parts.outbox.send({
      verb: 'keepNote',
      origin: NO_CALL,
      command: (store, now) =>
        inTurn([
          () => this.#notes.keep(store, key, writeNote({ kind: 'file', file }), now + PLACE_MS, now),
          () => this.#notePlace(store, id, provider, now),
        ]),
    });
  }

  #noteOf({ call, deployment, ofCall, ofAttempt, further, before }: WorkBegun, lapsesAt: number): OpenWork {
    const { requestId, caller, model, operation, cost = 'metered', batch } = call;
    const bound = this.#parts.ledger.estimate(call, [deployment]);
    const { id, provider, vendor, upstreamModel, price } = deployment;
    const held: HeldForWork[] = further.map((kept) => ({ ...kept, for: 'none', requests: 0 }));
    if (ofCall) held.unshift({ ...ofCall, for: 'call', requests: before.requests });
    if (ofAttempt) held.push({ ...ofAttempt, for: 'work', requests: 1 });
    return {
      kind: 'open',
      call: { requestId, caller, model, operation },
      cost,
      deployment: { id, provider, vendor, upstreamModel, price },
      models: batch?.models ?? [],
      inputTokens: this.#parts.ledger.estimateUsage(call, deployment, NOTHING_DELIVERED).inputTokens,
      bound: {
        inputTokens: bound.usage.inputTokens,
        outputTokens: bound.usage.outputTokens,
        costNanoUsd: bound.costNanoUsd,
      },
      before: { usage: before.usage, costNanoUsd: before.costNanoUsd },
      held,
      lapsesAt,
    };
  }

  /** Beside what is noted under the same id: further steps of one piece of work, or another that the provider named alike. */
  #noteWork(
    store: Store,
    key: string,
    note: OpenWork,
    how: { readonly continues: boolean; readonly again: boolean },
    now: number,
  ): MaybePromise<void> {
    return following(this.#notes.read(store, key, now), (text) => {
      const found = readNote(text);
      // A command that is repeated may have been carried out, and the work settled since.
      if (how.again && found?.kind === 'settled') return;
      const whole = found?.kind === 'open' ? joined(found, note, how.continues) : note;
      return this.#notes.keep(store, key, writeNote(whole), whole.lapsesAt + LATE_SETTLEMENT_MS, now);
    });
  }

  #notePlace(store: Store, id: string, provider: string, now: number): MaybePromise<void> {
    const key = placeKey(id);
    if (key === undefined) return;
    return this.#notes.keep(store, key, writeNote({ kind: 'place', provider }), now + PLACE_MS, now);
  }

  #findBy(
    read: (key: string) => MaybePromise<string | undefined>,
    id: string,
    provider: string | undefined,
  ): MaybePromise<Found | undefined> {
    if (provider === undefined) {
      const at = placeKey(id);
      if (at === undefined) return undefined;
      return following(read(at), (text) => {
        const place = readNote(text);
        return place?.kind === 'place' ? this.#findBy(read, id, place.provider) : undefined;
      });
    }
    const key = noteKey(provider, id);
    if (key === undefined) return undefined;
    return following(read(key), (text) => {
      const note = readNote(text);
      if (note?.kind === 'file') return { kind: 'file', provider, file: note.file };
      if (note?.kind !== 'open') return { kind: 'work', provider, begun: undefined };
      return { kind: 'work', provider, begun: { upstreamModel: note.deployment.upstreamModel, cost: note.cost } };
    });
  }
}

/** An id alone, under no provider. */
function placeKey(id: string): string | undefined {
  return noteKey('', id);
}

/** Prolongs a lease, whose lapse then charges all that is held; makes the reservation that the store was away for. */
function extendHeld(store: Store, held: HeldForWork, leaseMs: number, now: number): MaybePromise<unknown> {
  const amounts = heldAmounts(held.charges);
  if (held.held) return store.extend(held.id, leaseMs, now, amounts);
  const unlimited = held.charges.map((charge) => ({ ...charge, enforced: false }));
  return following(store.reserve(held.id, unlimited, leaseMs, now), () => store.extend(held.id, leaseMs, now, amounts));
}

/** What continues work is charged its requests alone: the work's usage covers all its steps. */
function joined(found: OpenWork, note: OpenWork, continues: boolean): OpenWork {
  const known = new Set(found.held.map(({ id }) => id));
  const further = note.held.filter(({ id }) => !known.has(id));
  const held = continues
    ? further.map((each): HeldForWork => ({ ...each, for: each.requests > 0 ? 'requests' : 'none' }))
    : further;
  return { ...found, held: [...found.held, ...held], lapsesAt: Math.max(found.lapsesAt, note.lapsesAt) };
}
