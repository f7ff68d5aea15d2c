import type { SpendDimension, SpendFacts, SpendSeries, Values } from './facts.ts';

const STEP_MS = 30_000;
const STEPS = 120;
/** Values told apart in one step; those that come later are counted together. */
const MOST_VALUES = 40;
/** Series shown by name: as many colours as can be told apart. */
const MOST_SERIES = 6;
const OTHERS = Symbol('others');

type Key = string | typeof OTHERS;
interface Sum {
  costUsd: number;
  calls: number;
}
interface Step {
  readonly startsAt: number;
  readonly sums: Readonly<Record<SpendDimension, Map<Key, Sum>>>;
}

/** What calls cost in the last hour, by team, app and model, in steps of half a minute; bounded however many teams there are. */
export class SpendOverTime {
  #steps: Step[] = [];

  add(at: number, caller: Values, model: string, costUsd: number): void {
    const step = this.#stepAt(at);
    if (step === undefined) return;
    addTo(step.sums.team, caller.team ?? '', costUsd);
    addTo(step.sums.app, caller.app ?? '', costUsd);
    addTo(step.sums.model, model, costUsd);
  }

  facts(now: number): SpendFacts {
    const startsAt = startOf(now) - (STEPS - 1) * STEP_MS;
    this.#forgetBefore(startsAt);
    const by = (dimension: SpendDimension) => this.#seriesBy(dimension, startsAt);
    return { startsAt, stepMs: STEP_MS, by: { team: by('team'), app: by('app'), model: by('model') } };
  }

  #stepAt(at: number): Step | undefined {
    const startsAt = startOf(at);
    const newest = this.#steps.at(-1);
    if (newest?.startsAt === startsAt) return newest;
    if (newest !== undefined && startsAt < newest.startsAt) return this.#steps.find((step) => step.startsAt === startsAt);
    const step = { startsAt, sums: { team: new Map(), app: new Map(), model: new Map() } };
    this.#steps.push(step);
    if (this.#steps.length > STEPS) this.#steps.shift();
    return step;
  }

  #forgetBefore(startsAt: number): void {
    if ((this.#steps[0]?.startsAt ?? startsAt) < startsAt) this.#steps = this.#steps.filter((step) => step.startsAt >= startsAt);
  }

  #seriesBy(dimension: SpendDimension, startsAt: number): SpendSeries[] {
    const totals: Map<Key, Sum> = new Map();
    for (const { sums } of this.#steps) for (const [key, sum] of sums[dimension]) add(totals, key, sum.costUsd, sum.calls);
    const largest = [...totals.keys()]
      .filter((key) => key !== OTHERS)
      .sort((one, other) => (totals.get(other)?.costUsd ?? 0) - (totals.get(one)?.costUsd ?? 0))
      .slice(0, MOST_SERIES);
    const named = new Map<Key, ReturnType<typeof emptySeries>>(largest.map((key) => [key, emptySeries(key)]));
    const rest = emptySeries(OTHERS);
    for (const step of this.#steps) {
      const place = Math.round((step.startsAt - startsAt) / STEP_MS);
      for (const [key, sum] of step.sums[dimension]) {
        const series = named.get(key) ?? rest;
        series.costUsd[place] = (series.costUsd[place] ?? 0) + sum.costUsd;
        series.calls += sum.calls;
      }
    }
    return rest.calls > 0 ? [...named.values(), rest] : [...named.values()];
  }
}

function emptySeries(key: Key): { value: string | undefined; costUsd: number[]; calls: number } {
  return { value: key === OTHERS ? undefined : key, costUsd: new Array<number>(STEPS).fill(0), calls: 0 };
}

function startOf(at: number): number {
  return at - (at % STEP_MS);
}

function addTo(sums: Map<Key, Sum>, key: string, costUsd: number): void {
  add(sums, sums.size >= MOST_VALUES && !sums.has(key) ? OTHERS : key, costUsd, 1);
}

function add(sums: Map<Key, Sum>, key: Key, costUsd: number, calls: number): void {
  const sum = sums.get(key);
  if (sum === undefined) {
    sums.set(key, { costUsd, calls });
    return;
  }
  sum.costUsd += costUsd;
  sum.calls += calls;
}
