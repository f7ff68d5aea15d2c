/**
 * What an exact hit in memory costs. First of whole calls, with `create` of the client: a gateway with a cache against one without, by
 * turns, over the same loopback upstream; then of the cache alone: making the key, finding the answer, reading it.
 * Run: npm run --silent build && node bench/cache.ts
 */
import { Gateway } from 'tollgate';
import { ResponseCache } from '../src/cache/response-cache.ts';
import { systemClock } from '../src/core/clock.ts';
import { callOf, chatAnswer, FACTS, leadOf } from '../test/cache/calls.ts';
import { callMany } from './calls.ts';
import { quantile } from './rounds.ts';
import { startUpstream } from './start-upstream.ts';

const ROUNDS = 21;
const CALLS = 500;
const WARM_UP = 20_000;
const HITS = 100_000;

const upstream = await startUpstream();
for (const bytes of [200, 2_000, 20_000]) {
  const plain = askOf(bytes, upstream.origin, undefined);
  const cached = askOf(bytes, upstream.origin, { ttl: '1h', scope: 'team' });
  const ratios: number[] = [];
  const hits: number[] = [];
  for (let round = 0; round < 2 * ROUNDS; round += 1) {
    const withoutUs = await cpuUs(plain.ask);
    const hitUs = await cpuUs(cached.ask);
    // The first half is for the compiler.
    if (round < ROUNDS) continue;
    ratios.push(hitUs / withoutUs);
    hits.push(hitUs);
  }
  const [low, middle, high] = [0.25, 0.5, 0.75].map((share) => quantile(ratios, share).toFixed(3));
  const us = quantile(hits, 0.5).toFixed(1);
  console.log(
    `${String(bytes).padStart(6)} bytes in: a whole call that hits ${us} µs, ${middle} (${low}-${high}) of one without cache`,
  );
  await plain.gateway.close();
  await cached.gateway.close();
}
await upstream.stop();

/** Answers are those of the upstream, some 600 bytes. Routing, events and callers are in both. */
function askOf(bytes: number, origin: string, cache: { readonly ttl: string; readonly scope: string } | undefined) {
  const gateway = new Gateway({
    providers: { first: { type: 'openai-compatible', apiKey: 'bench', baseURL: `${origin}/v1` } },
    models: { 'bench-model': ['first/bench-model'] },
    prices: { 'first/bench-model': { input: 0.25, output: 2 } },
    budgets: [{ name: 'team', each: 'team', limit: { usd: 1_000_000 }, window: 'month' }],
    ...(cache && { cache }),
  });
  const client = gateway.for({ team: 'search', app: 'bench' });
  const params = { model: 'bench-model', temperature: 0, messages: [{ role: 'user' as const, content: 'x'.repeat(bytes) }] };
  const ask = async () => {
    const { choices } = await client.chat.completions.create(params);
    if (!choices[0]?.message.content) throw new Error('the answer has no text');
  };
  return { gateway, ask };
}

async function cpuUs(ask: () => Promise<void>): Promise<number> {
  const before = process.cpuUsage();
  await callMany(ask, CALLS, 1);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / CALLS;
}

for (const bytes of [200, 2_000, 20_000]) {
  const params = { model: 'fast', temperature: 0, messages: [{ role: 'user', content: 'x'.repeat(bytes) }] };
  const cache = new ResponseCache({ clock: systemClock });
  (await leadOf(cache, callOf({ params }))).remember({ kind: 'object', body: chatAnswer('y'.repeat(2_000)) }, FACTS);
  const call = callOf({ params });
  const hit = () => {
    const recall = cache.recall(call);
    if (recall === undefined || recall instanceof Promise || recall.kind !== 'kept') throw new Error('no hit');
    return recall.answer.body();
  };
  for (let time = 0; time < WARM_UP; time += 1) hit();
  const before = process.cpuUsage();
  for (let time = 0; time < HITS; time += 1) hit();
  const { user, system } = process.cpuUsage(before);
  console.log(
    `${String(bytes).padStart(6)} bytes in, 2000 out: ${((user + system) / HITS).toFixed(2).padStart(6)} µs of CPU a hit`,
  );
}
