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

/** A page over made-up traffic, until it is interrupted: one provider fails now and then, and one budget runs out. */
export async function showDashboard(): Promise<void> {
  const upstreams = await mockUpstreams();
  const [first = '', second = '', third = ''] = upstreams.models;
  const gateway = new Gateway({
    providers: upstreams.providers,
    models: { assistant: [first, second, third], summaries: [second, third] },
    budgets: [
      { name: 'teams', each: 'team', limit: { usd: 0.5 }, window: 'day' },
      { name: 'research trial', match: { team: 'research' }, limit: { usd: 0.05 }, window: 'day' },
    ],
  });
  const board = dashboard(gateway);
  const server = createServer((request, response) => void pass(board, request, response));
  await once(server.listen(Number(process.env.PORT ?? 0), '127.0.0.1'), 'listening');
  print(`The dashboard is at http://127.0.0.1:${(server.address() as AddressInfo).port}/ until you press Ctrl+C.`);
  const interrupted = once(process, 'SIGINT').then(() => true);
  for (let made = 0; !(await Promise.race([interrupted, wait(150)])); made += 1) {
    if (made % 9 === 0) upstreams.failNext(made % 2 === 0 ? 503 : 429);
    void ask(gateway, TEAMS[made % TEAMS.length] ?? '', made % 3 === 0 ? 'summaries' : 'assistant');
  }
  board.close();
  server.closeAllConnections();
  server.close();
  await gateway.close();
  await upstreams.close();
}

async function ask(gateway: Gateway, team: string, model: string): Promise<void> {
  const messages = [{ role: 'user' as const, content: 'Once more.' }];
  await gateway
    .for({ team, app: `${team}-web` })
    .chat.completions.create({ model, max_completion_tokens: 200, messages })
    .catch(() => {
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
