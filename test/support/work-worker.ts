/**
 * A process with a gateway over a shared store. `begin`: begins a background response for team `search`, tells its id, and
 * stays; `poll`: asks for one, ten times at once.
 * Arguments: `begin` or `poll`, `sqlite <path>` or `redis <url>`, the upstream's origin, the id to poll.
 */
import { writeSync } from 'node:fs';
import { Redis } from 'ioredis';
import { Gateway, type GatewayConfig } from '../../src/index.ts';

const [verb, kind, target = '', origin, id = ''] = process.argv.slice(2);
const client = kind === 'redis' ? new Redis(target) : undefined;
const gateway = new Gateway({
  providers: { one: { type: 'openai', apiKey: 'k', baseURL: `${origin}/one/v1` } },
  models: { m: ['one/m'] },
  defaultProvider: 'one',
  prices: { 'one/m': { input: 1, output: 2 } },
  budgets: [{ name: 'team', each: 'team', limit: { usd: 1, tokens: 200_000, requests: 1_000 }, window: 'lifetime' }],
  store:
    client === undefined
      ? { type: 'sqlite', path: target, slices: { leaseMs: 60_000 } }
      : { type: 'redis', client, slices: { leaseMs: 60_000 } },
} satisfies GatewayConfig);

// The first command waits for the connection, which a busy machine may take its time to make.
await client?.ping();

/** Asks again if the store did not answer in time. */
async function patiently<T>(ask: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if ((error as { code?: string }).code !== 'store_unavailable') throw error;
    }
  }
}

if (verb === 'begin') {
  const search = gateway.for({ team: 'search' });
  const params = { model: 'm', input: 'x', background: true, max_output_tokens: 30_000 };
  const { id: begun } = await patiently(() => search.responses.create(params));
  writeSync(1, `${begun}\n`);
  setInterval(() => {}, 60_000);
} else {
  const reader = gateway.for({ team: 'reader' });
  await Promise.all(Array.from({ length: 10 }, () => patiently(() => reader.responses.retrieve(id))));
  await gateway.close();
  client?.disconnect();
}
