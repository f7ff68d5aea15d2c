/**
 * One gateway over a store in a process of its own: makes the calls that it is asked for, and answers with the processor time
 * of a call in microseconds, and with how many failed, by code. Ends with its parent.
 */
import { Redis } from 'ioredis';
import { Gateway, type GatewayConfig } from 'tollgate';
import { callAtRate, callMany } from './calls.ts';
import { openAiCalls } from './openai-calls.ts';
import { TEXTS_PER_OPENAI_STREAM } from './upstream-facts.ts';

/** What a client is asked for; its answer is a `StoreAnswer`. */
export interface StoreRound {
  /** Before those that are counted, so that slices have the size of the demand. */
  readonly warmUp: number;
  readonly calls: number;
  readonly concurrency: number;
  /** Calls begun in a second, in place of `concurrency`. */
  readonly perSecond?: number | undefined;
}

export interface StoreAnswer {
  readonly callUs: number;
  readonly failures: Readonly<Record<string, number>>;
}

export type StoreKind = 'memory' | 'sqlite' | 'redis';

const [kind = 'memory', mode = 'slices', target = '', origin = ''] = process.argv.slice(2);
const gateway = new Gateway({
  providers: { first: { type: 'openai-compatible', apiKey: 'bench', baseURL: `${origin}/v1` } },
  models: { 'bench-model': [{ provider: 'first', model: 'bench-model', price: { input: 0.25, output: 2 } }] },
  budgets: [
    { name: 'company', limit: { usd: 1_000_000 }, window: 'month' },
    { name: 'team', each: 'team', limit: { tokens: 1_000_000_000_000 }, window: 'month' },
    { name: 'app', each: 'app', limit: { requests: 1_000_000_000 }, window: 'day' },
    { name: 'user', each: 'user', limit: { requests: 1_000_000_000 }, window: { rolling: '1m' } },
  ],
  store: storeOf(),
});
const client = gateway.for({ team: 'search', app: 'bench', user: 'u1' });
const { chat } = openAiCalls(client, TEXTS_PER_OPENAI_STREAM);
let failures: Record<string, number> = {};

process.on('message', async ({ warmUp, calls, concurrency, perSecond }: StoreRound) => {
  const make = (count: number) =>
    perSecond === undefined ? callMany(counted, count, concurrency) : callAtRate(counted, count, perSecond);
  await make(warmUp);
  failures = {};
  const before = process.cpuUsage();
  await make(calls);
  const { user, system } = process.cpuUsage(before);
  process.send?.({ callUs: (user + system) / calls, failures } satisfies StoreAnswer);
});
process.on('disconnect', () => process.exit());

async function counted(): Promise<void> {
  try {
    await chat();
  } catch (error) {
    const { code = 'error', message, cause } = error as { code?: string; message: string; cause?: unknown };
    const why = `${code}: ${cause instanceof Error ? cause.message : message}`;
    failures[why] = (failures[why] ?? 0) + 1;
  }
}

function storeOf(): GatewayConfig['store'] {
  const slices = mode === 'exact' ? false : undefined;
  if (kind === 'sqlite') return { type: 'sqlite', path: target, slices };
  return kind === 'redis' ? { type: 'redis', client: new Redis(target), slices } : 'memory';
}
