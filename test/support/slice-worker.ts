/**
 * A process with a ledger over a shared store that asks for small calls, eight at once. `count`: calls of one request as
 * fast as they go; tells how many were admitted. `tell`: calls of up to 20 tokens with a pause between them; tells what each
 * has used, a line a call, once it is settled.
 * Arguments: `sqlite <file>` or `redis <url>`, calls, the limit, `count` or `tell`.
 */
import { writeSync } from 'node:fs';
import { Redis } from 'ioredis';
import { systemClock } from '../../src/core/clock.ts';
import { Emitter } from '../../src/events/emitter.ts';
import { createLedger } from '../../src/ledger/create-ledger.ts';
import { priceData } from '../../src/ledger/price-data.ts';
import { sliceCode } from '../../src/ledger/slices/slice-code.ts';
import { redisStore } from '../../src/stores/redis/index.ts';
import { SqliteStore } from '../../src/stores/sqlite.ts';
import { budgetOf, callOf, deploymentOf, planOf } from './ledger-plan.ts';

const BOUND = 20;

await Promise.all([priceData.load(), sliceCode.load()]);
const [kind, target = '', calls = '0', limit = '0', mode = 'count'] = process.argv.slice(2);
const tells = mode === 'tell';
const client = kind === 'redis' ? new Redis(target) : undefined;
// The first command waits for the connection, which a busy machine may take its time to make.
await client?.ping();
const budget = budgetOf({
  name: 'all',
  limit: tells ? { tokens: Number(limit) } : { requests: Number(limit) },
  window: { kind: 'calendar', unit: 'lifetime', timezone: 'UTC' },
});
const plan = planOf({ budgets: [budget] });
const ledger = createLedger({
  store: client === undefined ? new SqliteStore(target) : redisStore({ client, time: 'ledger' }),
  clock: systemClock,
  events: new Emitter(),
  countTokens: () => 0,
  // Longer than a busy machine takes for the rest, so that what a dead process was lent can be looked at before it lapses.
  slices: { reportMs: 50, leaseMs: 120_000 },
});
const deployment = deploymentOf({ price: { input: 0, output: 0 } });
const usage = { inputTokens: 0, outputTokens: 1, cachedInputTokens: 0, cacheWriteTokens: 0, reasoningTokens: 0 };
let left = Number(calls);
let admitted = 0;

async function caller(number: number): Promise<void> {
  while (left > 0) {
    left -= 1;
    const params = { model: 'fast', max_tokens: BOUND, messages: [] };
    const call = callOf({ plan, params, deadlineMs: systemClock.monotonicMs() + 60_000 });
    const admission = await ledger.reserveCall(call, ledger.estimate(call, [deployment]));
    await new Promise((resolve) => (tells ? setTimeout(resolve, 2) : setImmediate(resolve)));
    if (!admission.admitted) continue;
    admitted += 1;
    const outputTokens = 1 + ((left * 7 + number) % BOUND);
    admission.reservation?.settle({ requests: 1, usage: { ...usage, outputTokens }, costNanoUsd: 0 });
    if (tells) writeSync(1, `${outputTokens}\n`);
  }
}

await Promise.all(Array.from({ length: 8 }, (_, number) => caller(number)));
await ledger.close(10_000);
client?.disconnect();
if (!tells) writeSync(1, `${admitted}\n`);
