/**
 * What five listeners do to the time of a call beyond their own synchronous time, if one takes its time, one throws and one
 * rejects; and if one of them holds the process for a millisecond, too. By turns with the call without. Run: npm run build
 * && npx node bench/listeners.ts
 */
import { setTimeout as wait } from 'node:timers/promises';
import { Gateway } from 'tollgate';
import { startUpstream } from './start-upstream.ts';

const ROUNDS = 9;
const CALLS = 200;
const HELD_MS = 1;

const upstream = await startUpstream();
const provider = { type: 'openai-compatible', baseURL: `${upstream.origin}/v1`, apiKey: 'k' } as const;
const made = () => new Gateway({ providers: { one: provider }, models: { m: ['one/m'] } });

/** Spent inside of listeners. */
let ownMs = 0;

function withFive(gateway: Gateway, first: () => void): Gateway {
  const listeners: readonly (() => unknown)[] = [
    first,
    () => {},
    () => wait(1_000, undefined, { ref: false }),
    () => {
      throw new Error('thrown');
    },
    () => Promise.reject(new Error('rejected')),
  ];
  for (const listener of listeners) gateway.on('request.end', () => timed(listener));
  return gateway;
}

function timed(listener: () => unknown): unknown {
  const began = performance.now();
  try {
    return listener();
  } finally {
    ownMs += performance.now() - began;
  }
}

function hold(): void {
  const until = performance.now() + HELD_MS;
  while (performance.now() < until);
}

const plain = made();
const five = withFive(made(), () => {});
const held = withFive(made(), hold);

/** Median time of a call, one at a time, without that of listeners, in milliseconds. */
async function medianMs(gateway: Gateway): Promise<number> {
  const times: number[] = [];
  for (let call = 0; call < CALLS; call += 1) {
    ownMs = 0;
    const began = performance.now();
    await gateway.chat.completions.create({ model: 'm', messages: [{ role: 'user', content: 'hello' }] });
    times.push(performance.now() - began - ownMs);
  }
  return times.toSorted((one, other) => one - other)[CALLS / 2] ?? Number.NaN;
}

const none: number[] = [];
const ofFive: number[] = [];
const ofHeld: number[] = [];
for (let round = 0; round < ROUNDS; round += 1) {
  const [withoutMs, fiveMs, heldMs] = [await medianMs(plain), await medianMs(five), await medianMs(held)];
  if (round === 0) continue;
  none.push(withoutMs);
  ofFive.push(fiveMs - withoutMs);
  ofHeld.push(heldMs - withoutMs);
}
await Promise.all([plain, five, held].map((gateway) => gateway.close()));
await upstream.stop();

const median = (values: number[]) => values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;
const toUs = (values: number[]) => `${(median(values) * 1_000).toFixed(0)} µs`;
console.log(`a call without listeners: ${toUs(none)}`);
console.log(`five listeners, beyond their own time: ${toUs(ofFive)}`);
console.log(`one of them holding the process for ${HELD_MS} ms, beyond that: ${toUs(ofHeld)}`);
