import type { APIError } from 'openai';
import { type BudgetBalance, Gateway, type GatewayConfig, type Route, routeOf } from 'tollgate';
import { completion, streamText } from '../support/chat-upstream.ts';
import { type FaultExchange, type FaultServer, startFaultServer } from '../support/fault-server.ts';

export type Script = (exchange: FaultExchange) => void | Promise<void>;

export const FALLBACK_TEXT = 'from the second';

/** Answers as the healthy second deployment does. */
export async function healthy(exchange: FaultExchange): Promise<void> {
  const { stream } = JSON.parse(exchange.request.body.toString()) as { stream?: boolean };
  if (stream) await streamText(exchange, 'from ', 'the ', 'second');
  else await exchange.answer(200, completion(FALLBACK_TEXT));
}

/** A gateway over one fault server: `first/m` does what a case says, `second/m` is healthy unless the case says otherwise. */
export interface House {
  readonly gateway: Gateway;
  readonly server: FaultServer;
  /** Exchanges of each deployment, in their order. */
  readonly exchanges: { readonly first: FaultExchange[]; readonly second: FaultExchange[] };
  readonly events: { readonly type: string; readonly attempt?: number }[];
  balance(): Promise<BudgetBalance | undefined>;
  close(): Promise<void>;
}

export interface HouseOptions {
  readonly first: Script;
  readonly second?: Script | undefined;
  /** Without the second deployment. */
  readonly alone?: boolean | undefined;
  readonly config?: Partial<GatewayConfig> | undefined;
  /** Of the first and second provider. */
  readonly provider?: Record<string, unknown> | undefined;
  /** Of the model `m`. */
  readonly model?: Record<string, unknown> | undefined;
  readonly firstDeployment?: Record<string, unknown> | undefined;
  readonly secondDeployment?: Record<string, unknown> | undefined;
  readonly baseURL?: ((origin: string) => string) | undefined;
}

const RECORDED = [
  'request.start',
  'attempt.start',
  'attempt.end',
  'retry',
  'failover',
  'cooldown.start',
  'stream.commit',
  'stream.interrupt',
  'request.end',
] as const;

export async function openHouse(options: HouseOptions): Promise<House> {
  const exchanges: House['exchanges'] = { first: [], second: [] };
  const server = await startFaultServer((exchange) => {
    const isFirst = exchange.request.path.startsWith('/first');
    exchanges[isFirst ? 'first' : 'second'].push(exchange);
    return isFirst ? options.first(exchange) : (options.second ?? healthy)(exchange);
  });
  const gateway = new Gateway(configOf(server.origin, options));
  const events: { type: string; attempt?: number }[] = [];
  for (const type of RECORDED) gateway.on(type, (event) => void events.push(event));
  return {
    gateway,
    server,
    exchanges,
    events,
    balance: async () => (await gateway.control.budgets())[0],
    async close() {
      await gateway.close({ deadlineMs: 0 });
      await server.close();
    },
  };
}

function configOf(origin: string, options: HouseOptions): GatewayConfig {
  const { alone, config, provider, model, firstDeployment, secondDeployment, baseURL } = options;
  const price = { input: 1, output: 2 };
  const account = (name: string) => ({
    type: 'openai-compatible',
    apiKey: `sk-${name}-secret`,
    baseURL: `${origin}/${name}/v1`,
    ...provider,
  });
  const first = { provider: 'first', model: 'm', price, ...firstDeployment };
  const second = { provider: 'second', model: 'm', price, ...secondDeployment };
  return {
    providers: { first: { ...account('first'), ...(baseURL && { baseURL: baseURL(origin) }) }, second: account('second') },
    models: { m: { deployments: alone ? [first] : [first, second], ...model } },
    budgets: [{ name: 'all', limit: { requests: 10_000, tokens: 100_000_000, usd: 10_000 }, window: 'day' }],
    retry: { minDelayMs: 1, maxDelayMs: 2 },
    ...config,
  };
}

const messages = [{ role: 'user' as const, content: 'hello' }];

/** What a caller got, and how it came about. */
export interface Result {
  readonly text: string;
  readonly answer: unknown;
  readonly error: unknown;
  readonly route: Route | undefined;
}

/** Calls `m` and reads the answer to its end. */
export async function callOnce(house: House, stream: boolean, params: object = {}, options: object = {}): Promise<Result> {
  let text = '';
  let answer: unknown;
  try {
    if (!stream) {
      const whole = await house.gateway.chat.completions.create({ model: 'm', messages, ...params, stream: false }, options);
      return { text: whole.choices[0]?.message.content ?? '', answer: whole, error: undefined, route: routeOf(whole) };
    }
    const chunks = await house.gateway.chat.completions.create({ model: 'm', messages, ...params, stream: true }, options);
    answer = chunks;
    for await (const chunk of chunks) text += chunk.choices[0]?.delta.content ?? '';
    return { text, answer, error: undefined, route: routeOf(answer) };
  } catch (error) {
    return { text, answer, error, route: routeOf(answer ?? error) ?? routeOf(error) };
  }
}

export function errorFacts(error: unknown): Record<string, unknown> | undefined {
  if (error === undefined) return undefined;
  const { code, status, message } = error as APIError;
  return { name: (error as Error).constructor.name, code, status, message };
}
