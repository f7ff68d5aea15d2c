/**
 * A process with a gateway over a shared store that calls a loopback upstream, six calls at once, and tells what each
 * was charged: a line of `requests tokens nano-dollars`, or `refused`. With the models `hanging` and `reporting` it tells
 * `held` once a call is held, or once the store knows what it used so far, and stays.
 * Arguments: `sqlite <path>` or `redis <url>`, the upstream's origin, a number of calls, a model.
 */
import { writeSync } from 'node:fs';
import { Redis } from 'ioredis';
import { BudgetExceededError, Gateway, type GatewayConfig, routeOf, StoreUnavailableError } from '../../src/index.ts';
import { redisStore } from '../../src/stores/redis/index.ts';
import { SqliteStore } from '../../src/stores/sqlite.ts';
import type { Store } from '../../src/stores/store.ts';
import { boundStore } from './later-store.ts';

/** What the upstream tells of the model `reporting` before its answer ends. */
const REPORTED_TOKENS = 2_010;
const [kind, target = '', origin, calls = '0', model = 'm'] = process.argv.slice(2);
const client = kind === 'redis' ? new Redis(target) : undefined;
// The first command waits for the connection, which a busy machine may take its time to make.
await client?.ping();

/** Without slices, so that each call is held by itself. What a hanging call has used by then is not told. */
function victimStore(): Store {
  const store = client === undefined ? new SqliteStore(target) : redisStore({ client, time: 'ledger' });
  const extend: Store['extend'] = async (id, leaseMs, now, spent) => {
    const extended = await store.extend(id, leaseMs, now, model === 'hanging' ? undefined : spent);
    if (spent?.includes(REPORTED_TOKENS)) writeSync(1, 'held\n');
    return extended;
  };
  return boundStore(store, { extend, exchange: undefined });
}

function sharedStore(): GatewayConfig['store'] {
  if (model !== 'm') return victimStore();
  return client === undefined ? { type: 'sqlite', path: target } : { type: 'redis', client };
}

const gateway = new Gateway({
  providers: { one: { type: 'openai-compatible', apiKey: 'k', baseURL: `${origin}/v1` } },
  models: { m: ['one/m'], hanging: ['one/hanging'], reporting: ['one/reporting'] },
  prices: {
    'one/m': { input: 1, output: 2 },
    'one/hanging': { input: 1, output: 2 },
    'one/reporting': { input: 1, output: 2 },
  },
  budgets: [
    { name: 'company', limit: { usd: 0.006, requests: 150 }, window: 'lifetime' },
    { name: 'team', each: 'team', limit: { tokens: 5_000 }, window: 'lifetime' },
  ],
  store: sharedStore(),
  timeouts: { totalMs: 600_000 },
  leaseMs: 500,
} satisfies GatewayConfig);

const search = gateway.for({ team: 'search' });
let left = Number(calls);

async function caller(): Promise<void> {
  while (left > 0) {
    left -= 1;
    try {
      const messages = [{ role: 'user' as const, content: 'hello' }];
      if (model === 'hanging') {
        const stream = await search.chat.completions.create({ model, messages, max_tokens: 20, stream: true });
        writeSync(1, 'held\n');
        for await (const _ of stream);
      }
      if (model === 'reporting') {
        const stream = await search.responses.create({ model, input: 'hello', max_output_tokens: 20, stream: true });
        for await (const _ of stream);
      }
      const answer = await search.chat.completions.create({ model, messages, max_tokens: 20 });
      const { inputTokens = 0, outputTokens = 0 } = routeOf(answer)?.usage ?? {};
      writeSync(1, `1 ${inputTokens + outputTokens} ${Math.round((routeOf(answer)?.costUsd ?? 0) * 1e9)}\n`);
    } catch (error) {
      // A store that is slow on a busy machine refuses too, and sends nothing: once more.
      if (error instanceof StoreUnavailableError) left += 1;
      else if (error instanceof BudgetExceededError) writeSync(1, 'refused\n');
      else throw error;
    }
  }
}

await Promise.all(Array.from({ length: 6 }, caller));
await gateway.close();
client?.disconnect();
