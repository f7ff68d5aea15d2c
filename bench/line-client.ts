/**
 * One client of `bench/line.ts` in a process of its own: makes a round of calls for each scenario that it is sent, and answers
 * with the processor time of a call in microseconds. Ends with its parent.
 */
import { Gateway, type GatewayConfig } from 'tollgate';
import { type Calls, callMany } from './calls.ts';
import { type LineClient, type LineScenario, type LineScenarioName, lineScenarios } from './line-facts.ts';
import { chatParams, openAiCalls } from './openai-calls.ts';
import { PROMPT } from './prompt.ts';
import { undiciCalls } from './undici-calls.ts';
import { AT_ONCE, TEXTS_PER_OPENAI_STREAM } from './upstream-facts.ts';

const PRICE = { input: 0.25, output: 2 };

/** Everything on that a service of several teams would have; a hedge is armed for each call, and never due. */
const EVERYTHING: Partial<GatewayConfig> = {
  budgets: [
    { name: 'team', each: 'team', limit: { usd: 1_000_000 }, window: 'month' },
    { name: 'user', each: 'user', limit: { requests: 1_000_000_000 }, window: { rolling: '1h' } },
  ],
  access: {
    default: 'deny',
    rules: [
      { match: { team: 'search' }, allow: ['bench-model'] },
      { match: { team: 'intern' }, deny: ['bench-model'], maxUsdPerRequest: 0.5 },
    ],
  },
  hedge: { afterMs: 30_000 },
};

const [kind, origin = ''] = process.argv.slice(2) as [LineClient, string];
const gateways = new Map<string, Gateway>();
const calls = new Map<LineScenarioName, Calls>();

process.on('message', async (name: LineScenarioName) => {
  const scenario: LineScenario = lineScenarios[name];
  let made = calls.get(name);
  if (made === undefined) {
    made = callsOf(scenario);
    calls.set(name, made);
  }
  const before = process.cpuUsage();
  await callMany(made[scenario.call], scenario.callsPerRound, scenario.concurrency);
  const { user, system } = process.cpuUsage(before);
  process.send?.((user + system) / scenario.callsPerRound);
});
process.on('disconnect', () => process.exit());

function callsOf({ atOnce, promptBytes }: LineScenario): Calls {
  const at = atOnce ? `${origin}${AT_ONCE}` : origin;
  const user = PROMPT.user.repeat(Math.ceil(promptBytes / PROMPT.user.length)).slice(0, promptBytes);
  if (kind === 'undici') return undiciCalls(at, chatParams(user));
  return openAiCalls(gatewayAt(`${at}/v1`), TEXTS_PER_OPENAI_STREAM, user);
}

function gatewayAt(baseURL: string): Gateway {
  const known = gateways.get(baseURL);
  if (known !== undefined) return known;
  const provider = { type: 'openai-compatible', apiKey: 'bench', baseURL } as const;
  const gateway = new Gateway({
    providers: { first: provider, second: provider },
    models: {
      'bench-model': {
        deployments: [
          { provider: 'first', model: 'bench-model', price: PRICE },
          { provider: 'second', model: 'bench-model', price: PRICE },
        ],
      },
    },
    ...(kind === 'everything on' ? EVERYTHING : {}),
  });
  const client = kind === 'everything on' ? watched(gateway) : gateway;
  gateways.set(baseURL, client);
  return client;
}

function watched(gateway: Gateway): Gateway {
  gateway.on('request.end', ({ costUsd }) => {
    if (!costUsd) throw new Error('the call has no cost');
  });
  gateway.on('attempt.end', ({ failure }) => {
    if (failure) throw new Error('an attempt failed');
  });
  return gateway.for({ team: 'search', user: 'ada' });
}
