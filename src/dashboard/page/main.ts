import type { CallFacts, State } from '../facts.ts';
import { call, calls } from './calls.ts';
import { deployments } from './deployments.ts';
import { h, render } from './h.ts';
import { overview } from './overview.ts';
import { type Planned, plan } from './plan.ts';
import { refusals } from './refusals.ts';
import { spend } from './spend.ts';
import { applyTheme, nextTheme, theme } from './theme.ts';

const VIEWS = {
  overview: 'Overview',
  spend: 'Spend',
  deployments: 'Deployments',
  calls: 'Calls',
  refusals: 'Refusals',
  plan: 'Plan',
};

type Connection = 'connecting' | 'live' | 'paused' | 'signed out' | 'reconnecting';

const app = document.querySelector<HTMLElement>('#app') ?? document.body;
let state: State | undefined;
let connection: Connection = 'connecting';
let found: { readonly address: string; readonly calls: readonly CallFacts[] } | undefined;
let one: { readonly address: string; readonly call: CallFacts | 'under way' | 'gone' } | undefined;
let planned: Planned;
let source: EventSource | undefined;
/** Of the browser's clock: the page has no other. */
let again: number | undefined;

const RECONNECT_AFTER_MS = 2_000;
const SIGNED_OUT: readonly number[] = [401, 403];

applyTheme();
connect();
draw();
addEventListener('hashchange', () => {
  void refresh();
  draw();
  scrollTo(0, 0);
});
addEventListener('resize', draw);
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw);

function place(): { view: string; query: URLSearchParams } {
  const [view = '', query = ''] = location.hash.slice(1).split('?');
  return { view: view || 'overview', query: new URLSearchParams(query) };
}

function connect(): void {
  source?.close();
  source = new EventSource('?file=events');
  source.onmessage = ({ data }: MessageEvent<string>) => {
    state = JSON.parse(data) as State;
    connection = 'live';
    void refresh();
    draw();
  };
  source.onerror = () => {
    // A stream that ended is opened anew by the browser; one that was refused is not.
    if (source?.readyState === EventSource.CLOSED) again = setTimeout(() => void reconnect(), RECONNECT_AFTER_MS);
    if (connection !== 'signed out') connection = 'reconnecting';
    draw();
  };
}

/** Whether the stream was refused for good or by what stands before a server that restarts, its answer to another file tells. */
async function reconnect(): Promise<void> {
  const response = await fetch('?file=styles', { method: 'HEAD', redirect: 'manual' }).catch(() => undefined);
  if (connection === 'paused') return;
  const isRefused = response !== undefined && (SIGNED_OUT.includes(response.status) || response.type === 'opaqueredirect');
  connection = isRefused ? 'signed out' : 'reconnecting';
  draw();
  if (response?.ok) connect();
  else again = setTimeout(() => void reconnect(), RECONNECT_AFTER_MS);
}

function pause(): void {
  if (connection === 'paused') {
    connection = 'connecting';
    connect();
  } else {
    source?.close();
    clearTimeout(again);
    connection = 'paused';
  }
  draw();
}

/** What only some views need, asked for while they are open. */
async function refresh(): Promise<void> {
  const { view, query } = place();
  const address =
    view === 'call' ? `?file=call&${query}` : view === 'refusals' ? '?file=calls&outcome=denied' : `?file=calls&${query}`;
  if (view !== 'calls' && view !== 'refusals' && view !== 'call') return;
  if (view === 'call' && one?.address === address && one.call !== 'under way') return;
  const response = await fetch(address).catch(() => undefined);
  if (response?.status === 401) connection = 'signed out';
  if (view === 'call') one = (await callIn(address, response)) ?? one;
  else if (response?.ok) found = { address, calls: (await response.json()) as CallFacts[] };
  draw();
}

async function callIn(address: string, response: Response | undefined): Promise<typeof one> {
  if (response?.status === 404) return { address, call: 'gone' };
  if (!response?.ok) return undefined;
  return { address, call: ((await response.json()) as CallFacts | null) ?? 'under way' };
}

function inside(now: State): Node[] {
  const { view, query } = place();
  const list =
    found?.address === (view === 'refusals' ? '?file=calls&outcome=denied' : `?file=calls&${query}`) ? found.calls : undefined;
  switch (view) {
    case 'spend':
      return spend(now, query);
    case 'deployments':
      return deployments(now);
    case 'calls':
      return calls(now, query, list);
    case 'call':
      return call(one?.address === `?file=call&${query}` ? one.call : undefined);
    case 'refusals':
      return refusals(list);
    case 'plan':
      return plan(largest(now, 'model'), largest(now, 'team'), planned, ask);
    default:
      return overview(now, query);
  }
}

/** That which most was spent for. */
function largest({ spend: { by } }: State, dimension: 'model' | 'team'): string | undefined {
  return by[dimension].find(({ value }) => value)?.value;
}

function draw(): void {
  const { view } = place();
  const links = Object.entries(VIEWS).map(([name, title]) =>
    h(
      'a',
      { href: `#${name}`, 'aria-current': name === view || (name === 'calls' && view === 'call') ? 'page' : undefined },
      title,
    ),
  );
  const waiting = connection === 'signed out' ? 'You are not signed in any more.' : 'Waiting for the gateway…';
  render(
    app,
    h('a', { class: 'skip', href: '#main', onclick: toMain }, 'To the content'),
    h(
      'header',
      { class: 'top' },
      h('h1', {}, 'Tollgate'),
      h('nav', { class: 'views', 'aria-label': 'Views' }, ...links),
      h(
        'div',
        { class: 'tools' },
        h('span', { role: 'status', class: `connection ${connection.replace(' ', '-')}` }, connection),
        h('button', { type: 'button', onclick: pause }, connection === 'paused' ? 'Go on' : 'Pause'),
        h('button', { type: 'button', onclick: changeTheme }, `Theme: ${theme()}`),
      ),
    ),
    h(
      'main',
      { id: 'main', tabindex: '-1', 'data-key': view },
      ...(state === undefined ? [h('p', { class: 'loading' }, waiting)] : inside(state)),
    ),
  );
  document.title = `${VIEWS[view as keyof typeof VIEWS] ?? 'Call'} · Tollgate`;
}

function changeTheme(): void {
  nextTheme();
  draw();
}

function toMain(event: Event): void {
  event.preventDefault();
  document.querySelector<HTMLElement>('#main')?.focus();
}

async function ask(typed: string): Promise<void> {
  const sent = { method: 'POST', body: typed, headers: { 'content-type': 'application/json' } };
  const response = await fetch('?file=plan', sent).catch(() => undefined);
  const words = response === undefined ? 'The gateway cannot be reached.' : `The gateway answered ${response.status}.`;
  const answer: unknown = (await response?.json().catch(() => undefined)) ?? { message: words };
  planned = response?.ok ? ({ report: answer } as Planned) : (answer as Planned);
  draw();
}
