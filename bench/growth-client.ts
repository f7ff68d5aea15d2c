/**
 * One gateway of a given size in a process of its own: makes a round of calls for each message that it gets, and answers with
 * the processor time of a call in microseconds. Ends with its parent.
 */
import { Gateway } from 'tollgate';
import { callMany } from './calls.ts';
import type { GrowthSize } from './growth-sizes.ts';
import { openAiCalls } from './openai-calls.ts';
import { TEXTS_PER_OPENAI_STREAM } from './upstream-facts.ts';

const CONCURRENCY = 32;
const LOOKS = 20;
const [size, origin = ''] = [JSON.parse(process.argv[2] ?? '') as GrowthSize, process.argv[3]];
const gateway = gatewayOf(size);
const clients = Array.from({ length: size.callers }, (_, index) => gateway.for({ team: 'search', user: `user-${index}` }));
const calls = clients.map((client) => openAiCalls(client, TEXTS_PER_OPENAI_STREAM));
let turn = 0;

process.on('message', async (count: number) => {
  const before = process.cpuUsage();
  await callMany(nextCall, count, CONCURRENCY);
  const { user, system } = process.cpuUsage(before);
  process.send?.({ callUs: (user + system) / count, ...(await looksUs()) });
});
process.on('disconnect', () => process.exit());

async function nextCall(): Promise<void> {
  turn += 1;
  await calls[turn % calls.length]?.chat();
}

/** What `control.plan` and `control.health` take. */
async function looksUs(): Promise<{ planUs: number; healthUs: number }> {
  const params = { model: 'bench-model', messages: [{ role: 'user' as const, content: 'Hello' }] };
  const before = process.cpuUsage();
  for (let look = 0; look < LOOKS; look += 1) await clients[0]?.control.plan(params);
  const plan = process.cpuUsage(before);
  const between = process.cpuUsage();
  for (let look = 0; look < LOOKS; look += 1) gateway.control.health();
  const health = process.cpuUsage(between);
  return { planUs: (plan.user + plan.system) / LOOKS, healthUs: (health.user + health.system) / LOOKS };
}

/** A gateway with one model of so many deployments, each at a price of its own, and so many budgets that count each call. */
function gatewayOf({ strategy, deployments, budgets }: GrowthSize): Gateway {
  return new Gateway({
    providers: { first: { type: 'openai-compatible', apiKey: 'bench', baseURL: `${origin}/v1` } },
    models: {
      'bench-model': {
        strategy,
        deployments: Array.from({ length: deployments }, (_, index) => ({
          provider: 'first',
          model: `bench-model-${index}`,
          weight: 1 + (index % 3),
          ...(strategy === 'most-headroom' ? { rpm: 1_000_000, tpm: 1_000_000_000 } : {}),
          // In no order.
          price: { input: 0.25 + ((index * 7) % deployments) / 1_000, output: 2 },
        })),
      },
    },
    budgets: Array.from({ length: budgets }, (_, index) => ({
      name: `budget-${index}`,
      // One applies to all; of the others one in so many, as teams have theirs.
      ...(index === 0 ? { each: 'user' as const } : { match: { team: `team-${index}` } }),
      limit: { usd: 1_000_000 },
      window: 'month' as const,
    })),
  });
}
