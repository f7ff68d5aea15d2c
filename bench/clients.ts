import { OpenAI } from 'openai';
import { Gateway } from 'tollgate';
import { type COMPARED_STRATEGIES, MANY_DEPLOYMENTS } from './scenarios.ts';

/** OpenAI's own client with its defaults, but for its retries. */
export function plainClient(baseURL: string): OpenAI {
  return new OpenAI({ apiKey: 'bench', baseURL, maxRetries: 0 });
}

const PRICE = { input: 0.25, output: 2 };

/** A gateway with routing over two deployments, one budget and two listeners, bound to a caller. */
export function gatewayClient(baseURL: string): { gateway: Gateway; client: Gateway; events: () => number } {
  const gateway = new Gateway({
    providers: {
      first: { type: 'openai-compatible', apiKey: 'bench', baseURL },
      second: { type: 'openai-compatible', apiKey: 'bench', baseURL },
    },
    models: {
      'bench-model': {
        strategy: 'weighted',
        deployments: [
          { provider: 'first', model: 'bench-model', weight: 1, price: PRICE },
          { provider: 'second', model: 'bench-model', weight: 1, price: PRICE },
        ],
      },
    },
    budgets: [{ name: 'team', each: 'team', limit: { usd: 1_000_000 }, window: 'month' }],
  });
  let events = 0;
  gateway.on('request.end', () => {
    events += 1;
  });
  gateway.on('attempt.end', () => {
    events += 1;
  });
  return { gateway, client: gateway.for({ team: 'search' }), events: () => events };
}

/** A gateway with one model of many deployments, each at a price of its own, under one budget. */
export function strategyClient(baseURL: string, strategy: (typeof COMPARED_STRATEGIES)[number]): Gateway {
  const gateway = new Gateway({
    providers: { first: { type: 'openai-compatible', apiKey: 'bench', baseURL } },
    models: {
      'bench-model': {
        strategy,
        deployments: Array.from({ length: MANY_DEPLOYMENTS }, (_, index) => ({
          provider: 'first',
          model: `bench-model-${index}`,
          // In no order.
          price: { input: PRICE.input + ((index * 7) % MANY_DEPLOYMENTS) / 1_000, output: PRICE.output },
        })),
      },
    },
    budgets: [{ name: 'team', each: 'team', limit: { usd: 1_000_000 }, window: 'month' }],
  });
  return gateway.for({ team: 'search' });
}
