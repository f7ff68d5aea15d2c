import type { Comparison, ScenarioName } from './scenarios.ts';
import type { MeasuredClient } from './start-client.ts';

/** Processor time of a call in microseconds, round by round, of two clients that took turns. */
export interface Measured {
  readonly baseUs: readonly number[];
  readonly ownUs: readonly number[];
}

/** Lets two clients take turns. The first rounds are not counted: what is compared is code that the engine has compiled. */
export async function measure(
  base: MeasuredClient,
  own: MeasuredClient,
  scenario: ScenarioName,
  { warmUpRounds, rounds }: { readonly warmUpRounds: number; readonly rounds: number },
): Promise<Measured> {
  await takeTurns(base, own, scenario, warmUpRounds);
  return takeTurns(base, own, scenario, rounds);
}

async function takeTurns(base: MeasuredClient, own: MeasuredClient, scenario: ScenarioName, rounds: number): Promise<Measured> {
  const baseUs: number[] = [];
  const ownUs: number[] = [];
  for (let turn = 0; turn < rounds; turn += 1) {
    baseUs.push(await base.round(scenario));
    ownUs.push(await own.round(scenario));
  }
  return { baseUs, ownUs };
}

/** One line of the table: medians, the ratio of neighbouring rounds and its quartiles. */
export function resultRow(name: string, { goal }: Pick<Comparison, 'goal'>, { baseUs, ownUs }: Measured): string {
  const ratios = ownUs.map((us, turn) => us / (baseUs[turn] ?? Number.NaN));
  const spread = `${quantile(ratios, 0.25).toFixed(2)}-${quantile(ratios, 0.75).toFixed(2)}`;
  const microseconds = (values: readonly number[]) => quantile(values, 0.5).toFixed(0);
  const ratio = quantile(ratios, 0.5).toFixed(2);
  return row(name, microseconds(baseUs), microseconds(ownUs), ratio, spread, goal?.toFixed(2) ?? '');
}

export function row(name: string, ...cells: readonly string[]): string {
  return name.padEnd(46) + cells.map((cell) => cell.padStart(13)).join('');
}

export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((left, right) => left - right);
  const place = (sorted.length - 1) * share;
  const low = sorted[Math.floor(place)] ?? Number.NaN;
  const high = sorted[Math.ceil(place)] ?? Number.NaN;
  return low + (high - low) * (place - Math.floor(place));
}
