import type { BudgetBalance, EventMap, EventType, Gateway, GatewayConfig } from 'tollgate';
import { bodies, gatewayOf, providersAt, upstream } from '../public/harness.ts';
import type { FaultExchange, FaultServer } from '../support/fault-server.ts';
import { TestClock } from '../support/test-clock.ts';

/** A gateway over a loopback upstream on a clock that stands still; `one/m` costs $1 in and $2 out per million tokens. */
export interface Stage {
  readonly gateway: Gateway;
  readonly clock: TestClock;
  readonly server: FaultServer;
  /** Bodies that reached the upstream. */
  sent(): Record<string, unknown>[];
  budget(name?: string): Promise<BudgetBalance>;
}

export const PRICES = {
  'one/m': { input: 1, output: 2 },
  'two/m': { input: 1, output: 2 },
  'one/cheap': { input: 0.1, output: 0.2 },
};

export async function stage(
  config: Partial<GatewayConfig>,
  script?: (exchange: FaultExchange) => unknown,
  clock = new TestClock(),
): Promise<Stage> {
  const server = await upstream(script);
  const gateway = gatewayOf({
    providers: providersAt(server, 'one', 'two'),
    models: { m: ['one/m'], cheap: ['one/cheap'], pair: ['one/m', 'two/m'] },
    prices: PRICES,
    clock,
    random: () => 0.5,
    ...config,
  });
  return {
    gateway,
    clock,
    server,
    sent: () => bodies(server),
    async budget(name) {
      const found = (await gateway.control.budgets()).find((balance) => name === undefined || balance.name === name);
      if (found === undefined) throw new Error(`no counter of ${name ?? 'any budget'}`);
      return found;
    },
  };
}

/** Events of one type, in the order they come. */
export function eventsOf<T extends EventType>(gateway: Gateway, type: T): EventMap[T][] {
  const seen: EventMap[T][] = [];
  gateway.on(type, (event) => seen.push(event));
  return seen;
}

/** What the answer of the harness's upstream costs: 10 tokens in, 5 out. */
export const ANSWER_USD = 0.000_02;
