import type { BudgetBalance, EventMap, Gateway, GatewayConfig } from 'tollgate';
import { gatewayOf, messages, upstream } from '../public/harness.ts';
import type { FaultExchange, FaultServer } from '../support/fault-server.ts';
import { TestClock } from '../support/test-clock.ts';
import { providersOf, type StreamWire } from './wires.ts';

/** A gateway with every wire at one loopback upstream, $1 in and $2 out per million tokens. */
export interface Stage {
  readonly gateway: Gateway;
  readonly clock: TestClock;
  readonly server: FaultServer;
  readonly attempts: EventMap['attempt.end'][];
  readonly cooldowns: EventMap['cooldown.start'][];
  balance(): Promise<BudgetBalance | undefined>;
}

export async function stageOf(
  wires: readonly Pick<StreamWire, 'type' | 'model'>[],
  script: (exchange: FaultExchange) => unknown,
  config: Partial<GatewayConfig> = {},
): Promise<Stage> {
  const server = await upstream(script);
  const clock = new TestClock();
  const gateway = gatewayOf({
    providers: providersOf(server.origin),
    prices: Object.fromEntries(wires.map(({ type, model }) => [`${type}/${model}`, { input: 1, output: 2 }])),
    budgets: [{ name: 'all', limit: { requests: 1_000_000, tokens: 1_000_000_000, usd: 100_000 }, window: 'day' }],
    retry: { attemptsPerDeployment: 1, maxAttempts: 1 },
    clock,
    random: () => 0.5,
    ...config,
  } as GatewayConfig);
  const attempts: EventMap['attempt.end'][] = [];
  const cooldowns: EventMap['cooldown.start'][] = [];
  gateway.on('attempt.end', (event) => attempts.push(event));
  gateway.on('cooldown.start', (event) => cooldowns.push(event));
  return { gateway, clock, server, attempts, cooldowns, balance: async () => (await gateway.control.budgets())[0] };
}

const tools = [{ type: 'function' as const, function: { name: 'look', parameters: { type: 'object', properties: {} } } }];

/** Opens a stream of a wire, by chat or by what else it speaks; `as` asks for it through another surface. */
export async function openStream(
  gateway: Gateway,
  { type, model: upstreamModel, operation }: Pick<StreamWire, 'type' | 'model' | 'operation'>,
  as: StreamWire['operation'] = operation,
): Promise<AsyncIterable<unknown>> {
  const model = `${type}/${upstreamModel}`;
  switch (as) {
    case 'chat':
      return gateway.chat.completions.create({ model, messages, tools, stream: true, stream_options: { include_usage: true } });
    case 'completions':
      return gateway.completions.create({ model, prompt: 'hello', stream: true, stream_options: { include_usage: true } });
    case 'responses':
      return gateway.responses.create({
        model,
        input: 'hello',
        tools: [{ type: 'function', name: 'look', parameters: {}, strict: false }],
        stream: true,
      });
  }
}

export async function readAll(stream: AsyncIterable<unknown>): Promise<unknown[]> {
  const items: unknown[] = [];
  for await (const item of stream) items.push(item);
  return items;
}
