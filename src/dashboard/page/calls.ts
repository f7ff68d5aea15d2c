import type { AttemptFacts, CallFacts, GuardFacts, State, StepFacts } from '../facts.ts';
import { callAt, callsAt, count, dayAndTime, failure, ms, time, usd, who } from './format.ts';
import { h } from './h.ts';
import { badge, callLink, empty, link, outcomeBadge, section, table } from './parts.ts';

const COLUMNS = [
  { title: 'At' },
  { title: 'Model' },
  { title: 'Who', isExtra: true },
  { title: 'Answered by' },
  { title: 'Tries', isNumber: true },
  { title: 'Tokens', isNumber: true, isExtra: true },
  { title: 'Cost', isNumber: true },
  { title: 'Time', isNumber: true },
  { title: 'Outcome' },
  { title: 'Also' },
  { title: 'Call' },
];

export function calls(state: State, query: URLSearchParams, found: readonly CallFacts[] | undefined): Node[] {
  return [filters(state, query), list(found, query)];
}

function callRows(found: readonly CallFacts[]) {
  return found.map((call) => ({
    key: call.id,
    cells: [
      time(call.at),
      call.model,
      who(call.caller),
      call.deployment ?? '—',
      count(call.attempts.length),
      call.inputTokens === undefined ? '—' : count(call.inputTokens + (call.outputTokens ?? 0)),
      call.isUnpriced ? badge('warn', 'unpriced') : usd(call.costUsd),
      ms(call.durationMs),
      outcomeBadge(call.outcome),
      badges(call),
      callLink(call.id),
    ],
  }));
}

/** What became of a call beside being sent and answered; nothing for most. */
function badges({ cache, downgradedTo, askedFor, runs, steps }: CallFacts): HTMLElement {
  const actions = new Set(steps.flatMap((step) => (step.kind === 'guard' ? [step.action] : [])));
  return h(
    'div',
    { class: 'badges' },
    cache === 'hit' && badge('plain', 'cached'),
    ...[...actions].map((action) => badge(action === 'block' ? 'bad' : 'warn', DONE[action])),
    downgradedTo !== undefined && badge('warn', 'downgraded'),
    runs.length > 0 && badge('plain', 'in a run'),
    askedFor !== undefined && badge('plain', 'by the gateway'),
  );
}

const DONE: Readonly<Record<GuardFacts['action'], string>> = { block: 'blocked', redact: 'redacted', flag: 'flagged' };

function list(found: readonly CallFacts[] | undefined, query: URLSearchParams): HTMLElement {
  if (found === undefined) return section('Calls', undefined, empty('Looking…'));
  const none = query.size === 0 ? 'No call has ended yet.' : 'None of the calls that are remembered is like that.';
  if (found.length === 0) return section('Calls', undefined, empty(none));
  return section('Calls', `the last ${count(found.length)} that fit`, table('Calls', COLUMNS, callRows(found)));
}

const ANY = ' any';

function filters(state: State, query: URLSearchParams): HTMLElement {
  const { team, app, model } = state.spend.by;
  const named = (series: State['spend']['by']['team']) => series.flatMap(({ value }) => (value === undefined ? [] : [value]));
  const choices: readonly (readonly [string, string, readonly string[]])[] = [
    ['caller.team', 'Team', named(team)],
    ['caller.app', 'App', named(app)],
    ['model', 'Model', named(model)],
    ['deployment', 'Deployment', state.deployments.map(({ deployment }) => deployment)],
    ['outcome', 'Outcome', ['success', 'error', 'denied', 'aborted']],
    ['only', 'Only with', ['failovers', 'retries', 'guards', 'cached', 'downgraded', 'unpriced']],
  ];
  const listed = new Set(choices.map(([name]) => name));
  const further = [...query.keys()].filter((name) => !listed.has(name));
  const more = further.map((name) => [name, name.replace('caller.', ''), []] as const);
  return h(
    'form',
    { class: 'filters', 'aria-label': 'Which calls', 'data-key': 'filters', onsubmit: (event: Event) => event.preventDefault() },
    ...[...choices, ...more].map(([name, title, values]) => choice(name, title, values, query)),
    query.size > 0 && h('a', { href: '#calls', class: 'button' }, 'All calls'),
  );
}

function choice(name: string, title: string, values: readonly string[], query: URLSearchParams): HTMLElement {
  const chosen = query.get(name);
  const all = chosen === null || values.includes(chosen) ? values : [chosen, ...values];
  const option = (value: string, words: string) => h('option', { value, selected: value === (chosen ?? ANY) }, words);
  const choose = (event: Event) => {
    const next = new URLSearchParams(query);
    const { value } = event.target as HTMLSelectElement;
    if (value === ANY) next.delete(name);
    else next.set(name, value);
    location.hash = callsAt(Object.fromEntries(next));
  };
  const select = h(
    'select',
    { name, onchange: choose },
    option(ANY, 'any'),
    ...all.map((value) => option(value, value || 'none')),
  );
  return h('label', { 'data-key': name }, h('span', {}, title), select);
}

/** One call: what it was, its attempts as a waterfall, and in words why it went where it went. */
export function call(found: CallFacts | 'under way' | 'gone' | undefined): Node[] {
  if (found === undefined) return [section('Call', undefined, empty('Looking…'))];
  if (found === 'under way') return [section('Call', undefined, empty('This call has not ended yet.'))];
  if (found === 'gone') return [section('Call', undefined, empty('This call is no longer remembered: only the last ones are.'))];
  return [facts(found), waterfall(found), story(found)];
}

function facts(one: CallFacts): HTMLElement {
  const estimated = one.isEstimated ? ' (estimated)' : '';
  const rows: readonly (readonly [string, Node | string | undefined])[] = [
    ['Outcome', outcomeBadge(one.outcome)],
    [
      'Refused or failed with',
      one.error && [one.error.code, one.error.status, one.error.reason].filter((part) => part !== undefined).join(', '),
    ],
    ['Model', link(callsAt({ model: one.model }), one.model)],
    ['Downgraded to', one.downgradedTo],
    ['Made by the gateway for', one.askedFor && link(callAt(one.askedFor), one.askedFor)],
    ['Answered by', one.deployment === undefined ? 'nobody' : link(callsAt({ deployment: one.deployment }), one.deployment)],
    ['Cache', one.cache && (one.cache === 'hit' ? 'had the answer' : 'asked, and had none')],
    ['Run', one.runs[0] && link(callsAt({ run: one.runs[0] }), one.runs.join(' in '))],
    ['Who', who(one.caller)],
    ['Ended', dayAndTime(one.at)],
    ['Took', ms(one.durationMs)],
    ['First token', one.firstTokenMs === undefined ? undefined : ms(one.firstTokenMs)],
    [
      'Tokens',
      one.inputTokens === undefined
        ? undefined
        : `${count(one.inputTokens)} in, ${count(one.outputTokens ?? 0)} out, ${count(one.cachedInputTokens ?? 0)} from the prompt cache${estimated}`,
    ],
    ['Cost', one.isUnpriced ? 'no price is known' : usd(one.costUsd)],
    ['Finish', one.finishReason],
    ['Operation', one.operation],
  ];
  const known = rows.filter(([, value]) => value !== undefined);
  return section(
    `Call ${one.id}`,
    undefined,
    h('dl', { class: 'facts' }, ...known.flatMap(([name, value]) => [h('dt', {}, name), h('dd', {}, value)])),
  );
}

function waterfall(one: CallFacts): HTMLElement {
  if (one.attempts.length === 0)
    return section(
      'Attempts',
      undefined,
      empty(
        one.cache === 'hit' ? 'The cache had the answer: nothing was sent to any provider.' : 'Nothing was sent to any provider.',
      ),
    );
  const attempts = [...one.attempts].sort((first, second) => first.startedAt - second.startedAt);
  const from = Math.min(one.at - one.durationMs, ...attempts.map(({ startedAt }) => startedAt));
  const whole = Math.max(one.at - from, ...attempts.map(({ startedAt, durationMs }) => startedAt + durationMs - from), 1);
  const percent = (part: number) => `${(part / whole) * 100}%`;
  const rows = attempts.map((attempt) => {
    const { startedAt, durationMs } = attempt;
    const after = `${ms(Math.max(startedAt - from, 0))} after the start, for ${ms(durationMs)}`;
    const how = isGivenUp(attempt) ? 'given up' : attempt.failure ? failure(attempt.failure) : 'answered';
    return h(
      'li',
      { 'data-key': String(attempt.attempt) },
      h(
        'div',
        { class: 'try' },
        h('strong', {}, attempt.deployment),
        h(
          'span',
          { class: 'note' },
          [`${how}${isHedge(attempt, attempts) ? ', hedged' : ''}`, after, attempt.costUsd && usd(attempt.costUsd)]
            .filter(Boolean)
            .join(' · '),
        ),
      ),
      h(
        'div',
        { class: 'lane' },
        h('span', {
          class: isGivenUp(attempt) ? 'given-up' : attempt.failure ? 'failed' : 'answered',
          style: { left: percent(Math.max(startedAt - from, 0)), width: percent(durationMs) },
        }),
      ),
    );
  });
  return section('Attempts', `over ${ms(whole)}`, h('ol', { class: 'waterfall' }, ...rows));
}

/** Ended because nobody waited for it any more: another one had answered, or the caller had left. */
function isGivenUp({ failure }: AttemptFacts): boolean {
  return failure?.kind === 'aborted';
}

/** Begun while another was still running. */
function isHedge(attempt: AttemptFacts, all: readonly AttemptFacts[]): boolean {
  return all.some(({ startedAt, durationMs }) => startedAt < attempt.startedAt && startedAt + durationMs > attempt.startedAt + 1);
}

function story(one: CallFacts): HTMLElement {
  const parts = [
    ...one.steps.map((step) => [whenOf(step, one.attempts), words(step)] as const),
    ...one.attempts.map((attempt) => [attempt.startedAt, tried(attempt, one.attempts)] as const),
  ];
  const from = one.at - one.durationMs;
  const line = (at: number, text: string) =>
    h('li', {}, h('span', { class: 'after' }, `+${ms(Math.max(at - from, 0))}`), h('span', {}, text));
  const inOrder = parts.sort(([first], [second]) => first - second).map(([at, text]) => line(at, text));
  if (one.downgradedTo !== undefined) {
    const text = `A budget led the call from ${one.model} to ${one.downgradedTo}.`;
    inOrder.unshift(line(from, text));
  }
  const end =
    one.outcome === 'success'
      ? one.cache === 'hit'
        ? 'The cache answered.'
        : `${one.deployment ?? 'A deployment'} answered.`
      : one.error
        ? `It ended with ${[one.error.code, one.error.reason].filter(Boolean).join(': ')}.`
        : `It ended: ${one.outcome}.`;
  return section('Why it went where it went', undefined, h('ol', { class: 'story' }, ...inOrder, line(one.at, end)));
}

/** An event's time has no parts of a millisecond, and an attempt's has: what an attempt follows from stands before it. */
function whenOf(step: StepFacts, attempts: readonly AttemptFacts[]): number {
  if (step.kind !== 'failover') return step.at;
  const next = attempts.find(({ deployment, startedAt }) => deployment === step.to && startedAt > step.at - 2);
  return Math.min(step.at, next?.startedAt ?? step.at);
}

function words(step: StepFacts): string {
  switch (step.kind) {
    case 'retry':
      return `${step.deployment} failed (${failure(step.failure)}): another attempt after ${ms(step.afterMs)}.`;
    case 'failover':
      return `${step.from} failed (${failure(step.failure)}): the call went on to ${step.to}.`;
    case 'queue':
      return `Waited ${ms(step.waitedMs)} for room at ${step.deployment}.`;
    case 'interrupt':
      return `The stream of ${step.deployment} broke (${failure(step.failure)}).`;
    case 'guard': {
      const found = step.findings.map(({ kind, count: times }) => `${kind} ×${times}`).join(', ');
      return `The guard ${step.guard} ${DONE[step.action]} the ${step.on}: ${found}.`;
    }
  }
}

function tried(attempt: AttemptFacts, all: readonly AttemptFacts[]): string {
  const why = isHedge(attempt, all) ? ' as a hedge, since an earlier one had not answered' : '';
  return `Attempt ${attempt.attempt} was sent to ${attempt.deployment}${why}.`;
}
