/**
 * What a watched dashboard costs: calls at 1,000 per second, without and with a dashboard and a reader of its stream, in turns; the
 * median of the differences, as a part of the time that passed. Then the heap over 100,000 calls.
 * `npm run bench:dashboard`; exits with 1 if it is 3 % or more, or if the heap grows by 32 bytes a call or more.
 */
import { dashboard } from 'tollgate/dashboard';
import { callMany } from './calls.ts';
import { gatewayOverOpenAi } from './clients.ts';
import { openAiCalls } from './openai-calls.ts';
import { startUpstream } from './start-upstream.ts';
import { TEXTS_PER_OPENAI_STREAM } from './upstream-facts.ts';

const PER_SECOND = 1_000;
const ROUND_S = 4;
const ROUNDS = 9;
const CALLS = 100_000;
const LARGEST_SHARE = 0.03;
const LARGEST_GROWTH = 32;

const upstream = await startUpstream();
const { gateway, client } = gatewayOverOpenAi(upstream.origin);
const { chat } = openAiCalls(client, TEXTS_PER_OPENAI_STREAM);
await callMany(chat, 5_000, 32);

const differences: number[] = [];
for (let round = 0; round < ROUNDS; round += 1) {
  const without = await cpuShare();
  const stop = watch();
  const watched = await cpuShare();
  stop();
  differences.push(watched - without);
  console.log(`without ${percent(without)}  watched ${percent(watched)}`);
}
const difference = differences.sort((one, other) => one - other)[Math.floor(ROUNDS / 2)] ?? 0;

const stop = watch();
await callMany(chat, 20_000, 32);
const before = heapUsed();
await callMany(chat, CALLS, 32);
const growth = (heapUsed() - before) / CALLS;
stop();
console.log(
  `a watched dashboard: ${percent(difference)} of one CPU at ${PER_SECOND} calls/s, ${growth.toFixed(1)} bytes per call kept`,
);
await gateway.close();
await upstream.stop();
process.exitCode = difference < LARGEST_SHARE && growth < LARGEST_GROWTH ? 0 : 1;

/** The process's CPU time over the time that passed, while calls begin at an even rate. */
async function cpuShare(): Promise<number> {
  const began = performance.now();
  const cpu = process.cpuUsage();
  const pending: Promise<unknown>[] = [];
  for (let begun = 0; begun < PER_SECOND * ROUND_S; ) {
    const due = Math.min(Math.floor(((performance.now() - began) * PER_SECOND) / 1_000), PER_SECOND * ROUND_S);
    for (; begun < due; begun += 1) pending.push(chat());
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  await Promise.all(pending);
  const { user, system } = process.cpuUsage(cpu);
  return (user + system) / 1_000 / (performance.now() - began);
}

/** Opens a dashboard and reads its stream. */
function watch(): () => void {
  const board = dashboard(gateway, { authorize: () => true });
  void board(new Request('http://localhost/?file=events')).then(async ({ body }) => {
    for await (const _event of body ?? []);
  });
  return () => board.close();
}

function heapUsed(): number {
  for (let pass = 0; pass < 3; pass += 1) globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(2)} %`;
}
