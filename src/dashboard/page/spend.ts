import type { SpendDimension, SpendSeries, State } from '../facts.ts';
import { burnDown, spendChart } from './charts.ts';
import { amount, callsAt, count, usd, whose } from './format.ts';
import { h } from './h.ts';
import { runsOut } from './overview.ts';
import { empty, link, section, table } from './parts.ts';

const DIMENSIONS: readonly SpendDimension[] = ['team', 'app', 'model'];

/** Spending over the last hour, and each budget's way down. */
export function spend(state: State, query: URLSearchParams): Node[] {
  const by = DIMENSIONS.find((dimension) => dimension === query.get('by')) ?? 'team';
  return [spending(state, by), burning(state), download(by)];
}

function spending({ spend: facts, at }: State, by: SpendDimension): HTMLElement {
  const series = facts.by[by];
  const tabs = h(
    'nav',
    { class: 'tabs', 'aria-label': 'Spend by' },
    ...DIMENSIONS.map((dimension) =>
      h('a', { href: `#spend?by=${dimension}`, 'aria-current': dimension === by ? 'true' : undefined }, `By ${dimension}`),
    ),
  );
  if (series.length === 0)
    return section('Spend of the last hour', undefined, tabs, empty('No call has ended in the last hour.'));
  const totals = series.map(totalOf);
  const sum = totals.reduce((one, other) => one + other, 0);
  const label = `Dollars per minute in the last hour by ${by}: ${series.map((one, place) => `${nameOf(one, by)} ${usd(totals[place])}`).join(', ')}`;
  const rows = series.map((one, place) => ({
    key: one.value ?? ' others',
    cells: [
      h('span', { class: 'named-by-colour' }, h('span', { class: `swatch s${place}` }), name(one, by)),
      count(one.calls),
      usd(totals[place]),
      sum === 0 ? '—' : `${(((totals[place] ?? 0) / sum) * 100).toFixed(1)} %`,
    ],
  }));
  const columns = [
    { title: by },
    { title: 'Calls', isNumber: true },
    { title: 'Spent', isNumber: true },
    { title: 'Share', isNumber: true },
  ];
  return section(
    'Spend of the last hour',
    `${usd(sum)}, in dollars per minute`,
    tabs,
    spendChart(facts, series, at, label),
    table(`Spend by ${by}`, columns, rows),
  );
}

function totalOf({ costUsd }: SpendSeries): number {
  return costUsd.reduce((one, other) => one + other, 0);
}

function nameOf({ value }: SpendSeries, by: SpendDimension): string {
  return value === undefined ? 'all others' : value === '' ? `no ${by}` : value;
}

function name(series: SpendSeries, by: SpendDimension): HTMLElement {
  const { value } = series;
  const words = nameOf(series, by);
  return value === undefined ? h('span', {}, words) : link(callsAt({ [by === 'model' ? by : `caller.${by}`]: value }), words);
}

function burning({ budgets, at }: State): HTMLElement {
  if (budgets === undefined || budgets.length === 0)
    return section('Budgets over time', undefined, empty('No budget has been charged yet.'));
  const cards = budgets.slice(0, 12).map((budget) => {
    const named = `${budget.name}, ${whose(budget)}`;
    return h(
      'div',
      { class: 'burn', 'data-key': `${named} ${budget.unit}` },
      h('div', { class: 'burn-head' }, h('h3', {}, budget.name), runsOut(budget, at)),
      h(
        'p',
        { class: 'note' },
        `${whose(budget)} · ${amount(budget.unit, budget.left)} of ${amount(budget.unit, budget.limit)} left`,
      ),
      burnDown(
        budget,
        at,
        `What is left of ${named}: now ${amount(budget.unit, budget.left)} of ${amount(budget.unit, budget.limit)}`,
      ),
    );
  });
  return section(
    'Budgets over time',
    'What is left; dashed, where it goes at the speed of the last ten minutes',
    h('div', { class: 'burns' }, ...cards),
  );
}

function download(by: SpendDimension): HTMLElement {
  return section(
    'Reports',
    'From the ledger, with everything it remembers',
    h(
      'p',
      { class: 'links' },
      h('a', { href: `?file=usage&by=${by}`, download: `usage-by-${by}.csv` }, `Usage by ${by} as CSV`),
      h('a', { href: `?file=usage&by=day&by=${by}`, download: `usage-by-day-and-${by}.csv` }, `Usage by day and ${by} as CSV`),
      h('a', { href: '?file=usage&by=deployment', download: 'usage-by-deployment.csv' }, 'Usage by deployment as CSV'),
    ),
  );
}
