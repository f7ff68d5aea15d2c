import type { SliceGrant, SliceReport } from '../store.ts';
import type { RedisHome } from './home.ts';
import type { Homes } from './homes.ts';
import { EXCHANGE } from './scripts/exchange.ts';
import { exchangeArgs, toGrants } from './slice-args.ts';

/** Reports in one script, some 30 µs of the server each: others wait meanwhile. */
const REPORTS_AT_ONCE = 50;

/** Reports what was used of slices and gets new ones: a script for each home in use, all sent at once. */
export class Exchange {
  readonly #homes: Homes;

  constructor(homes: Homes) {
    this.#homes = homes;
  }

  async exchange(holder: string, reports: readonly SliceReport[], leaseMs: number, now: number): Promise<SliceGrant[]> {
    const count = await this.#homes.open();
    const grants = new Array<SliceGrant>(reports.length);
    const places = Map.groupBy(reports.keys(), (place) => this.#homes.of(reports[place]?.counter ?? '', count));
    const asked = [...places].flatMap(([home, all]) =>
      chunks(all).map(async (some) => {
        const ofHome = some.flatMap((place) => reports[place] ?? []);
        const answers = await this.#ask(home, holder, ofHome, leaseMs, now);
        for (const [index, place] of some.entries()) if (answers[index] !== undefined) grants[place] = answers[index];
      }),
    );
    await Promise.all(asked);
    return grants;
  }

  async #ask(
    home: RedisHome,
    holder: string,
    reports: readonly SliceReport[],
    leaseMs: number,
    now: number,
  ): Promise<SliceGrant[]> {
    const args = [holder, String(leaseMs), ...reports.flatMap(exchangeArgs)];
    const grants = toGrants(await home.run(EXCHANGE, [], now, args));
    for (const [place, report] of reports.entries()) {
      const grant = grants[place];
      if (grant !== undefined) home.known.exchanged(holder, report, grant, leaseMs, now);
    }
    return grants;
  }
}

function chunks(places: readonly number[]): number[][] {
  const chunks: number[][] = [];
  for (let from = 0; from < places.length; from += REPORTS_AT_ONCE) chunks.push(places.slice(from, from + REPORTS_AT_ONCE));
  return chunks;
}
