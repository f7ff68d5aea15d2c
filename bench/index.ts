/**
 * What a call costs: processor time of Tollgate as a ratio to OpenAI's plain client, against the same upstream on the
 * loopback, interleaved in one run. `npm run bench`, or `npm run bench -- --quick` for a first impression.
 */
import type { OpenAI } from 'openai';
import { callMany, chat, stream } from './calls.ts';
import { gatewayClient, plainClient } from './clients.ts';
import { startUpstream } from './start-upstream.ts';

interface Scenario {
  readonly name: string;
  readonly call: (client: OpenAI) => Promise<void>;
  readonly concurrency: number;
  readonly callsPerRound: number;
  /** What the ratio is to stay below; undefined where none is set. */
  readonly goal: number | undefined;
}

const quick = process.argv.includes('--quick');
// Servers run for days: what is compared is code that the engine has compiled, of both.
const WARM_UP_ROUNDS = quick ? 2 : 10;
const ROUNDS = quick ? 3 : 9;

const scenarios: readonly Scenario[] = [
  { name: 'chat, 64 at a time', call: chat, concurrency: 64, callsPerRound: 4_000, goal: 0.25 },
  { name: 'chat, one at a time', call: chat, concurrency: 1, callsPerRound: 2_000, goal: undefined },
  { name: 'stream of 200, 16 at a time', call: stream, concurrency: 16, callsPerRound: 160, goal: 0.75 },
];

const upstream = await startUpstream();
const plain = plainClient(upstream.baseURL);
const { gateway, client: tollgate } = gatewayClient(upstream.baseURL);

console.log(`CPU time per call, Tollgate against the plain client, ${ROUNDS} rounds in turn`);
console.log();
console.log(row('', 'plain µs', 'tollgate µs', 'ratio', 'spread', 'goal'));
for (const scenario of scenarios) report(scenario, await measure(scenario));
console.log();
console.log('Medians over the rounds; a ratio is of neighbouring rounds, the spread its quartiles.');

measureScopedClone();

await gateway.close();
await upstream.stop();

interface Measured {
  readonly plainUs: number[];
  readonly tollgateUs: number[];
}

async function measure({ call, concurrency, callsPerRound }: Scenario): Promise<Measured> {
  const measured: Measured = { plainUs: [], tollgateUs: [] };
  const round = (client: OpenAI) => cpuUsPerCall(() => callMany(() => call(client), callsPerRound, concurrency), callsPerRound);
  for (let warmUp = 0; warmUp < WARM_UP_ROUNDS; warmUp += 1) {
    await round(plain);
    await round(tollgate);
  }
  for (let turn = 0; turn < ROUNDS; turn += 1) {
    measured.plainUs.push(await round(plain));
    measured.tollgateUs.push(await round(tollgate));
  }
  return measured;
}

async function cpuUsPerCall(run: () => Promise<void>, calls: number): Promise<number> {
  const before = process.cpuUsage();
  await run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / calls;
}

function report({ name, goal }: Scenario, { plainUs, tollgateUs }: Measured): void {
  const ratios = tollgateUs.map((us, turn) => us / (plainUs[turn] ?? Number.NaN));
  const spread = `${quantile(ratios, 0.25).toFixed(2)}-${quantile(ratios, 0.75).toFixed(2)}`;
  const microseconds = (values: number[]) => quantile(values, 0.5).toFixed(0);
  console.log(
    row(name, microseconds(plainUs), microseconds(tollgateUs), quantile(ratios, 0.5).toFixed(2), spread, goal?.toFixed(2) ?? ''),
  );
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((left, right) => left - right);
  const place = (sorted.length - 1) * share;
  const low = sorted[Math.floor(place)] ?? Number.NaN;
  const high = sorted[Math.ceil(place)] ?? Number.NaN;
  return low + (high - low) * (place - Math.floor(place));
}

function row(name: string, ...cells: readonly string[]): string {
  return name.padEnd(28) + cells.map((cell) => cell.padStart(10)).join('');
}

/** What `gateway.for` costs, which a server calls for every request. */
function measureScopedClone(): void {
  const clones = 200_000;
  const callers = Array.from({ length: 1_000 }, (_, index) => ({ team: 'search', user: `user-${index}` }));
  const make = () => {
    for (let index = 0; index < clones; index += 1) gateway.for(callers[index % callers.length] ?? {});
  };
  make();
  const before = process.cpuUsage();
  make();
  const { user, system } = process.cpuUsage(before);
  console.log();
  console.log(`gateway.for(caller): ${Math.round(((user + system) * 1000) / clones)} ns`);
}
