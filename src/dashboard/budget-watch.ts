import type { Clock } from '../core/clock.ts';
import type { Control } from '../gateway/control.ts';
import type { BudgetBalance } from '../ledger/budget-balance.ts';
import type { BudgetFacts } from './facts.ts';
import { forecast, type Refusal, type Sample } from './forecast.ts';

/** Shown at once, those used up most first; budgets by user may have very many counters. */
const MOST_BUDGETS = 40;
const SAMPLE_EVERY_MS = 15_000;
const MOST_SAMPLES = 240;
/** While somebody watches, counters are read at most so often; */
const READ_EVERY_MS = 1_000;
/** and never so that reading takes more than one part in this many of the time. */
const SHARE_OF_TIME = 100;

/** Refusals of so many counters are remembered. */
const MOST_REFUSED = 1_000;

interface Track {
  readonly window: string;
  readonly samples: Sample[];
  /** Limit, raise and reset, and since when they have been so: before, the rest was another's. */
  readonly terms: string;
  readonly since: number;
}

/** Each budget's counters, with what was left at times before; read when calls end or somebody watches, never by a timer. */
export class BudgetWatch {
  readonly #control: Pick<Control, 'budgets'>;
  readonly #clock: Clock;
  #tracks = new Map<string, Track>();
  #balances: readonly BudgetFacts[] | undefined = [];
  #leftOut = 0;
  #nextReadMs = 0;
  #nextSampleMs = 0;
  #reading: Promise<void> | undefined;
  readonly #refusals = new Map<string, Refusal>();

  constructor(control: Pick<Control, 'budgets'>, clock: Clock) {
    this.#control = control;
    this.#clock = clock;
  }

  get balances(): readonly BudgetFacts[] | undefined {
    return this.#balances;
  }

  get leftOut(): number {
    return this.#leftOut;
  }

  /** A call ended: keeps the lines going when nobody watches. */
  touch(): void {
    if (this.#clock.monotonicMs() >= this.#nextSampleMs) void this.read();
  }

  /** A budget was the reason to refuse a call, or to lead it elsewhere. */
  refused(counter: Counter, refusal: Refusal): void {
    if (this.#refusals.size >= MOST_REFUSED) this.#refusals.clear();
    this.#refusals.set(keyOf(counter), refusal);
  }

  /** Whose calls the budget of a name counts; undefined for a name that is not among those shown, or counts everybody's. */
  matchOf(name: string): BudgetFacts['match'] {
    return this.#balances?.find((budget) => budget.name === name)?.match;
  }

  /** Reads the counters again, if it is time to. Never rejects. */
  read(): Promise<void> {
    if (this.#reading === undefined && this.#clock.monotonicMs() >= this.#nextReadMs) {
      this.#reading = this.#read().finally(() => {
        this.#reading = undefined;
      });
    }
    return this.#reading ?? Promise.resolve();
  }

  async #read(): Promise<void> {
    const beganMs = this.#clock.monotonicMs();
    this.#nextSampleMs = Math.max(this.#nextSampleMs, beganMs + READ_EVERY_MS);
    try {
      this.#take(await this.#control.budgets(), beganMs);
    } catch {
      // The store is away, which events tell; the page says that nothing is known.
      this.#balances = undefined;
    }
    const tookMs = this.#clock.monotonicMs() - beganMs;
    this.#nextReadMs = beganMs + Math.max(READ_EVERY_MS, tookMs * SHARE_OF_TIME);
  }

  #take(found: readonly BudgetBalance[], nowMs: number): void {
    const rows = found.flatMap(unitsOf).sort((one, other) => usedShare(other) - usedShare(one));
    const shown = rows.slice(0, MOST_BUDGETS);
    const isTime = nowMs >= this.#nextSampleMs - READ_EVERY_MS;
    if (isTime) this.#nextSampleMs = nowMs + SAMPLE_EVERY_MS;
    const now = this.#clock.now();
    const tracks = new Map<string, Track>();
    this.#balances = shown.map((row) => {
      const key = keyOf(row);
      const known = this.#tracks.get(key);
      const track = trackOf(row, known, now);
      tracks.set(key, track);
      if (isTime || track !== known) sample(track, now, row.left);
      const history: Sample[] = [...track.samples, [now, row.left]];
      const lately = history.filter(([at]) => at >= track.since);
      const last = this.#refusals.get(key);
      const refusal = last !== undefined && last.at >= track.since ? last : undefined;
      return { ...row, history, forecast: forecast(lately, row.left, row.resetAt, now, refusal) };
    });
    this.#tracks = tracks;
    this.#leftOut = rows.length - shown.length;
  }
}

type Row = Omit<BudgetFacts, 'history' | 'forecast'>;
type Counter = Pick<BudgetFacts, 'name' | 'unit' | 'values'>;

function keyOf({ name, unit, values }: Counter): string {
  return JSON.stringify([name, unit, values]);
}

/** The track as it was; a new one in a new window; one that begins anew, with its line, if somebody changed the budget. */
function trackOf({ window, limit, raise, reset }: Row, known: Track | undefined, now: number): Track {
  const terms = JSON.stringify([limit, raise?.at, reset?.at]);
  // A budget that is seen for the first time was refusing before, as far as anybody knows.
  if (known === undefined) return { window, terms, samples: [], since: Number.NEGATIVE_INFINITY };
  if (known.window !== window) return { window, terms, samples: [], since: now };
  return known.terms === terms ? known : { window, terms, samples: known.samples, since: now };
}

function unitsOf({
  name,
  values,
  match,
  spent,
  reserved,
  sliced,
  remaining,
  limit,
  raise,
  reset,
  window,
  resetAt,
}: BudgetBalance): Row[] {
  return Object.keys(limit).map((unit) => ({
    ...{ name, values, match, unit, raise, reset, window, resetAt },
    spent: spent[unit] ?? 0,
    held: reserved[unit] ?? 0,
    sliced: sliced?.[unit] ?? 0,
    left: remaining[unit] ?? 0,
    limit: limit[unit] ?? 0,
  }));
}

function usedShare({ limit, left }: Row): number {
  return limit === 0 ? 1 : 1 - left / limit;
}

function sample({ samples }: Track, now: number, left: number): void {
  samples.push([now, left]);
  if (samples.length > MOST_SAMPLES) samples.shift();
}
