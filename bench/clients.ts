import { OpenAI } from 'openai';
import { Gateway, type GatewayConfig } from 'tollgate';
import type { Calls } from './calls.ts';
import { floorCalls } from './floor-calls.ts';
import { openAiCalls } from './openai-calls.ts';
import { BARE_SDK, type ClientKind, type COMPARED_STRATEGIES, MANY_DEPLOYMENTS, type WatchedKind } from './scenarios.ts';
import { DELTAS_PER_STREAM, TEXTS_PER_OPENAI_STREAM } from './upstream-facts.ts';
import { anthropicCalls, googleCalls } from './vendor-calls.ts';

/** A client of the kind, and the calls that it is measured by. */
export async function callsOf(kind: ClientKind, origin: string): Promise<Calls> {
  const baseURL = `${origin}/v1`;
  switch (kind) {
    case 'openai sdk':
      return openAiCalls(new OpenAI({ apiKey: 'bench', baseURL, maxRetries: 0 }), TEXTS_PER_OPENAI_STREAM);
    case 'openai sdk with openinference': {
      const { traced } = await import('./telemetry-client.ts');
      return openAiCalls(await traced({ apiKey: 'bench', baseURL, maxRetries: 0 }), TEXTS_PER_OPENAI_STREAM);
    }
    case 'anthropic sdk':
      return anthropicCalls(origin);
    case 'google sdk':
      return googleCalls(origin);
    case 'floor over anthropic':
      return floorCalls('anthropic', origin);
    case 'floor over google':
      return floorCalls('google', origin);
    case 'tollgate over openai':
      return openAiCalls(gatewayOverOpenAi(origin).client, TEXTS_PER_OPENAI_STREAM);
    case 'tollgate with otel':
    case 'tollgate with spans':
    case 'tollgate with log':
      return openAiCalls(await watchedClient(origin, kind), TEXTS_PER_OPENAI_STREAM);
    case BARE_SDK: {
      const { withBareSdk } = await import('./telemetry-client.ts');
      return withBareSdk(openAiCalls(gatewayOverOpenAi(origin).client, TEXTS_PER_OPENAI_STREAM));
    }
    case 'tollgate over anthropic':
      return openAiCalls(gatewayOver({ type: 'anthropic', baseURL: origin }, 'claude-sonnet-4-6').client, DELTAS_PER_STREAM);
    case 'tollgate over google':
      return openAiCalls(gatewayOver({ type: 'google', baseURL: origin }, 'gemini-2.5-flash').client, DELTAS_PER_STREAM);
    default:
      return openAiCalls(strategyClient(baseURL, kind), TEXTS_PER_OPENAI_STREAM);
  }
}

/** Loaded for these alone: older builds, which are compared too, have no such entry points. */
async function watchedClient(origin: string, kind: WatchedKind): Promise<Gateway> {
  const { watched } = await import('./telemetry-client.ts');
  return watched(gatewayOverOpenAi(origin), kind);
}

const PRICE = { input: 0.25, output: 2 };

interface MeasuredGateway {
  readonly gateway: Gateway;
  /** Bound to a caller. */
  readonly client: Gateway;
  /** Number of events that were heard. */
  events(): number;
}

/** `more`: parts of the configuration beside the usual ones. */
export function gatewayOverOpenAi(origin: string, more: Partial<GatewayConfig> = {}): MeasuredGateway {
  return gatewayOver({ type: 'openai-compatible', baseURL: `${origin}/v1` }, 'bench-model', more);
}

/** A gateway with routing over two deployments, one budget and two listeners. */
function gatewayOver(
  { type, baseURL }: { type: ProviderType; baseURL: string },
  model: string,
  more: Partial<GatewayConfig> = {},
): MeasuredGateway {
  const gateway = new Gateway({
    providers: { first: { type, apiKey: 'bench', baseURL }, second: { type, apiKey: 'bench', baseURL } },
    models: {
      'bench-model': {
        strategy: 'weighted',
        deployments: [
          { provider: 'first', model, weight: 1, price: PRICE },
          { provider: 'second', model, weight: 1, price: PRICE },
        ],
      },
    },
    budgets: [{ name: 'team', each: 'team', limit: { usd: 1_000_000 }, window: 'month' }],
    ...more,
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

type ProviderType = 'openai-compatible' | 'anthropic' | 'google';

/** A gateway with one model of many deployments, each at a price of its own, under one budget. */
function strategyClient(baseURL: string, strategy: (typeof COMPARED_STRATEGIES)[number]): Gateway {
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
