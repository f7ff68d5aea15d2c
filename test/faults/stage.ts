import { Gateway, type GatewayConfig, type ProviderMiddleware, routeOf } from 'tollgate';
import { type Script, type ScriptedProvider, scriptedProvider, TestClock } from 'tollgate/testing';

/** A gateway over scripted providers `a`, `b`, …, each with one deployment `m`, on a clock that stands still. */
export interface Stage {
  readonly gateway: Gateway;
  readonly clock: TestClock;
  readonly providers: Readonly<Record<string, ScriptedProvider>>;
  /** Everything reported, in its order. */
  readonly events: StageEvent[];
  /** The deployments' providers as they were asked, in their order. */
  readonly asked: string[];
  reserved(): Promise<number | undefined>;
  spent(): Promise<Record<string, number> | undefined>;
}

export interface StageEvent {
  readonly type: string;
  readonly deployment?: string;
  readonly outcome?: string;
  readonly afterMs?: number;
  readonly failure?: { readonly kind: string };
}

const REPORTED = [
  'request.end',
  'attempt.start',
  'attempt.end',
  'retry',
  'failover',
  'cooldown.start',
  'stream.commit',
  'stream.interrupt',
] as const;

interface StageOptions {
  /** Of the model `m`. */
  readonly model?: object;
  /** Of each deployment, by its provider. */
  readonly deployments?: Readonly<Record<string, object>>;
  /** Providers that the model `m` leaves out, for other models. */
  readonly elsewhere?: readonly string[];
  readonly accounts?: Readonly<Record<string, object>>;
  readonly config?: Partial<GatewayConfig>;
  /** Between 0 and 1, for every draw; default 0.5. */
  readonly luck?: number;
}

export function openStage(scripts: Readonly<Record<string, Script>>, options: StageOptions = {}): Stage {
  const { model, deployments = {}, elsewhere = [], accounts = {}, config, luck = 0.5 } = options;
  const clock = new TestClock();
  const asked: string[] = [];
  const names = Object.keys(scripts);
  const providers: Record<string, ScriptedProvider> = Object.fromEntries(
    Object.entries(scripts).map(([name, script]) => [name, scriptedProvider(name, script)]),
  );
  const noted =
    (name: string): ProviderMiddleware =>
    (request, context, next) => {
      asked.push(name);
      return next(request, context);
    };
  const gateway = new Gateway({
    providers: Object.fromEntries(
      Object.entries(providers).map(([name, provider]) => [name, { provider, middleware: [noted(name)], ...accounts[name] }]),
    ),
    budgets: [{ name: 'all', limit: { requests: 100_000, tokens: 1_000_000_000 }, window: 'lifetime' }],
    clock,
    random: () => luck,
    ...config,
    models: {
      m: {
        deployments: names
          .filter((name) => !elsewhere.includes(name))
          .map((name) => ({ provider: name, model: 'm', ...deployments[name] })),
        ...model,
      },
      ...config?.models,
    },
  });
  const events: StageEvent[] = [];
  for (const type of REPORTED) gateway.on(type, (event) => void events.push(event as StageEvent));
  const balance = async () => (await gateway.control.budgets())[0];
  return {
    gateway,
    clock,
    providers,
    events,
    asked,
    reserved: async () => (await balance())?.reserved.tokens,
    spent: async () => (await balance())?.spent,
  };
}

const messages = [{ role: 'user' as const, content: 'hello' }];

/** The text of the answer, or the error that was thrown. */
export async function ask({ gateway }: Stage, params: object = {}, options: object = {}): Promise<unknown> {
  try {
    const answer = await gateway.chat.completions.create({ model: 'm', messages, ...params, stream: false }, options);
    return answer.choices[0]?.message.content;
  } catch (error) {
    return error;
  }
}

export interface Reading {
  readonly text: string;
  readonly items: readonly { readonly id: string; readonly model: string; readonly tollgate?: unknown }[];
  readonly error: unknown;
  readonly route: ReturnType<typeof routeOf>;
}

/** Everything a stream gives. */
export async function read({ gateway }: Stage, params: object = {}, options: object = {}): Promise<Reading> {
  const items: { id: string; model: string; tollgate?: unknown }[] = [];
  let text = '';
  let stream: unknown;
  try {
    const opened = await gateway.chat.completions.create({ model: 'm', messages, ...params, stream: true }, options);
    stream = opened;
    for await (const item of opened) {
      items.push(item);
      if ('tollgate' in item) text = '';
      text += item.choices[0]?.delta.content ?? '';
    }
    return { text, items, error: undefined, route: routeOf(stream) };
  } catch (error) {
    return { text, items, error, route: routeOf(stream ?? error) };
  }
}

export function kindsOf(result: unknown): unknown {
  return (result as { attempts?: { deployment: string; failure?: { kind: string } }[] }).attempts?.map(
    ({ deployment, failure }) => [deployment, failure?.kind],
  );
}
