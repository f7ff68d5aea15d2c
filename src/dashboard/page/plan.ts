import type { PlanFacts } from '../facts.ts';
import { amount, count, usd } from './format.ts';
import { h } from './h.ts';
import { badge, empty, section, table } from './parts.ts';

export type Planned = { readonly report: PlanFacts } | { readonly message: string } | undefined;

const EXAMPLE = JSON.stringify(
  { model: '', max_completion_tokens: 200, messages: [{ role: 'user', content: 'Hello' }] },
  undefined,
  2,
);

/** What would become of a call: nothing is sent, nothing is charged. */
export function plan(
  model: string | undefined,
  team: string | undefined,
  planned: Planned,
  ask: (typed: string) => void,
): Node[] {
  const submit = (event: Event) => {
    event.preventDefault();
    const form = new FormData(event.target as HTMLFormElement);
    ask(typed(String(form.get('caller') ?? ''), String(form.get('params') ?? '')));
  };
  const example = EXAMPLE.replace('"model": ""', `"model": ${JSON.stringify(model ?? 'model')}`);
  const form = h(
    'form',
    { class: 'plan', onsubmit: submit, 'data-key': 'form' },
    ...field('Caller', 'caller', 2, team === undefined ? '{}' : `{ "team": ${JSON.stringify(team)} }`),
    ...field('Call', 'params', 12, example),
    h('button', { type: 'submit' }, 'What would happen?'),
  );
  return [
    section('Plan a call', 'Nothing is sent and nothing is charged', form),
    h('div', { 'aria-live': 'polite', 'data-key': 'answer' }, ...answer(planned)),
  ];
}

function field(title: string, name: string, rows: number, text: string): HTMLElement[] {
  const id = `plan-${name}`;
  return [h('label', { for: id }, title), h('textarea', { id, name, rows, spellcheck: 'false' }, text)];
}

/** Put together as text, so that what is not JSON is told by the gateway. */
function typed(caller: string, params: string): string {
  return caller.trim() === '' ? `{"params":${params}}` : `{"caller":${caller},"params":${params}}`;
}

function answer(planned: Planned): Node[] {
  if (planned === undefined) return [];
  if ('message' in planned) return [section('It cannot be planned', undefined, empty(planned.message))];
  const { verdict, reason, estimate, budgets, deployments } = planned.report;
  const where = deployments.map((one) => ({
    key: one.id,
    cells: ['place' in one ? String(one.place) : '—', one.id, usd(one.costUsd), 'skipped' in one ? one.skipped : ''],
  }));
  const charged = budgets.flatMap(({ name, remaining, wouldCharge }) =>
    Object.keys(wouldCharge).map((unit) => ({
      key: `${name} ${unit}`,
      cells: [`${name} · ${unit}`, amount(unit, wouldCharge[unit] ?? 0), amount(unit, remaining[unit] ?? 0)],
    })),
  );
  const columns = [
    { title: 'Place' },
    { title: 'Deployment' },
    { title: 'Cost at most', isNumber: true },
    { title: 'Passed over because' },
  ];
  return [
    section(
      'What would happen',
      `${count(estimate.inputTokens)} tokens in and ${count(estimate.outputTokens)} out, ${usd(estimate.costUsd)} at most`,
      h(
        'p',
        { class: 'verdict' },
        badge(verdict === 'allow' ? 'good' : 'bad', verdict === 'allow' ? 'allowed' : 'refused'),
        reason !== undefined && ` ${reason.replace(/^\d{3} /, '')}`,
      ),
      table('Deployments in the order to try', columns, where),
    ),
    section(
      'Budgets it would be charged to',
      undefined,
      charged.length === 0
        ? empty('None applies.')
        : table(
            'Budgets',
            [{ title: 'Budget' }, { title: 'Would hold', isNumber: true }, { title: 'Has left', isNumber: true }],
            charged,
          ),
    ),
  ];
}
