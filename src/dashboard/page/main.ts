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
let one: { readonly address: string; readonly call: CallFacts | null } | undefined;
let planned: Planned;
let source: EventSource | undefined;

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
  source = new EventSource('?file=events');
  source.onmessage = ({ data }: MessageEvent<string>) => {
    state = JSON.parse(data) as State;
    connection = 'live';
    void refresh();
    draw();
  };
  source.onerror = () => {
    // A stream that ended is opened anew by the browser; one that was refused is not.
    connection = source?.readyState === EventSource.CLOSED ? 'signed out' : 'reconnecting';
    draw();
  };
}

function pause(): void {
  if (connection === 'paused') {
    connection = 'connecting';
    connect();
  } else {
    source?.close();
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
  if (view === 'call' && one?.address === address && one.call !== null) return;
  const response = await fetch(address).catch(() => undefined);
  if (response?.status === 401) connection = 'signed out';
  if (view === 'call') one = { address, call: response?.ok ? ((await response.json()) as CallFacts) : null };
  else if (response?.ok) found = { address, calls: (await response.json()) as CallFacts[] };
  draw();
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
      return plan(now.spend.by.model.find(({ value }) => value)?.value, planned, ask);
    default:
      return overview(now);
  }
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
        h('button', { type: 'button', onclick: changeTheme, 'aria-label': `Theme: ${theme()}` }, theme()),
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
  const response = await fetch('?file=plan', { method: 'POST', body: typed, headers: { 'content-type': 'application/json' } });
  const answer: unknown = await response.json().catch(() => ({ message: `The gateway answered ${response.status}.` }));
  planned = response.ok ? ({ report: answer } as Planned) : (answer as Planned);
  draw();
}
