import { assertHasMethods, assertIsObject, OF_A_GATEWAY, unexpected } from '../core/assert-argument.ts';
import { type ClockOption, toClock } from '../core/clock.ts';
import type { Gateway } from '../gateway.ts';
import { readFilter } from './call-filter.ts';
import { EventStream } from './event-stream.ts';
import { assertNonce, contentSecurityPolicy, html } from './html.ts';
import { isOverLoopback } from './loopback.ts';
import { Observer } from './observer.ts';
import { planTyped } from './plan-typed.ts';
import { usageAsCsv } from './usage-as-csv.ts';

/** Who may see the page, and how it is served. */
export interface DashboardOptions {
  /**
   * Whether a request may see the dashboard; asked for each one, the page's files and the stream of events included. `false`, or
   * an error, is answered with 401; a `Response` is answered as it is (a redirection to a sign-in, a challenge). Default: only
   * requests over loopback are served.
   */
  readonly authorize?: ((request: Request) => boolean | Response | Promise<boolean | Response>) | undefined;
  /** Nonce of the app's own content security policy for this request, in base64. Default: none; the page needs `'self'` only. */
  readonly nonce?: ((request: Request) => string) | undefined;
  /** Default: the system's. */
  readonly clock?: ClockOption | undefined;
}

/**
 * A fetch-shaped handler to mount under any path; server adapters may pass what they know of the connection as the second
 * argument. Never rejects.
 */
export interface Dashboard {
  (request: Request, context?: unknown): Promise<Response>;
  /** Stops listening to the gateway, and ends the streams of who watches. */
  close(): void;
}

/**
 * A page that shows what a gateway does: budgets, cooldowns, failovers, spending, calls and their attempts, live. Read only; no
 * prompt, output or key is ever held or shown. It remembers what happened since it was made, in bounded memory. Throws `TypeError`
 * for anything but a gateway and options.
 */
export function dashboard(gateway: Gateway, options: DashboardOptions = {}): Dashboard {
  assertHasMethods(gateway, OF_A_GATEWAY, 'dashboard', 'a Gateway');
  assertIsObject(options, 'dashboard', 'options: { authorize?, nonce?, clock? }');
  for (const name of ['authorize', 'nonce'] as const) {
    const option: unknown = options[name];
    if (option !== undefined && typeof option !== 'function') throw unexpected(option, `dashboard: ${name}`, 'a function');
  }
  const clock = toClock(options.clock);
  const observer = new Observer(gateway, clock);
  const stream = new EventStream(observer, clock);
  const views = { gateway, observer, stream, options };
  const handler = async (request: Request, context?: unknown): Promise<Response> => {
    try {
      return (await refusal(request, context, options)) ?? (await answer(request, views));
    } catch {
      return text(500, 'The dashboard could not answer.');
    }
  };
  return Object.assign(handler, {
    close() {
      observer.close();
      stream.close();
    },
  });
}

interface Views {
  readonly gateway: Gateway;
  readonly observer: Observer;
  readonly stream: EventStream;
  readonly options: DashboardOptions;
}

async function refusal(request: Request, context: unknown, { authorize }: DashboardOptions): Promise<Response | undefined> {
  if (authorize === undefined) {
    if (isOverLoopback(request, context)) return undefined;
    return text(401, 'Without `authorize` the dashboard is served over loopback only: dashboard(gateway, { authorize }).');
  }
  try {
    const verdict = await authorize(request);
    if (verdict === true) return undefined;
    if (verdict instanceof Response) return verdict;
  } catch {
    // Whoever can't be told apart is not let in.
  }
  return text(401, 'Not authorised.');
}

const READING = new Set(['GET', 'HEAD']);

async function answer(request: Request, views: Views): Promise<Response> {
  const { searchParams } = new URL(request.url);
  const file = searchParams.get('file');
  const isPlan = file === 'plan';
  if (!(isPlan ? request.method === 'POST' : READING.has(request.method)))
    return text(405, 'Not allowed.', { allow: isPlan ? 'POST' : 'GET, HEAD' });
  const response = await fileAsked(file, searchParams, request, views);
  if (request.method !== 'HEAD') return response;
  await response.body?.cancel();
  return new Response(null, response);
}

async function fileAsked(file: string | null, query: URLSearchParams, request: Request, views: Views): Promise<Response> {
  const { gateway, observer, stream, options } = views;
  switch (file) {
    case null:
      return page(options.nonce && assertNonce(options.nonce(request)));
    case 'script':
      return respond(200, (await import('./page-files.ts')).script, { 'content-type': 'text/javascript; charset=utf-8' });
    case 'styles':
      return respond(200, (await import('./page-files.ts')).styles, { 'content-type': 'text/css; charset=utf-8' });
    case 'events':
      if (!stream.isOpen) return text(503, 'Too many watch already, or the dashboard is closed.');
      return respond(200, stream.open(request.signal), EVENTS);
    case 'state':
      return json(200, await observer.state());
    case 'calls':
      return json(200, observer.calls(readFilter(query), 200));
    case 'call': {
      const id = query.get('id') ?? '';
      const call = observer.call(id);
      if (call !== undefined) return json(200, call);
      return observer.isUnderWay(id) ? json(200, null) : text(404, 'No such call is remembered.');
    }
    case 'usage': {
      const csv = await usageAsCsv(gateway, query);
      if (csv === undefined) return text(400, 'since and until: expected milliseconds since the epoch, the earlier one first');
      return respond(200, csv, {
        'content-type': 'text/csv; charset=utf-8',
        'content-disposition': 'attachment; filename="usage.csv"',
      });
    }
    case 'plan': {
      const planned = await planTyped(gateway, request);
      return json(planned.status, planned.body);
    }
    default:
      return text(404, 'No such file.');
  }
}

function page(nonce: string | undefined): Response {
  return respond(200, html(nonce), {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': contentSecurityPolicy(nonce),
  });
}

// `x-accel-buffering` asks nginx to hand each event on as it comes.
const EVENTS = { 'content-type': 'text/event-stream; charset=utf-8', 'x-accel-buffering': 'no' };

const ALWAYS = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
};

function json(status: number, body: unknown): Response {
  return respond(status, JSON.stringify(body), { 'content-type': 'application/json; charset=utf-8' });
}

function text(status: number, words: string, headers: Record<string, string> = {}): Response {
  return respond(status, words, { 'content-type': 'text/plain; charset=utf-8', ...headers });
}

function respond(status: number, body: string | ReadableStream<Uint8Array>, headers: Record<string, string>): Response {
  return new Response(body, { status, headers: { ...ALWAYS, ...headers } });
}
