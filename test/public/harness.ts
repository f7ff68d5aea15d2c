import { type Failure, Gateway, type GatewayConfig, type Provider, type UpstreamReply, type UpstreamRequest } from 'tollgate';
import { afterEach } from 'vitest';
import { completion } from '../support/chat-upstream.ts';
import { type FaultExchange, type FaultServer, startFaultServer } from '../support/fault-server.ts';
import { settlePromises } from '../support/test-clock.ts';

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** Runs after the test. */
export function closeAfterTest(close: () => Promise<unknown>): void {
  closers.push(close);
}

export const messages = [{ role: 'user' as const, content: 'hello' }];

/** An upstream on loopback; by default every request is answered with the path and model that it had. */
export async function upstream(script: (exchange: FaultExchange) => unknown = echo): Promise<FaultServer> {
  const server = await startFaultServer(async (exchange) => void (await script(exchange)));
  closeAfterTest(() => server.close());
  return server;
}

export function echo(exchange: FaultExchange): Promise<void> {
  return exchange.answer(200, completion(`${exchange.request.path} ${bodyOf(exchange).model}`));
}

export function bodyOf({ request }: Pick<FaultExchange, 'request'>): Record<string, unknown> {
  return request.body.length === 0 ? {} : (JSON.parse(String(request.body)) as Record<string, unknown>);
}

/** Bodies in the order they arrived. */
export function bodies(server: FaultServer): Record<string, unknown>[] {
  return server.requests.map((request) => bodyOf({ request }));
}

/** Providers of the OpenAI wire at paths of one server, by their names. */
export function providersAt(server: Pick<FaultServer, 'origin'>, ...names: string[]): GatewayConfig['providers'] {
  return Object.fromEntries(
    names.map((name) => [name, { type: 'openai-compatible', apiKey: `key-of-${name}`, baseURL: `${server.origin}/${name}/v1` }]),
  );
}

export function gatewayOf(config: GatewayConfig | string): Gateway {
  const gateway = new Gateway(config);
  closeAfterTest(() => gateway.close({ deadlineMs: 0 }));
  return gateway;
}

/** Waits, turn by turn of the event loop, until something is so; the test's time limit ends it. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await settlePromises();
}

/** What a promise rejects with. */
export function failureOf(promise: PromiseLike<unknown>): Promise<unknown> {
  return Promise.resolve(promise).then(
    () => {
      throw new Error('expected a rejection');
    },
    (error: unknown) => error,
  );
}

/** Text of one chat completion; `model` as the caller names it. */
export async function ask(
  gateway: Gateway,
  model: string,
  more: Record<string, unknown> = {},
): Promise<string | null | undefined> {
  const answer = await gateway.chat.completions.create({ model, messages, ...more });
  return answer.choices[0]?.message.content;
}

/** Thrown by a script of `recordingProvider`; it is the failure itself. */
export class Failing extends Error {
  readonly failure: Failure;

  constructor(failure: Partial<Failure> = {}) {
    super('scripted');
    this.failure = {
      kind: 'overloaded',
      code: 'overloaded',
      message: 'scripted',
      status: 503,
      reachedProvider: true,
      ...failure,
    };
  }
}

export interface RecordingProvider extends Provider {
  readonly requests: UpstreamRequest[];
}

/** A provider of the user's own that notes every request; `script` gives the body of the answer or throws `Failing`. */
export function recordingProvider(
  name: string,
  script: (request: UpstreamRequest) => unknown = ({ upstreamModel }) => completion(`${name}/${upstreamModel}`),
  more: Partial<Provider> = {},
): RecordingProvider {
  const requests: UpstreamRequest[] = [];
  return {
    name,
    vendor: 'custom',
    requests,
    supports: () => true,
    capabilities: () => ({}),
    unsupported: () => [],
    async send(request): Promise<UpstreamReply> {
      requests.push(request);
      return { kind: 'object', status: 200, headers: {}, body: await script(request) };
    },
    classify: (error) =>
      error instanceof Failing
        ? error.failure
        : { kind: 'transient', code: 'other', message: String(error), reachedProvider: true },
    ...more,
  };
}
