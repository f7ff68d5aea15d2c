import type { AdjustmentFacts, BudgetFacts, State } from '../facts.ts';
import { amount, callsAt, count, dayAndTime, failure, ofBudget, span, time, usd, whose } from './format.ts';
import { h } from './h.ts';
import { badge, callLink, empty, link, section, table } from './parts.ts';

/** The first screen: what needs somebody now. */
export function overview(state: State, query: URLSearchParams): Node[] {
  return [
    figures(state),
    budgets(state, query.get('all') === 'budgets'),
    h('div', { class: 'pair' }, cooldowns(state), failovers(state)),
    unpriced(state),
  ];
}

function figures({ totals, callsPerSecond, since, at }: State): HTMLElement {
  const figure = (name: string, value: string, href: string, kind = '') =>
    h(
      'a',
      { class: `figure ${kind}`, href, 'data-key': name },
      h('span', { class: 'name' }, name),
      h('span', { class: 'value' }, value),
    );
  return h(
    'div',
    { class: 'figures', role: 'group', 'aria-label': `Counted for ${span(at - since)}`, 'data-key': 'figures' },
    figure('Calls per second', callsPerSecond >= 10 ? count(Math.round(callsPerSecond)) : callsPerSecond.toFixed(1), '#calls'),
    figure('Calls', count(totals.calls), '#calls'),
    figure('Spent', usd(totals.costUsd), '#spend'),
    figure('From the cache', count(totals.cached), callsAt({ only: 'cached' })),
    figure('Failovers', count(totals.failovers), callsAt({ only: 'failovers' }), totals.failovers > 0 ? 'warn' : ''),
    figure('Refused', count(totals.refused), callsAt({ outcome: 'denied' }), totals.refused > 0 ? 'warn' : ''),
    figure('Failed', count(totals.errors), callsAt({ outcome: 'error' }), totals.errors > 0 ? 'bad' : ''),
    figure('Unpriced', count(totals.unpriced), callsAt({ only: 'unpriced' }), totals.unpriced > 0 ? 'warn' : ''),
  );
}

const BUDGET_COLUMNS = [
  { title: 'Budget' },
  { title: 'Used' },
  { title: 'Spent', isNumber: true },
  { title: 'Held', isNumber: true },
  { title: 'Left', isNumber: true },
  { title: 'Limit', isNumber: true, isExtra: true },
  { title: 'Runs out' },
  { title: 'Resets', isExtra: true },
];

/** More are shown on demand: what cools and fails over is to be on the first screen too. */
const FIRST_BUDGETS = 8;

function budgets({ budgets: known, budgetsLeftOut, at }: State, showsAll: boolean): HTMLElement {
  const shown = showsAll ? known : known?.slice(0, FIRST_BUDGETS);
  if (shown === undefined)
    return section('Budgets', undefined, empty('The store cannot be read, so nothing is known of the budgets now.'));
  if (shown.length === 0) return section('Budgets', undefined, empty('No budget is configured, or none has been charged yet.'));
  const note = budgetsLeftOut === 0 ? undefined : `those used most; ${count(budgetsLeftOut)} more are used less`;
  const rows = shown.map((budget) => ({
    key: `${budget.name} ${budget.unit} ${JSON.stringify(budget.values)}`,
    cells: [
      h(
        'div',
        { class: 'named' },
        link(callsAt(ofBudget(budget)), budget.name),
        h('span', { class: 'note' }, `${whose(budget)} · ${budget.unit}`),
        byHand('raised', budget.raise),
        byHand('reset', budget.reset),
      ),
      bar(budget),
      amount(budget.unit, budget.spent),
      h('span', { class: budget.held > 0 ? 'held' : 'faint' }, amount(budget.unit, budget.held)),
      left(budget),
      amount(budget.unit, budget.limit),
      runsOut(budget, at),
      budget.resetAt === null ? 'never' : `in ${span(budget.resetAt - at)}`,
    ],
  }));
  const more = (known?.length ?? 0) - FIRST_BUDGETS;
  const toggle = showsAll
    ? link('#overview', `Show the ${FIRST_BUDGETS} used most`)
    : link('#overview?all=budgets', `Show ${count(more)} more`);
  const all = table('Budgets: spent, held and left', BUDGET_COLUMNS, rows);
  return section('Budgets', note, all, ...(more > 0 ? [h('p', { class: 'more' }, toggle)] : []));
}

function byHand(what: string, change: AdjustmentFacts | undefined): HTMLElement | undefined {
  if (change === undefined) return undefined;
  const by = change.actor === undefined ? '' : ` by ${change.actor}`;
  const why = change.reason === undefined ? '' : `: ${change.reason}`;
  return h('span', { class: 'note' }, badge('plain', what), ` ${dayAndTime(change.at)}${by}${why}`);
}

function left({ unit, left: rest, sliced }: BudgetFacts): HTMLElement | string {
  if (sliced === 0) return amount(unit, rest);
  return h(
    'div',
    { class: 'over' },
    amount(unit, rest),
    h('span', { class: 'note' }, `${amount(unit, sliced)} lent to processes`),
  );
}

function bar({ spent, held, limit, left, name }: BudgetFacts): HTMLElement {
  const share = (value: number, ofNothing: number) => `${limit === 0 ? ofNothing : Math.min(100, (value / limit) * 100)}%`;
  const used = limit === 0 ? 100 : Math.round(((limit - left) / limit) * 100);
  const level = used >= 90 ? 'bad' : used >= 70 ? 'warn' : '';
  return h(
    'div',
    { class: `bar ${level}`, role: 'img', 'aria-label': `${name}: ${used} % used` },
    h('span', { class: 'spent', style: { width: share(spent, 100) } }),
    h('span', { class: 'held', style: { width: share(held, 0) } }),
  );
}

export function runsOut({ forecast }: BudgetFacts, at: number): HTMLElement {
  switch (forecast.kind) {
    case 'used-up':
      return badge('bad', 'used up');
    case 'runs-out':
      return badge(forecast.at - at < 3_600_000 ? 'bad' : 'warn', `in ${span(forecast.at - at)}`);
    case 'refuses':
      return forecast.leadsTo === undefined ? badge('bad', 'refuses calls') : badge('warn', `leads to ${forecast.leadsTo}`);
    case 'lasts':
      return badge('good', 'lasts');
    case 'idle':
      return h('span', { class: 'faint' }, 'not being spent');
  }
}

function cooldowns({ cooldowns: cooling, deployments, at }: State): HTMLElement {
  const healthy = deployments.filter(({ state }) => state === 'healthy').length;
  const note = `${healthy} of ${deployments.length} deployments healthy`;
  if (cooling.length === 0) return section('Cooling down', note, empty('No deployment is cooling: all of them take calls.'));
  const rows = cooling.map(({ deployment, scope, reason, untilMs }) => ({
    key: `${scope} ${deployment}`,
    cells: [
      h(
        'div',
        { class: 'named' },
        link(callsAt({ deployment }), deployment),
        h('span', { class: 'note' }, `whole ${scope}`.replace('whole credential', 'one credential')),
      ),
      reason,
      `in ${span(untilMs - at)}`,
    ],
  }));
  return section(
    'Cooling down',
    note,
    table('Deployments that cool down', [{ title: 'Deployment' }, { title: 'Why' }, { title: 'Back', isNumber: true }], rows),
  );
}

function failovers({ failovers: last, totals }: State): HTMLElement {
  const note = `${count(totals.failovers)} in all`;
  if (last.length === 0) return section('Last failovers', note, empty('No call had to leave its first deployment.'));
  const rows = last.slice(0, 8).map((one) => ({
    key: `${one.requestId} ${one.at} ${one.from}`,
    cells: [
      time(one.at),
      h('div', { class: 'named' }, `${one.from} → ${one.to}`, h('span', { class: 'note' }, failure(one.failure))),
      callLink(one.requestId),
    ],
  }));
  return section(
    'Last failovers',
    note,
    table('Last failovers', [{ title: 'At' }, { title: 'From → to' }, { title: 'Call' }], rows),
  );
}

function unpriced({ unpriced: last, totals }: State): HTMLElement {
  if (last.length === 0) return section('Unpriced calls', undefined, empty('Every call so far had a known price.'));
  const rows = last.map(({ requestId, at, model, deployment, tokens }) => ({
    key: requestId,
    cells: [time(at), model, deployment, count(tokens), callLink(requestId)],
  }));
  const columns = [
    { title: 'At' },
    { title: 'Model' },
    { title: 'Deployment' },
    { title: 'Tokens', isNumber: true },
    { title: 'Call' },
  ];
  return section(
    'Unpriced calls',
    `${count(totals.unpriced)} in all; their cost is missing in every sum`,
    table('Unpriced calls', columns, rows),
  );
}
