import type { Clock } from '../core/clock.ts';
import type { Control } from '../gateway/control.ts';
import type { BudgetBalance } from '../ledger/budget-balance.ts';
import type { BudgetFacts } from './facts.ts';
import { forecast, type Sample } from './forecast.ts';

/** Shown at once, those used up most first; budgets by user may have very many counters. */
const MOST_BUDGETS = 40;
const SAMPLE_EVERY_MS = 15_000;
const MOST_SAMPLES = 240;
/** While somebody watches, counters are read at most so often; */
const READ_EVERY_MS = 1_000;
/** and never so that reading takes more than one part in this many of the time. */
const SHARE_OF_TIME = 100;

interface Track {
  readonly window: string;
  readonly samples: Sample[];
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
      const key = JSON.stringify([row.name, row.unit, row.values]);
      const known = this.#tracks.get(key);
      const track = known?.window === row.window ? known : { window: row.window, samples: [] };
      tracks.set(key, track);
      if (isTime || track.samples.length === 0) sample(track, now, row.left);
      const history: Sample[] = [...track.samples, [now, row.left]];
      return { ...row, history, forecast: forecast(history, row.left, row.resetAt, now) };
    });
    this.#tracks = tracks;
    this.#leftOut = rows.length - shown.length;
  }
}

type Row = Omit<BudgetFacts, 'history' | 'forecast'>;

function unitsOf({
  name,
  values,
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
    ...{ name, values, unit, raise, reset, window, resetAt },
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
