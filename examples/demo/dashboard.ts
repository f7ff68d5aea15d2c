import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import { Gateway } from 'tollgate';
import { type Dashboard, dashboard } from 'tollgate/dashboard';
import { print } from './print.ts';
import { mockUpstreams } from './upstreams-mock.ts';

const TEAMS = ['search', 'support', 'ads', 'research'];

/**
 * A page over made-up traffic, until it is interrupted: one provider fails now and then, budgets run out and lead elsewhere, a
 * cache answers, guards find something, a run reaches its limit.
 */
export async function showDashboard(): Promise<void> {
  const upstreams = await mockUpstreams();
  const [first = '', second = '', third = ''] = upstreams.models;
  const gateway = new Gateway({
    providers: upstreams.providers,
    models: { assistant: [first, second, third], summaries: [second, third] },
    budgets: [
      { name: 'teams', each: 'team', limit: { usd: 0.5 }, window: 'day' },
      { name: 'research trial', match: { team: 'research' }, limit: { usd: 0.05 }, window: 'day' },
      {
        ...{ name: 'ads assistant', match: { team: 'ads', model: 'assistant' }, limit: { usd: 0.01 }, window: 'day' },
        ...{ onExceed: 'downgrade', downgradeTo: 'summaries' },
      },
    ],
    cache: { ttl: '10m', match: { app: 'help-pages' } },
    guards: [
      { name: 'codewords', on: 'input', mode: 'block', use: 'pattern', deny: ['project [a-z]+'], match: { app: 'intake' } },
      { name: 'staff', on: 'input', mode: 'redact', use: 'pattern', deny: ['staff-[0-9]+'], match: { app: 'intake' } },
    ],
  });
  const board = dashboard(gateway);
  const server = createServer((request, response) => void pass(board, request, response));
  await once(server.listen(Number(process.env.PORT ?? 0), '127.0.0.1'), 'listening');
  print(`The dashboard is at http://127.0.0.1:${(server.address() as AddressInfo).port}/ until you press Ctrl+C.`);
  const interrupted = once(process, 'SIGINT').then(() => true);
  for (let made = 0; !(await Promise.race([interrupted, wait(150)])); made += 1) {
    if (made % 9 === 0) upstreams.failNext(made % 2 === 0 ? 503 : 429);
    const team = TEAMS[made % TEAMS.length] ?? '';
    void ask(gateway.for({ team, app: `${team}-web` }), made % 3 === 0 ? 'summaries' : 'assistant', 'Once more.');
    if (made % 6 === 0) void askElsewhere(gateway, made);
  }
  board.close();
  server.closeAllConnections();
  server.close();
  await gateway.close();
  await upstreams.close();
}

/** What a cache, guards and runs have a part in, and what somebody changes by hand. */
async function askElsewhere(gateway: Gateway, made: number): Promise<void> {
  await ask(gateway.for({ team: 'support', app: 'help-pages' }), 'assistant', 'Say hello, as always.');
  const words = made % 4 === 0 ? 'Once more, for staff-1024.' : 'Once more, about project nightfall.';
  await ask(gateway.for({ team: 'support', app: 'intake' }), 'assistant', words);
  if (made % 24 !== 0) return;
  const agent = gateway.for({ team: 'search', app: 'agent' }, { id: `crawl-${made}`, maxCalls: 2 });
  for (let step = 0; step < 3; step += 1) await ask(agent, 'assistant', 'Once more.');
  if (made !== 96) return;
  const raise = { values: { team: 'search' }, by: { usd: 0.2 }, reason: 'the launch', actor: 'ada' };
  await gateway.control.raiseBudget('teams', raise);
}

async function ask(client: Gateway, model: string, content: string): Promise<void> {
  await client.chat.completions.create({ model, max_completion_tokens: 200, messages: [{ role: 'user', content }] }).catch(() => {
    // Refused or failed: that is what the page shows.
  });
}

/** How a fetch-shaped handler is mounted in a server of Node's. */
async function pass(board: Dashboard, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const left = new AbortController();
  response.on('close', () => left.abort());
  const headers = Object.entries(request.headers).map(([name, value]) => [name, String(value)] as [string, string]);
  const body = request.method === 'POST' ? { body: Readable.toWeb(request) as ReadableStream, duplex: 'half' as const } : {};
  const url = `http://${request.headers.host}${request.url}`;
  const init = { method: request.method ?? 'GET', headers, signal: left.signal, ...body };
  const answer = await board(new Request(url, init), request);
  response.writeHead(answer.status, Object.fromEntries(answer.headers));
  if (answer.body === null) response.end();
  else Readable.fromWeb(answer.body as never).pipe(response);
}
