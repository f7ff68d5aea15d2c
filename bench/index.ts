/**
 * What a call costs: processor time of Tollgate as a ratio to OpenAI's plain client, against the same upstream on the
 * loopback, in turn in one run. `npm run bench`, or `npm run bench -- --quick` for a first impression.
 *
 * Each client has a process of its own, as it has in a service: in one heap, the next round would pay for the garbage
 * that the other client has left. The rounds are short and many, so that both meet the machine in the same moods.
 */
import { gatewayClient } from './clients.ts';
import { type Scenario, type ScenarioName, scenarios } from './scenarios.ts';
import { type MeasuredClient, startClient } from './start-client.ts';
import { startUpstream } from './start-upstream.ts';

const quick = process.argv.includes('--quick');
// Servers run for days: what is compared is code that the engine has compiled, of both.
const WARM_UP_ROUNDS = quick ? 5 : 25;
const ROUNDS = quick ? 5 : 25;

const upstream = await startUpstream();
const plain = startClient('plain', upstream.baseURL);
const tollgate = startClient('tollgate', upstream.baseURL);

console.log(`CPU time per call, Tollgate against the plain client, ${ROUNDS} rounds in turn`);
console.log();
console.log(row('', 'plain µs', 'tollgate µs', 'ratio', 'spread', 'goal'));
for (const [name, scenario] of Object.entries(scenarios)) report(name, scenario, await measure(name as ScenarioName));
console.log();
console.log('Medians over the rounds; a ratio is of neighbouring rounds, the spread its quartiles.');

await Promise.all([plain.stop(), tollgate.stop()]);
await measureScopedClone(upstream.baseURL);
await upstream.stop();

interface Measured {
  readonly plainUs: readonly number[];
  readonly tollgateUs: readonly number[];
}

async function measure(scenario: ScenarioName): Promise<Measured> {
  await rounds(scenario, WARM_UP_ROUNDS);
  return rounds(scenario, ROUNDS);
}

async function rounds(scenario: ScenarioName, count: number): Promise<Measured> {
  const plainUs: number[] = [];
  const tollgateUs: number[] = [];
  const take = async (client: MeasuredClient, values: number[]) => void values.push(await client.round(scenario));
  for (let turn = 0; turn < count; turn += 1) {
    await take(plain, plainUs);
    await take(tollgate, tollgateUs);
  }
  return { plainUs, tollgateUs };
}

function report(name: string, { goal }: Scenario, { plainUs, tollgateUs }: Measured): void {
  const ratios = tollgateUs.map((us, turn) => us / (plainUs[turn] ?? Number.NaN));
  const spread = `${quantile(ratios, 0.25).toFixed(2)}-${quantile(ratios, 0.75).toFixed(2)}`;
  const microseconds = (values: readonly number[]) => quantile(values, 0.5).toFixed(0);
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
  return name.padEnd(28) + cells.map((cell) => cell.padStart(13)).join('');
}

/** What `gateway.for` costs, which a server calls for every request. */
async function measureScopedClone(baseURL: string): Promise<void> {
  const { gateway } = gatewayClient(baseURL);
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
  await gateway.close();
}
