import type { Charge, Extended, Released, ReservationState, Reserved, Settled } from '../store.ts';
import type { RedisHome } from './home.ts';
import type { Homes } from './homes.ts';
import type { OwnReservations } from './own-reservations.ts';
import { type Part, partArgs, partsOf } from './parts.ts';
import { BALANCES } from './scripts/balances.ts';
import { EXTEND } from './scripts/extend.ts';
import { RELEASE } from './scripts/release.ts';
import { RESERVE } from './scripts/reserve.ts';
import { SETTLE } from './scripts/settle.ts';

/** What a part's home answered. */
interface PartAnswer {
  readonly home: RedisHome;
  readonly part: Part | undefined;
  readonly reply: readonly unknown[];
}

/** Single reservations: one script if all counters live in one home, else part by part under the same id. */
export class Reservations {
  readonly #homes: Homes;
  readonly #own: OwnReservations;

  constructor(homes: Homes, own: OwnReservations) {
    this.#homes = homes;
    this.#own = own;
  }

  async reserve(id: string, charges: readonly Charge[], leaseMs: number, now: number): Promise<Reserved> {
    const count = await this.#homes.open();
    const parts = partsOf(charges, count);
    // Known before it is sent, so that a release finds its homes though no answer came.
    this.#own.begin(id, parts, leaseMs, now);
    const exceeded: number[] = [];
    let already: ReservationState | undefined;
    for (const [index, part] of parts.entries()) {
      const home = this.#homes.at(part.home);
      const args = [id, String(leaseMs), ...partArgs(part, 'as they are')];
      const [answer, ...facts] = await home.run(RESERVE, [home.keys.reservation(id)], now, args);
      if (answer === 'denied') {
        await this.#forget(id, parts.slice(0, index), now);
        return toDenial(facts);
      }
      if (answer === 'granted') exceeded.push(...facts.map(Number));
      else already = facts[0] as ReservationState;
      if (already !== undefined && already !== 'open') break;
    }
    if (already !== undefined && already !== 'open') {
      // A release that came first has voided it, also if it was held just now.
      if (already === 'released') await this.#forget(id, parts, now);
      return { granted: 'already', state: already };
    }
    this.#own.granted(id);
    if (already !== undefined) return { granted: 'already', state: already };
    if (exceeded.length === 0) return { granted: true };
    return { granted: true, exceeded: exceeded.sort((a, b) => a - b) };
  }

  async settle(id: string, actual: readonly number[], now: number): Promise<Settled> {
    const answers = await this.#ask(SETTLE, id, now, actual.map(String));
    const states = answers.map(({ reply }) => String(reply[0]));
    const settled = states.find((state) => state === 'late') ?? states.find((state) => state === 'settled');
    if (settled === undefined) {
      this.#own.forget(id);
      return { state: states.find((state) => state !== 'unknown') ?? 'unknown' } as Settled;
    }
    const spent = new Array<number>(actual.length).fill(0);
    for (const { home, part, reply } of answers) {
      this.#take(await this.#settledPart(id, home, part, reply, actual, now), spent);
      if (part !== undefined) this.#remember(id, home, part, actual, spent, now);
    }
    this.#own.forget(id);
    return { state: settled as 'settled' | 'late', spent };
  }

  async release(id: string, now: number): Promise<Released> {
    const answers = await this.#ask(RELEASE, id, now, []);
    this.#own.forget(id);
    return { state: first(answers, ['released', 'expired', 'already-settled', 'already-released', 'voided']) } as Released;
  }

  async extend(id: string, leaseMs: number, now: number, spent: readonly number[]): Promise<Extended> {
    const answers = await this.#ask(EXTEND, id, now, [String(leaseMs), ...spent.map(String)]);
    const state = first(answers, ['extended', 'expired', 'already-settled', 'already-released', 'unknown']);
    if (state === 'extended') this.#own.extended(id, now + leaseMs);
    return { state } as Extended;
  }

  /** Asks the homes of a reservation; all homes if another process made it. */
  async #ask(script: string, id: string, now: number, args: readonly string[]): Promise<PartAnswer[]> {
    const parts = this.#own.partsOf(id);
    const count = await this.#homes.open();
    const homes = parts?.map((part) => this.#homes.at(part.home)) ?? this.#homes.all(count);
    const ask = async (home: RedisHome, place: number): Promise<PartAnswer> => {
      const reply = await home.run(script, [home.keys.reservation(id)], now, [id, ...args]);
      return { home, part: parts?.[place], reply };
    };
    return Promise.all(homes.map(ask));
  }

  /** Places and what is spent there: a part that was settled before, or that its home has lost, is asked for or charged anew. */
  async #settledPart(
    id: string,
    home: RedisHome,
    part: Part | undefined,
    reply: readonly unknown[],
    actual: readonly number[],
    now: number,
  ): Promise<readonly unknown[]> {
    if (reply[0] === 'settled' || reply[0] === 'late') return reply;
    if (part === undefined) return [];
    if (reply[0] === 'unknown') return home.charge(id, partArgs(part, 'counted'), actual, now);
    const [, ...facts] = await home.run(BALANCES, [], now, ['counters', ...part.charges.map(({ counter }) => counter)]);
    return [reply[0], ...part.places.flatMap((place, index) => [place, facts[index * 4 + 1]])];
  }

  #take([, ...facts]: readonly unknown[], spent: number[]): void {
    for (let place = 0; place < facts.length; place += 2) spent[Number(facts[place])] = Number(facts[place + 1]);
  }

  #remember(id: string, home: RedisHome, part: Part, actual: readonly number[], spent: readonly number[], now: number): void {
    this.#own.settled(id, part, actual);
    for (const [index, { counter, window }] of part.charges.entries()) {
      home.known.seen(counter, window, spent[part.places[index] ?? 0] ?? 0, now);
    }
  }

  /** Takes back what was held of a reservation that another home denies. If a home does not answer, the lease frees it. */
  async #forget(id: string, parts: readonly Part[], now: number): Promise<void> {
    this.#own.forget(id);
    const forget = (part: Part) => {
      const home = this.#homes.at(part.home);
      return home.run(RELEASE, [home.keys.reservation(id)], now, [id, 'forget']);
    };
    await Promise.allSettled(parts.map(forget));
  }
}

function toDenial([place, remaining, wait]: readonly unknown[]): Reserved {
  return {
    granted: false,
    deniedBy: Number(place),
    remaining: Number(remaining),
    retryAfterMs: wait === '' ? null : Number(wait),
  };
}

/** The first of the states, in their order, that a home answered. */
function first(answers: readonly PartAnswer[], states: readonly string[]): string {
  return states.find((state) => answers.some(({ reply }) => reply[0] === state)) ?? String(answers[0]?.reply[0]);
}
