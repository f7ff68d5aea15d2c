/**
 * A process with a gateway over a shared store that calls a loopback upstream, six calls at once, and tells what each
 * was charged: a line of `requests tokens nano-dollars`, or `refused`.
 * Arguments: `sqlite <path>` or `redis <url>`, the upstream's origin, a number of calls, a model.
 */
import { writeSync } from 'node:fs';
import { Redis } from 'ioredis';
import { BudgetExceededError, Gateway, type GatewayConfig, routeOf, StoreUnavailableError } from '../../src/index.ts';

const [kind, target = '', origin, calls = '0', model = 'm'] = process.argv.slice(2);
const client = kind === 'redis' ? new Redis(target) : undefined;
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
  store: client === undefined ? { type: 'sqlite', path: target } : { type: 'redis', client },
  // A victim's lease is to lapse soon.
  timeouts: { totalMs: { hanging: 1_000, reporting: 2_000 }[model] ?? 20_000 },
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
        for await (const { type } of stream) {
          if (type !== 'response.output_text.delta') continue;
          // What the store was told before has arrived then.
          await client?.ping();
          writeSync(1, 'held\n');
        }
      }
      const answer = await search.chat.completions.create({ model, messages, max_tokens: 20 });
      const { inputTokens = 0, outputTokens = 0 } = routeOf(answer)?.usage ?? {};
      writeSync(1, `1 ${inputTokens + outputTokens} ${Math.round((routeOf(answer)?.costUsd ?? 0) * 1e9)}\n`);
    } catch (error) {
      // A store that is slow on a busy machine refuses too, and sends nothing.
      if (!(error instanceof BudgetExceededError || error instanceof StoreUnavailableError)) throw error;
      writeSync(1, 'refused\n');
    }
  }
}

await Promise.all(Array.from({ length: 6 }, caller));
await gateway.close();
client?.disconnect();
