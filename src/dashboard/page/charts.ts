import uPlot from 'uplot';
import type { BudgetFacts, SpendFacts, SpendSeries } from '../facts.ts';
import { atAxis } from './format.ts';
import { type Drawing, drawn } from './h.ts';

const HEIGHT = 220;
const SHORTEST_AXIS_S = 600;
/** As many as the shortest axis has. */
const FEWEST_STEPS = 20;

/** Spending per minute up to `now`, stacked, from the first spending on. */
export function spendChart(spend: SpendFacts, series: readonly SpendSeries[], now: number, label: string): HTMLElement {
  const { startsAt, stepMs } = spend;
  const rates = series.map(({ costUsd }) => perMinute(costUsd, stepMs, now - startsAt));
  const steps = rates[0]?.length ?? 0;
  const began = Math.min(...rates.map((rate) => rate.findIndex((value) => value > 0)).filter((place) => place >= 0), steps);
  const first = Math.max(0, Math.min(began - 1, steps - FEWEST_STEPS));
  const at = Array.from({ length: steps - first }, (_, place) => Math.min(startsAt + (first + place) * stepMs, now) / 1_000);
  at[at.length - 1] = now / 1_000;
  const sums: number[] = at.map(() => 0);
  const stacked = rates.map((rate) =>
    at.map((_, place) => {
      sums[place] = (sums[place] ?? 0) + (rate[first + place] ?? 0);
      return sums[place] ?? 0;
    }),
  );
  // The whole stack first, so that each lower one covers a part of it.
  const data = [at, ...stacked.reverse()] as uPlot.AlignedData;
  return chart(label, `spend ${series.length}`, data, (width, colour) => ({
    ...frame(width, colour, (value) => atAxis('usd', value)),
    series: [
      {},
      ...stacked.map((_, place) => {
        const stroke = colour(`--series-${stacked.length - 1 - place}`);
        return { stroke, fill: stroke, width: 1, points: { show: false } };
      }),
    ],
  }));
}

/** The last step has just begun: it is told with as much of the one before as makes it whole. */
function perMinute(costUsd: readonly number[], stepMs: number, elapsedMs: number): number[] {
  const last = costUsd.length - 1;
  const missing = 1 - Math.min((elapsedMs - last * stepMs) / stepMs, 1);
  return costUsd.map((cost, place) => {
    const whole = place === last ? cost + (costUsd[place - 1] ?? 0) * missing : cost;
    return (whole * 60_000) / stepMs;
  });
}

/** What was left of a budget, and where the line goes at the speed of the last minutes. */
export function burnDown(budget: BudgetFacts, at: number, label: string): HTMLElement {
  const { history, forecast, left, unit } = budget;
  const first = history[0]?.[0] ?? at;
  const ahead = Math.max(at - first, 60_000);
  const shown = forecast.kind === 'runs-out' ? Math.min(forecast.at, at + ahead) : undefined;
  const rest = forecast.kind === 'runs-out' && shown !== undefined ? (left * (forecast.at - shown)) / (forecast.at - at) : 0;
  // Points at one time alone would be given a whole day.
  const before: [number, number | null][] = first < at ? [] : [[at - SHORTEST_AXIS_S * 1_000, null]];
  const points = [...before, ...history];
  const times = points.map(([when]) => when / 1_000);
  const past: (number | null)[] = points.map(([, value]) => value);
  const future: (number | null)[] = points.map((_, place) => (place === points.length - 1 ? left : null));
  if (shown !== undefined && shown > at) {
    times.push(shown / 1_000);
    past.push(null);
    future.push(rest);
  }
  return chart(label, 'burn', [times, past, future] as uPlot.AlignedData, (width, colour) => ({
    ...frame(width, colour, (value) => atAxis(unit, value)),
    height: 150,
    series: [
      {},
      { stroke: colour('--series-0'), fill: colour('--series-0-soft'), width: 2, points: { show: times.length < 3, size: 5 } },
      { stroke: colour('--bad'), width: 2, dash: [5, 4], points: { show: false } },
    ],
  }));
}

type Colour = (variable: string) => string;
type Options = (width: number, colour: Colour) => uPlot.Options;

function chart(label: string, key: string, data: uPlot.AlignedData, options: Options): HTMLElement {
  return drawn({ class: 'chart', role: 'img', 'aria-label': label, 'data-key': key }, drawing(data, options));
}

/** One plot for an element; made anew if the theme or the width is another. */
function drawing(data: uPlot.AlignedData, options: Options): Drawing {
  return (element) => {
    const { paddingLeft, paddingRight } = getComputedStyle(element);
    const width = Math.max(element.clientWidth - Number.parseFloat(paddingLeft) - Number.parseFloat(paddingRight), 200);
    const made = `${width} ${getComputedStyle(element).color} ${data.length}`;
    const known = plots.get(element);
    if (known?.made === made) known.plot.setData(data);
    else {
      known?.plot.destroy();
      const colour = (name: string) => getComputedStyle(element).getPropertyValue(name).trim();
      plots.set(element, { made, plot: new uPlot(options(width, colour), data, element) });
    }
  };
}

const plots = new WeakMap<HTMLElement, { made: string; plot: uPlot }>();

function frame(width: number, colour: Colour, format: (value: number) => string) {
  const grid = { stroke: colour('--line'), width: 1 };
  const font = '12px system-ui, sans-serif';
  const axis = { stroke: colour('--faint'), font, grid, ticks: { show: false } };
  return {
    width,
    height: HEIGHT,
    legend: { show: false },
    cursor: { show: false },
    padding: [8, 20, 0, 0] as uPlot.Padding,
    scales: {
      x: { range: (_: uPlot, least: number, most: number): [number, number] => [Math.min(least, most - SHORTEST_AXIS_S), most] },
      y: { range: (_: uPlot, __: number, most: number): [number, number] => [0, most > 0 ? most * 1.08 : 1] },
    },
    axes: [
      {
        ...axis,
        grid: { show: false },
        space: 70,
        size: 32,
        values: (_: uPlot, splits: number[]) => splits.map((at) => hours.format(at * 1_000)),
      },
      { ...axis, size: 76, values: (_: uPlot, splits: number[]) => splits.map((value) => (value === 0 ? '0' : format(value))) },
    ],
  };
}

const hours = new Intl.DateTimeFormat('en', { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
