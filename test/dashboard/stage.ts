import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import type { Gateway, GatewayConfig } from 'tollgate';
import { type Dashboard, type DashboardOptions, dashboard } from 'tollgate/dashboard';
import { closeAfterTest, gatewayOf, providersAt, upstream } from '../public/harness.ts';
import { completion } from '../support/chat-upstream.ts';
import type { FaultExchange } from '../support/fault-server.ts';

export const MARKUP = '<img src=x onerror="document.title=1">';
export const CANARY_PROMPT = 'canary-prompt-7f3a';
export const CANARY_KEY = 'canary-key-91bc';

export interface Stage {
  readonly gateway: Gateway;
  readonly board: Dashboard;
  /** What a route answers over loopback. */
  get(query?: string, init?: RequestInit): Promise<Response>;
}

/** A gateway whose provider `down` fails and echoes the prompt and the key, with a dashboard over it. */
export async function stage(config: Partial<GatewayConfig> = {}, options?: DashboardOptions): Promise<Stage> {
  const server = await upstream(answer);
  const gateway = gatewayOf({
    providers: Object.fromEntries(
      Object.entries(providersAt(server, 'one', 'down') ?? {}).map(([name, provider]) => [
        name,
        { ...provider, apiKey: CANARY_KEY },
      ]),
    ),
    models: { m: ['one/m'], pair: ['down/m', 'one/m'], lost: ['down/m'], free: ['one/free'] },
    prices: { 'one/m': { input: 100, output: 200 }, 'down/m': { input: 1, output: 2 } },
    budgets: [
      { name: 'teams', each: 'team', limit: { usd: 1 }, window: 'day' },
      { name: 'small', match: { team: 'poor' }, limit: { requests: 1 }, window: 'day' },
    ],
    unknownPrice: { input: 0, output: 0 },
    retry: { attemptsPerDeployment: 1 },
    ...config,
  });
  const board = dashboard(gateway, options);
  closeAfterTest(async () => board.close());
  return { gateway, board, get: (query = '', init) => board(new Request(`http://localhost/board${query}`, init)) };
}

/** A gateway if cache, guards, runs, a downgrade and changes by hand have each had a part, one call or two of each. */
export async function eventful(): Promise<Stage> {
  const guard = { on: 'input' as const, use: 'pattern' as const, deny: ['canary-prompt-[0-9a-f]*'] };
  const made = await stage({
    models: { m: ['one/m'], pair: ['down/m', 'one/m'], free: ['one/free'] },
    cache: { ttl: '1h', match: { team: 'kept' } },
    guards: [
      { ...guard, name: 'codewords', mode: 'block', match: { team: 'blocked' } },
      { ...guard, name: 'people', mode: 'redact', match: { team: 'redacted' } },
      { ...guard, name: 'watch', mode: 'flag', match: { team: 'flagged' } },
    ],
    budgets: [
      { name: 'teams', each: 'team', limit: { usd: 1 }, window: 'day' },
      {
        ...{ name: 'frugal', match: { team: 'frugal', model: 'm' }, limit: { requests: 1 }, window: 'day' },
        ...{ onExceed: 'downgrade', downgradeTo: 'free' },
      },
    ],
  });
  const { gateway } = made;
  for (const team of ['kept', 'kept', 'blocked', 'redacted', 'flagged', 'frugal', 'frugal']) await call(gateway, 'm', { team });
  await call(gateway, 'pair', { team: 'search' });
  const agent = gateway.for({ team: 'agents' }, { id: 'night-shift', maxCalls: 1 });
  for (let asked = 0; asked < 2; asked += 1) await call(agent, 'm', { team: 'agents' });
  const { control } = gateway;
  await control.raiseBudget('teams', { values: { team: 'search' }, by: { usd: 1 }, reason: 'the launch', actor: 'ada' });
  await control.resetBudget('teams', { values: { team: 'kept' }, reason: 'a test ran wild', actor: 'ben' });
  return made;
}

async function answer(exchange: FaultExchange): Promise<void> {
  const { path, body } = exchange.request;
  if (!path.startsWith('/down')) return exchange.answer(200, completion(`said ${body}`));
  return exchange.answer(503, { error: { message: `${body} ${CANARY_KEY} ${MARKUP}`, code: MARKUP, type: String(body) } });
}

export function call(gateway: Gateway, model: string, caller: Record<string, string> = {}): Promise<unknown> {
  const messages = [{ role: 'user' as const, content: CANARY_PROMPT }];
  return gateway
    .for(caller)
    .chat.completions.create({ model, messages, max_completion_tokens: 20 })
    .catch((error: unknown) => error);
}

/** The dashboard under a path of a server, as an app mounts it. Returns the origin. */
export async function served(board: Dashboard): Promise<string> {
  const server = createServer((request, response) => void pass(board, request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closeAfterTest(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function pass(board: Dashboard, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const gone = new AbortController();
  response.on('close', () => gone.abort());
  const hasBody = request.method !== 'GET' && request.method !== 'HEAD';
  const { status, headers, body } = await board(
    new Request(`http://${request.headers.host}${request.url}`, {
      method: request.method ?? 'GET',
      headers: Object.entries(request.headers).map(([name, value]) => [name, String(value)] as [string, string]),
      signal: gone.signal,
      ...(hasBody && { body: Readable.toWeb(request) as ReadableStream, duplex: 'half' }),
    }),
    request,
  );
  response.writeHead(status, Object.fromEntries(headers));
  if (body === null) response.end();
  else
    Readable.fromWeb(body as never)
      .on('error', () => response.destroy())
      .pipe(response);
}
