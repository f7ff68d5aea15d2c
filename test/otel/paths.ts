import { Gateway, type GatewayConfig, type Store } from 'tollgate';
import { MemoryStore } from '../../src/stores/memory.ts';
import { closeAfterTest, messages, providersAt, until, upstream } from '../public/harness.ts';
import { chunk, completion, streamText } from '../support/chat-upstream.ts';
import type { FaultExchange } from '../support/fault-server.ts';
import { settlePromises, TestClock } from '../support/test-clock.ts';

/** What a path does with its gateway; `arrived` resolves when so many requests have reached the upstream. */
interface Scene {
  readonly gateway: Gateway;
  readonly clock: TestClock;
  arrived(requests: number): Promise<void>;
}

export interface Path {
  /** What the upstream does with its requests, in their order; the last one for all further. */
  readonly upstream?: readonly ((exchange: FaultExchange) => unknown)[];
  readonly config?: Partial<GatewayConfig>;
  /** What went before; nobody is told of it. */
  before?(scene: Scene): Promise<unknown>;
  run(scene: Scene): Promise<unknown>;
}

const answers = (exchange: FaultExchange) => exchange.answer(200, completion('hello'));
const streams = (exchange: FaultExchange) => streamText(exchange, 'Hel', 'lo');
const fails = (status: number) => (exchange: FaultExchange) =>
  exchange.answer(status, { error: { message: 'no', type: 'server_error', code: null, param: null } });
const hangs = ({ closed }: FaultExchange) => closed;
const breaks = async (exchange: FaultExchange) => {
  await exchange.sseHead();
  await exchange.sse(chunk({ role: 'assistant', content: 'Hel' }));
  exchange.reset();
};
const stalls = async (exchange: FaultExchange) => {
  await exchange.sseHead();
  await exchange.sse(chunk({ role: 'assistant', content: 'Hel' }));
  await exchange.closed;
};

const whole = ({ gateway }: Pick<Scene, 'gateway'>, more: object = {}, options: object = {}): Promise<unknown> =>
  gateway.chat.completions.create({ model: 'm', messages, ...more }, options).then(undefined, () => undefined);

const open = ({ gateway }: Pick<Scene, 'gateway'>, options: object = {}) =>
  gateway.chat.completions.create({ model: 'm', messages, stream: true }, options);

async function readAll(scene: Scene, model = 'm'): Promise<void> {
  try {
    const stream = await scene.gateway.chat.completions.create({ model, messages, stream: true });
    for await (const _ of stream);
  } catch {
    // What a path comes to is seen by whom it is told.
  }
}

/** Lets time pass until a call has ended. */
async function elapse({ clock }: Scene, call: Promise<unknown>): Promise<void> {
  let ended = false;
  call.finally(() => {
    ended = true;
  });
  while (!ended) {
    clock.advance(1);
    await settlePromises();
  }
}

/** A store that cannot be reached. */
function awayStore(): Store {
  const store = new MemoryStore();
  store.reserve = () => {
    throw new Error('away');
  };
  return store;
}

const pair = { m: ['one/m', 'two/m'] };

const cache = { ttl: '1h', scope: 'shared' } as const;

const byMeaning: Partial<GatewayConfig> = {
  models: { m: ['one/m'], embed: ['one/embed'] },
  prices: { 'one/m': { input: 1, output: 2 }, 'one/embed': { input: 1, output: 0 } },
  cache: { ...cache, mode: 'semantic', semantic: { model: 'embed' } },
};
const embedsOrAnswers = (exchange: FaultExchange) => (exchange.request.path.endsWith('/embeddings') ? embeds : answers)(exchange);
const embeds = (exchange: FaultExchange) =>
  exchange.answer(200, {
    object: 'list',
    model: 'embed',
    data: [{ object: 'embedding', index: 0, embedding: [1, 0] }],
    usage: { prompt_tokens: 2, total_tokens: 2 },
  });

const asks = (scene: Scene, content: string) => whole(scene, { messages: [{ role: 'user', content }] });

/** The upstream says `hello`, as does the caller. */
const guard = (on: 'input' | 'output', mode: 'block' | 'redact' | 'flag', match = {}): Partial<GatewayConfig> => ({
  guards: [{ name: 'words', on, mode, match, use: 'pattern', deny: [{ text: 'hello', kind: 'greeting', ignoreCase: true }] }],
});

/** Every path that a call can take, by the name that it has in the table of the docs. */
export const PATHS: Readonly<Record<string, Path>> = {
  'answered whole': { run: whole },
  'answered as a stream': { upstream: [streams], run: readAll },
  'answered after a retry': {
    upstream: [fails(500), answers],
    run: (scene) => elapse(scene, whole(scene)),
  },
  'answered after a failover': { upstream: [fails(500), answers], config: { models: pair }, run: whole },
  'answered after a cooldown': {
    upstream: [fails(401), answers],
    config: { models: pair },
    run: whole,
  },
  'answered by a hedge': {
    upstream: [hangs, answers],
    config: { models: { m: { deployments: ['one/m', 'two/m'], hedge: { afterMs: 10 } } } },
    run: async (scene) => {
      const call = whole(scene);
      await scene.arrived(1);
      scene.clock.advance(10);
      await call;
    },
  },
  'answered after a queue': {
    config: { models: { m: { deployments: [{ provider: 'one', model: 'm', maxConcurrent: 1 }] } } },
    run: (scene) => Promise.all([whole(scene), whole(scene)]),
  },
  'denied: access': { config: { access: { default: 'deny' } }, run: whole },
  'denied: budget': { config: { budgets: [{ name: 'b', limit: { usd: 0 }, window: 'day' }] }, run: whole },
  'denied: rate': { config: { budgets: [{ name: 'b', limit: { requests: 0 }, window: 'minute' }] }, run: whole },
  'denied: no price': {
    config: { prices: {}, budgets: [{ name: 'b', limit: { usd: 1 }, window: 'day' }] },
    run: whole,
  },
  'denied: store': {
    config: { store: awayStore(), budgets: [{ name: 'b', limit: { usd: 1 }, window: 'day' }] },
    run: whole,
  },
  'denied: virtual key': {
    config: { access: { keys: [{ id: 'k', hash: `sha256:${'0'.repeat(64)}`, caller: { team: 't' } }] } },
    run: ({ gateway }) =>
      gateway.handler('http://gateway.test/v1/chat/completions', {
        method: 'POST',
        headers: { authorization: 'Bearer tg-wrong', 'content-type': 'application/json' },
        body: JSON.stringify({ model: 'm', messages }),
      }),
  },
  'refused: unknown model': { run: (scene) => whole(scene, { model: 'nobody-knows' }) },
  'failed: bad request': { upstream: [fails(400)], run: whole },
  'failed: every deployment': {
    upstream: [fails(500)],
    config: { models: pair, retry: { maxAttempts: 2 } },
    run: whole,
  },
  'failed: deadline': {
    upstream: [hangs],
    config: { retry: { maxAttempts: 1 } },
    run: async (scene) => {
      const call = whole(scene, {}, { timeout: 50 });
      await scene.arrived(1);
      scene.clock.advance(50);
      await call;
    },
  },
  'aborted before it began': { run: (scene) => whole(scene, {}, { signal: AbortSignal.abort() }) },
  'aborted in a queue': {
    upstream: [hangs],
    config: { models: { m: { deployments: [{ provider: 'one', model: 'm', maxConcurrent: 1 }] } } },
    run: async (scene) => {
      const [first, second] = [new AbortController(), new AbortController()];
      const calls = [whole(scene, {}, { signal: first.signal }), whole(scene, {}, { signal: second.signal })];
      await scene.arrived(1);
      second.abort();
      await calls[1];
      first.abort();
      await calls[0];
    },
  },
  'aborted in an attempt': {
    upstream: [hangs],
    run: async (scene) => {
      const abort = new AbortController();
      const call = whole(scene, {}, { signal: abort.signal });
      await scene.arrived(1);
      abort.abort();
      await call;
    },
  },
  'aborted between attempts': {
    upstream: [fails(500)],
    run: async (scene) => {
      const abort = new AbortController();
      const call = whole(scene, {}, { signal: abort.signal });
      const ended: unknown[] = [];
      scene.gateway.on('attempt.end', (event) => ended.push(event));
      await until(() => ended.length > 0);
      abort.abort();
      await call;
    },
  },
  'aborted in a stream': {
    upstream: [stalls],
    run: async (scene) => {
      const abort = new AbortController();
      const stream = await open(scene, { signal: abort.signal });
      const items = stream[Symbol.asyncIterator]();
      await items.next();
      abort.abort();
      await items.next().catch(() => undefined);
    },
  },
  'interrupted stream': { upstream: [breaks], run: readAll },
  'stream continued elsewhere': {
    upstream: [breaks, streams],
    config: { models: { m: { deployments: ['one/m', 'two/m'], stream: { onInterrupt: 'continue' } } } },
    run: readAll,
  },
  'abandoned stream': {
    upstream: [stalls],
    run: async (scene) => {
      for await (const _ of await open(scene)) break;
    },
  },
  'stream never read': {
    upstream: [stalls],
    run: async (scene) => {
      await open(scene);
      scene.clock.advance(300_000);
    },
  },
  'cached: asked for the first time': { config: { cache }, run: whole },
  'cached: asked before': { config: { cache }, before: whole, run: whole },
  'cached: asked before, as a stream': { config: { cache }, before: whole, run: readAll },
  'cached: put in other words': {
    upstream: [embedsOrAnswers],
    config: byMeaning,
    before: (scene) => asks(scene, 'What is the capital of France?'),
    run: (scene) => asks(scene, "what's the capital of france"),
  },
  'cached: under way for another': { config: { cache }, run: (scene) => Promise.all([whole(scene), whole(scene)]) },
  'cached, and blocked on the way out': {
    config: { cache, ...guard('output', 'block', { user: 'watched' }) },
    before: whole,
    run: ({ gateway }) => whole({ gateway: gateway.for({ user: 'watched' }) }),
  },
  'guarded: blocked on the way in': { config: guard('input', 'block'), run: whole },
  'guarded: redacted on the way in': { config: guard('input', 'redact'), run: whole },
  'guarded: blocked on the way out': { config: guard('output', 'block'), run: whole },
  'guarded: blocked in a stream': { upstream: [streams], config: guard('output', 'block'), run: readAll },
  'guarded: redacted on the way out': { config: guard('output', 'redact'), run: whole },
  'guarded: flagged': { config: guard('output', 'flag'), run: whole },
  'in a run': { run: ({ gateway }) => gateway.run({ team: 't' }, () => whole({ gateway }), { maxCalls: 2 }) },
  'denied: limit of a run': {
    run: ({ gateway }) =>
      gateway.run(
        { team: 't' },
        async () => {
          await whole({ gateway });
          await whole({ gateway });
        },
        { maxCalls: 1 },
      ),
  },
};

/** Walks a path; `watch` is called with the gateway before anything happens. */
export async function walk(path: Path, watch: (gateway: Gateway) => void): Promise<void> {
  const script = path.upstream ?? [answers];
  const server = await upstream((exchange) => (script[exchange.index] ?? script.at(-1) ?? answers)(exchange));
  const clock = new TestClock();
  const gateway = new Gateway({
    providers: providersAt(server, 'one', 'two'),
    models: { m: ['one/m'] },
    prices: { 'one/m': { input: 1, output: 2 }, 'two/m': { input: 1, output: 2 } },
    clock,
    random: () => 0.5,
    ...path.config,
  } as GatewayConfig);
  closeAfterTest(() => gateway.close({ deadlineMs: 0 }));
  const scene = { gateway, clock, arrived: (requests: number) => until(() => server.requests.length >= requests) };
  await path.before?.(scene);
  await settlePromises();
  watch(gateway);
  await path.run(scene);
  await settlePromises();
  await settlePromises();
}
