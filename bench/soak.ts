/**
 * Does a gateway keep anything of the calls it has served? 100,000 calls, every tenth a stream, against the loopback;
 * after a warm-up the heap is measured ten times after a collection, and its slope is told in bytes per call.
 * With `--cache` a cache that is full throughout and two guards are on, and about half of the calls are hits. With `--slices`, or
 * `--slices=redis`, it is 200,000 calls over four budgets that a file of SQLite or a Redis keeps; in the end each call must be charged
 * there once, and nothing may be held or lent. `npm run soak`; exits with 1 where the slope is 32 bytes or more, where a handle
 * stays open, or where the store is not as it must be.
 */
import type { Gateway, GatewayConfig } from 'tollgate';
import { type Calls, callMany, expectAnswer } from './calls.ts';
import { gatewayOverOpenAi } from './clients.ts';
import { openAiCalls } from './openai-calls.ts';
import { PROMPT } from './prompt.ts';
import { FOUR_BUDGETS, openSoakStore } from './soak-store.ts';
import { startUpstream } from './start-upstream.ts';
import { TEXTS_PER_OPENAI_STREAM } from './upstream-facts.ts';

const sliced = process.argv.find((argument) => argument.startsWith('--slices'));
const CALLS = sliced === undefined ? 100_000 : 200_000;
const WARM_UP = 20_000;
const POINTS = 10;
const CONCURRENCY = 32;
const LARGEST_SLOPE = 32;
// Of the terminal or pipe that the script prints to.
const STANDARD_STREAMS = new Set(['TTYWrap', 'PipeWrap', 'ConnectWrap', 'Immediate']);

const QUESTION = { model: 'bench-model', messages: [{ role: 'user' as const, content: PROMPT.user }] };
const CACHE_AND_GUARDS: Partial<GatewayConfig> = {
  cache: { ttl: '1h', maxBytes: 1024 * 1024 },
  guards: [
    { name: 'people', on: 'both', mode: 'redact', use: 'personal-data' },
    { name: 'names', on: 'both', mode: 'block', use: 'pattern', deny: 'project falcon' },
  ],
};

const { gc } = globalThis;
if (gc === undefined) throw new Error('run with --expose-gc');

const upstream = await startUpstream();
const isCached = process.argv.includes('--cache');
const store = sliced === undefined ? undefined : await openSoakStore(sliced.slice('--slices='.length));
const overStore: Partial<GatewayConfig> = store === undefined ? {} : { store: store.config, budgets: FOUR_BUDGETS };
const { gateway, client, events } = gatewayOverOpenAi(upstream.origin, { ...overStore, ...(isCached ? CACHE_AND_GUARDS : {}) });
const calls = isCached ? variedCalls(client) : openAiCalls(client, TEXTS_PER_OPENAI_STREAM);
let made = 0;
let hits = 0;
const mixed = () => {
  made += 1;
  return made % 10 === 0 ? calls.stream() : calls.chat();
};
if (isCached)
  gateway.on('request.end', ({ cache }) => {
    if (cache === 'hit') hits += 1;
  });

await callMany(mixed, WARM_UP, CONCURRENCY);
const points = [{ calls: 0, bytes: await heapUsed() }];
for (let point = 1; point <= POINTS; point += 1) {
  await callMany(mixed, (CALLS - WARM_UP) / POINTS, CONCURRENCY);
  points.push({ calls: made - WARM_UP, bytes: await heapUsed() });
  console.log(`${String(made).padStart(7)} calls  ${(points.at(-1)?.bytes ?? 0).toLocaleString('en')} bytes`);
}

const bytesPerCall = slope(points);
await gateway.close();
const left = await store?.left();
await store?.stop();
await upstream.stop();
await turns();
const open = process.getActiveResourcesInfo().filter((resource) => !STANDARD_STREAMS.has(resource));
if (isCached) console.log(`${hits} hits of ${made} calls`);
console.log(`${bytesPerCall.toFixed(1)} bytes per call; ${events()} events; open handles: ${open.join(', ') || 'none'}`);
if (left !== undefined) console.log(`${left.requests} of ${made} calls charged; ${left.held} held or lent in the end`);
const isCharged = left === undefined || (left.requests === made && left.held === 0);
process.exitCode = bytesPerCall < LARGEST_SLOPE && open.length === 0 && isCharged ? 0 : 1;

/** Questions that come again as often as not: some while they are under way, some kept, some gone by then. */
function variedCalls(own: Gateway): Calls {
  const ask = () => ({ ...QUESTION, seed: seedOf(made) });
  return {
    async chat() {
      const { choices, usage } = await own.chat.completions.create(ask());
      expectAnswer(choices[0]?.message.content?.length, usage?.completion_tokens);
    },
    async stream() {
      let characters = 0;
      for await (const { choices } of await own.chat.completions.create({ ...ask(), stream: true }))
        characters += choices[0]?.delta.content?.length ?? 0;
      expectAnswer(characters, 1);
    },
  };
}

/** Half of the calls are of a few questions, which stay; a quarter of so many that they are gone again; a quarter are new. */
function seedOf(call: number): number {
  if (call % 2 === 0) return call % 40;
  return call % 4 === 1 ? 1_000 + (call % 4_000) : 10_000 + call;
}

async function heapUsed(): Promise<number> {
  // Finalizers and what they free need a turn of the event loop between two collections.
  for (let pass = 0; pass < 3; pass += 1) {
    await turns();
    gc?.();
  }
  return process.memoryUsage().heapUsed;
}

async function turns(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** Least squares. */
function slope(values: readonly { calls: number; bytes: number }[]): number {
  const meanCalls = values.reduce((sum, { calls }) => sum + calls, 0) / values.length;
  const meanBytes = values.reduce((sum, { bytes }) => sum + bytes, 0) / values.length;
  const above = values.reduce((sum, { calls, bytes }) => sum + (calls - meanCalls) * (bytes - meanBytes), 0);
  const below = values.reduce((sum, { calls }) => sum + (calls - meanCalls) ** 2, 0);
  return above / below;
}
