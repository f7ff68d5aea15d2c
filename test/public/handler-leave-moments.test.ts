import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Gateway, GatewayConfig } from 'tollgate';
import { describe, expect, it } from 'vitest';
import { chunk } from '../support/chat-upstream.ts';
import type { FaultExchange } from '../support/fault-server.ts';
import { settlePromises } from '../support/test-clock.ts';
import { gatewayOf, messages, providersAt, until, upstream } from './harness.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Where a call is when its client leaves. */
interface Moment {
  readonly config?: Partial<GatewayConfig>;
  /** Below `/v1`; a chat if left out. */
  readonly path?: string;
  readonly init: () => RequestInit;
  /** What the upstream does, which never ends an exchange; by default nothing. */
  readonly answer?: (exchange: FaultExchange) => unknown;
  /** Resolves once so many calls have come there. */
  readonly reached: (seen: Seen, calls: number) => Promise<unknown>;
}

interface Seen {
  readonly requests: readonly unknown[];
  readonly events: readonly string[];
  readonly responses: readonly Response[];
}

const fast = (more: object = {}) => ({ fast: [{ provider: 'one', model: 'm', price: { input: 1, output: 2 }, ...more }] });
const json = (more: object = {}) => ({ method: 'POST', body: JSON.stringify({ model: 'fast', messages, ...more }) });
const responses = (more: object = {}) => ({ method: 'POST', body: JSON.stringify({ model: 'fast', input: 'hello', ...more }) });

/** A body of which no more comes, and which nobody feeds. */
function broken(start: string, type: string): RequestInit {
  const body = new ReadableStream({
    start: (controller) => controller.enqueue(Buffer.from(start)),
    pull: () => new Promise(() => {}),
  });
  return { method: 'POST', body, duplex: 'half', headers: { 'content-type': type } };
}

const FORM_START = ['--b', 'content-disposition: form-data; name="file"; filename="a.wav"', '', 'x'].join('\r\n');

const asked = ({ requests }: Seen, calls: number) => until(() => requests.length === calls);
const answered = ({ responses }: Seen, calls: number) => until(() => responses.length === calls);
/** Of one call at least: the other may wait for the same. */
const told = (event: (typeof TOLD)[number]) => (seen: Seen) => until(() => seen.events.includes(event));
/** Nothing tells of a body that is read: some turns of the event loop go by. */
const reading = async () => {
  for (let turn = 0; turn < 5; turn += 1) await settlePromises();
};

const MOMENTS: Readonly<Record<string, Moment>> = {
  'its body is read': { init: () => broken('{"model":', 'application/json'), reached: reading },
  'its upload is read': {
    path: 'audio/transcriptions',
    init: () => broken(FORM_START, 'multipart/form-data; boundary=b'),
    reached: reading,
  },
  'a whole answer is waited for': { init: json, reached: asked },
  'the head of a stream is waited for': { init: () => json({ stream: true }), reached: asked },
  'a whole answer has begun': {
    init: json,
    answer: (exchange) => exchange.head(200, { 'content-type': 'application/json' }).then(() => exchange.write('{"id":')),
    reached: asked,
  },
  'a stream has said nothing yet': {
    init: () => json({ stream: true }),
    answer: (exchange) => exchange.sseHead().then(() => exchange.sse(chunk({ role: 'assistant' }))),
    reached: asked,
  },
  'an answer of the Responses API is waited for': { path: 'responses', init: responses, reached: asked },
  'a stream of the Responses API is read': {
    path: 'responses',
    config: { models: { fast: ['bridged/m'] } },
    init: () => responses({ stream: true }),
    answer: (exchange) => exchange.sseHead().then(() => exchange.sse(chunk({ role: 'assistant', content: 'a' }))),
    reached: answered,
  },
  'a stream is read': {
    init: () => json({ stream: true }),
    answer: (exchange) => exchange.sseHead().then(() => exchange.sse(chunk({ role: 'assistant', content: 'a' }))),
    reached: answered,
  },
  'the bytes of a file are read': {
    path: 'files/file-1/content',
    init: () => ({ method: 'GET', headers: { 'x-tollgate-provider': 'one' } }),
    answer: (exchange) => exchange.head(200, { 'content-type': 'application/octet-stream' }).then(() => exchange.write('a')),
    reached: answered,
  },
  'what is handed through is waited for': {
    path: 'files/file-1',
    init: () => ({ method: 'GET', headers: { 'x-tollgate-provider': 'one' } }),
    reached: asked,
  },
  'it waits for another attempt': {
    config: { models: fast() },
    init: json,
    answer: async (exchange) => {
      await exchange.answer(429, { error: { message: 'later' } }, { 'retry-after': '20' });
      exchange.end();
    },
    reached: told('attempt.end'),
  },
  'it waits for a place': {
    config: { models: fast({ maxConcurrent: 1, queue: { maxWaitMs: 60_000 } }) },
    init: json,
    reached: told('queue.enter'),
  },
  'it waits for the same call of another': {
    config: { cache: { ttl: 60_000 } },
    init: json,
    reached: (seen) => asked(seen, 1),
  },
};

const TOLD = ['request.start', 'request.end', 'attempt.end', 'queue.enter'] as const;

type HandlerArguments = Parameters<Gateway['handler']>;

/** How the handler is given a request whose signal nobody else keeps. */
const FORMS: readonly ((url: string, init: RequestInit) => HandlerArguments)[] = [
  (url, init) => [url, init],
  (url, init) => [new Request(url, init)],
];

describe.each(Object.entries(MOMENTS))('a client that leaves while %s', (_name, moment) => {
  it('ends its call, whichever way the handler was given it', async () => {
    const server = await upstream((exchange) => moment.answer?.(exchange));
    const bridged = { type: 'moonshot', apiKey: 'k', baseURL: `${server.origin}/v1` };
    const gateway = gatewayOf({
      providers: { ...providersAt(server, 'one'), bridged },
      models: fast(),
      budgets: [{ name: 'all', limit: { usd: 100 }, window: 'day' }],
      ...moment.config,
    });
    const seen = { requests: server.requests, events: [] as string[], responses: [] as Response[] };
    for (const name of TOLD) gateway.on(name, ({ type }) => seen.events.push(type));
    const clients = FORMS.map(() => new AbortController());
    for (const [place, argumentsFor] of FORMS.entries()) {
      const init = { ...moment.init(), signal: (clients[place] as AbortController).signal };
      // Nobody reads it: a reader would keep all that it reads from.
      void gateway.handler(...argumentsFor(`http://x/v1/${moment.path ?? 'chat/completions'}`, init)).then((response) => {
        seen.responses.push(response);
      });
    }
    await moment.reached(seen, FORMS.length);
    await collectOften();
    for (const client of clients) client.abort();
    const count = (name: string) => seen.events.filter((event) => event === name).length;
    await until(() => seen.responses.length === FORMS.length && count('request.end') === count('request.start'));
    expect(await gateway.control.budgets()).toMatchObject([{ spent: { usd: expect.any(Number) }, reserved: { usd: 0 } }]);
    await server.quiet();
  });
});

async function collectOften(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) {
    collectGarbage();
    await settlePromises();
  }
}
