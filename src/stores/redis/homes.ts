import { RedisHome } from './home.ts';
import { redisKeys } from './keys.ts';
import type { OwnReservations } from './own-reservations.ts';
import { homeOf } from './parts.ts';
import type { ScriptRunner } from './script-runner.ts';

/** Homes on a cluster. More would spread finer over many masters, and cost a process with many counters more commands. */
const HOMES_OF_A_CLUSTER = 16;

export interface HomesOptions {
  readonly runner: ScriptRunner;
  readonly prefix: string;
  readonly own: OwnReservations;
  readonly serverTime: boolean;
  readonly onWarning: ((message: string) => void) | undefined;
}

/** All homes. How many there are is decided by the first process that comes, and kept with the first home's generation. */
export class Homes {
  readonly #options: HomesOptions;
  readonly #homes: RedisHome[] = [];
  #warned = false;
  #count: number | undefined;

  constructor(options: HomesOptions) {
    this.#options = options;
    const count = options.runner.isOfCluster ? HOMES_OF_A_CLUSTER : 1;
    this.#homes.push(this.#make(0, `/${count}`));
  }

  get first(): RedisHome {
    return this.at(0);
  }

  async open(): Promise<number> {
    if (this.#count !== undefined) return this.#count;
    const generation = await this.first.open();
    const count = Number(/\/(\d{1,5})$/.exec(generation)?.[1] ?? 1);
    // Should the first home be lost, it is begun anew with as many.
    this.first.endsWith(`/${count}`);
    this.#count = count;
    return count;
  }

  at(index: number): RedisHome {
    let home = this.#homes[index];
    if (home === undefined) {
      home = this.#make(index, '');
      this.#homes[index] = home;
    }
    return home;
  }

  of(name: string, count: number): RedisHome {
    return this.at(homeOf(name, count));
  }

  all(count: number): RedisHome[] {
    return Array.from({ length: count }, (_, index) => this.at(index));
  }

  #make(index: number, suffix: string): RedisHome {
    const { runner, prefix, own, serverTime } = this.#options;
    const onInfo = (info: string) => this.#warnOfEviction(info);
    return new RedisHome({ index, runner, keys: redisKeys(prefix, index), own, suffix, serverTime, onInfo });
  }

  #warnOfEviction(info: string): void {
    const policy = /^maxmemory_policy:([a-z-]{1,40})/m.exec(info)?.[1];
    const limited = /^maxmemory:(\d+)/m.exec(info)?.[1];
    if (this.#warned || policy === undefined || policy === 'noeviction' || limited === '0') return;
    this.#warned = true;
    this.#options.onWarning?.(`Redis may evict budgets: its maxmemory-policy is ${policy}, and should be noeviction`);
  }
}
