/**
 * What is kept of each user in memory: 100,000 users under two budgets each, after a call of each and a collection; counters,
 * and the rows of the usage report. `node --expose-gc`, a part of `npm run bench:growth`; exits with 1 if it is more than 1 KB.
 */
import { Gateway } from 'tollgate';
import { scriptedProvider } from 'tollgate/testing';

const USERS = 100_000;
const MOST_BYTES = 1_024;
type Window = 'month' | { readonly rolling: '1h' };
const WINDOWS: readonly (readonly [Window, Window])[] = [
  ['month', 'month'],
  ['month', { rolling: '1h' }],
  [{ rolling: '1h' }, { rolling: '1h' }],
];

const { gc } = globalThis;
if (gc === undefined) throw new Error('run with --expose-gc');

for (const [money, requests] of WINDOWS) {
  const bytes = await bytesOfUser(money, requests);
  console.log(`${nameOf(money)} and ${nameOf(requests)}`.padEnd(20), `${bytes.toFixed(0).padStart(6)} bytes a user`);
  if (bytes > MOST_BYTES) process.exitCode = 1;
}

async function bytesOfUser(money: Window, requests: Window): Promise<number> {
  const provider = scriptedProvider('scripted', [{ text: 'Hello' }]);
  const gateway = new Gateway({
    providers: { scripted: { provider } },
    models: { fast: [{ provider: 'scripted', model: 'any', price: { input: 1, output: 2 } }] },
    budgets: [
      { name: 'money', each: 'user', limit: { usd: 1_000 }, window: money },
      { name: 'requests', each: 'user', limit: { requests: 1_000_000 }, window: requests },
    ],
  });
  await callsOf(0, 1_000);
  const before = await heapBytes();
  await callsOf(1_000, 1_000 + USERS);
  const bytes = ((await heapBytes()) - before) / USERS;
  await gateway.close();
  return bytes;

  async function callsOf(from: number, to: number): Promise<void> {
    for (let user = from; user < to; user += 1) {
      const client = gateway.for({ user: `user-${user}` });
      await client.chat.completions.create({ model: 'fast', messages: [{ role: 'user', content: 'Hello' }] });
      // The script's own memory of what it was asked.
      (provider.calls as unknown[]).length = 0;
    }
  }
}

async function heapBytes(): Promise<number> {
  for (let pass = 0; pass < 3; pass += 1) {
    await new Promise(setImmediate);
    gc?.();
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

function nameOf(window: Window): string {
  return typeof window === 'string' ? window : `rolling ${window.rolling}`;
}
