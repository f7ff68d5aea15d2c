import { randomUUID } from 'node:crypto';
import { StoreError } from '../store-error.ts';
import type { RedisKeys } from './keys.ts';
import { KnownCounters, type SaidReport } from './known-counters.ts';
import type { OwnReservations } from './own-reservations.ts';
import { partArgs } from './parts.ts';
import type { ScriptRunner } from './script-runner.ts';
import { EXCHANGE } from './scripts/exchange.ts';
import { OPEN } from './scripts/open.ts';
import { RESERVE } from './scripts/reserve.ts';
import { RESTORE } from './scripts/restore.ts';
import { SETTLE } from './scripts/settle.ts';
import { exchangeArgs } from './slice-args.ts';

/** Answers of scripts that have signed a write of this process. */
const SIGNED: ReadonlySet<unknown> = new Set(['granted', 'settled', 'late', 'exchanged']);

const REPORTS_AT_ONCE = 50;

/** This process as a home knows it. A new one is begun when a failover has lost some of its writes. */
interface Writer {
  readonly name: string;
  /** Number of its last command. */
  sent: number;
  /** Number of its last write that was acknowledged. */
  acknowledged: number;
}

export interface HomeOptions {
  readonly index: number;
  readonly runner: ScriptRunner;
  readonly keys: RedisKeys;
  readonly own: OwnReservations;
  /** What a new generation ends with. */
  readonly suffix: string;
  /** Redis's own time, in place of the caller's. */
  readonly serverTime: boolean;
  readonly onInfo?: ((info: string) => void) | undefined;
}

/**
 * One home: runs scripts over its keys. It notices by the generation that all was lost, and restores it from what this
 * process last knew; and by the number of its last write that a failover has lost what was acknowledged, and sends that
 * again. Each reservation and report has an id or a number, so what was not lost is not done twice.
 */
export class RedisHome {
  readonly keys: RedisKeys;
  readonly known = new KnownCounters();
  readonly #options: HomeOptions;
  #suffix: string;
  #writer = newWriter();
  #generation: string | undefined;
  #opening: Promise<string> | undefined;
  #restoring: Promise<void> | undefined;
  #repairing: Promise<void> | undefined;
  /** A failover has lost writes of this process that were not all sent again yet. */
  #behind = false;

  constructor(options: HomeOptions) {
    this.#options = options;
    this.keys = options.keys;
    this.#suffix = options.suffix;
  }

  /** What a new generation ends with from now on. */
  endsWith(suffix: string): void {
    this.#suffix = suffix;
  }

  /** The generation that stands; begins one if there is none. */
  open(): Promise<string> {
    this.#opening ??= this.#begin().finally(() => {
      this.#opening = undefined;
    });
    return this.#opening;
  }

  async run(script: string, keys: readonly string[], now: number, args: readonly string[]): Promise<readonly unknown[]> {
    if (this.#behind) await this.#repair(now);
    const writer = this.#writer;
    const reply = await this.#send(script, keys, now, args);
    if (reply[0] === 'behind') {
      // Of the commands that were under way together the first one has it repaired.
      if (writer === this.#writer) this.#behind = true;
      return this.run(script, keys, now, args);
    }
    if (reply[0] !== 'reset') return reply;
    this.#restore(now);
    throw new StoreError('store_reset', 'Redis has lost its counters; they are restored from what the processes last knew');
  }

  async #send(script: string, keys: readonly string[], now: number, args: readonly string[]): Promise<readonly unknown[]> {
    const generation = this.#generation ?? (await this.open());
    const writer = this.#writer;
    writer.sent += 1;
    const number = writer.sent;
    const time = this.#options.serverTime ? '' : String(now);
    const head = [generation, time, writer.name, String(writer.acknowledged), String(number)];
    const reply = await this.#options.runner.run(script, [this.keys.generation, ...keys], [...head, ...args]);
    if (SIGNED.has(reply[0]) && number > writer.acknowledged) writer.acknowledged = number;
    return reply;
  }

  async #begin(): Promise<string> {
    const { runner, onInfo } = this.#options;
    const [generation, info] = await runner.run(OPEN, [this.keys.generation], [`${randomUUID()}${this.#suffix}`]);
    onInfo?.(String(info));
    this.#generation = String(generation);
    return this.#generation;
  }

  #restore(now: number): void {
    this.#restoring ??= this.#beginAnew(now).finally(() => {
      this.#restoring = undefined;
    });
    // If it fails, the next verb finds the reset again.
    this.#restoring.catch(() => {});
  }

  async #beginAnew(now: number): Promise<void> {
    const time = this.#options.serverTime ? '' : String(now);
    const args = [`${randomUUID()}${this.#suffix}`, time, ...this.known.restoration(now)];
    const [generation] = await this.#options.runner.run(RESTORE, [this.keys.generation], args);
    this.#writer = newWriter();
    this.#generation = String(generation);
    await this.#holdAgain(now);
  }

  #repair(now: number): Promise<void> {
    this.#repairing ??= this.#sayAgain(now).finally(() => {
      this.#repairing = undefined;
    });
    return this.#repairing;
  }

  /** What was settled may be lost with its reservation: it is then held anew, whatever the limit, and settled. */
  async #sayAgain(now: number): Promise<void> {
    this.#writer = newWriter();
    const settlements = this.#options.own.settledIn(this.#options.index);
    await Promise.all(settlements.map(({ id, part, actual }) => this.charge(id, partArgs(part, 'counted'), actual, now)));
    await this.#holdAgain(now);
    const byHolder = Map.groupBy(this.known.said(now), ({ holder }) => holder);
    for (const [holder, said] of byHolder) await this.#reportAgain(holder, said, now);
    this.#behind = false;
  }

  async charge(id: string, charges: readonly string[], actual: readonly number[], now: number): Promise<readonly unknown[]> {
    const keys = [this.keys.reservation(id)];
    const settle = [id, ...actual.map(String)];
    const reply = await this.#send(SETTLE, keys, now, settle);
    if (reply[0] !== 'unknown') return reply;
    await this.#send(RESERVE, keys, now, [id, '60000', ...charges]);
    return this.#send(SETTLE, keys, now, settle);
  }

  /** Holds again what open calls hold, whatever the limit; what is known is left as it is. */
  async #holdAgain(now: number): Promise<void> {
    const open = [...this.#options.own.openIn(this.#options.index, now)];
    const hold = ({ id, part, leaseMs }: (typeof open)[number]) =>
      this.#send(RESERVE, [this.keys.reservation(id)], now, [id, String(leaseMs), ...partArgs(part, 'counted')]);
    await Promise.all(open.map(hold));
  }

  async #reportAgain(holder: string, said: readonly SaidReport[], now: number): Promise<void> {
    for (let from = 0; from < said.length; from += REPORTS_AT_ONCE) {
      const some = said.slice(from, from + REPORTS_AT_ONCE);
      const leaseMs = Math.max(...some.map((each) => each.leaseMs));
      await this.#send(EXCHANGE, [], now, [holder, String(leaseMs), ...some.flatMap(({ report }) => exchangeArgs(report))]);
    }
  }
}

function newWriter(): Writer {
  return { name: randomUUID(), sent: 0, acknowledged: 0 };
}
