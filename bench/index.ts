/**
 * What a call costs: processor time of Tollgate as a ratio to OpenAI's plain client, against the same upstream on the
 * loopback, in turn in one run. `npm run bench`, or `npm run bench -- --quick` for a first impression.
 *
 * Each client has a process of its own, as it has in a service: in one heap, the next round would pay for the garbage
 * that the other client has left. The rounds are short and many, so that both meet the machine in the same moods.
 */
import { gatewayClient } from './clients.ts';
import { measure, resultRow, row } from './rounds.ts';
import { type ScenarioName, scenarios } from './scenarios.ts';
import { startClient } from './start-client.ts';
import { startUpstream } from './start-upstream.ts';
import { measureStrategies } from './strategies.ts';

const count = process.argv.includes('--quick') ? 5 : 25;

const upstream = await startUpstream();
const plain = startClient('plain', upstream.baseURL);
const tollgate = startClient('tollgate', upstream.baseURL);

console.log(`CPU time per call, Tollgate against the plain client, ${count} rounds in turn`);
console.log();
console.log(row('', 'plain µs', 'tollgate µs', 'ratio', 'spread', 'goal'));
for (const [name, scenario] of Object.entries(scenarios)) {
  const measured = await measure(plain, tollgate, name as ScenarioName, { warmUpRounds: count, rounds: count });
  console.log(resultRow(name, scenario, measured));
}
console.log();
console.log('Medians over the rounds; a ratio is of neighbouring rounds, the spread its quartiles.');

await Promise.all([plain.stop(), tollgate.stop()]);
await measureStrategies(upstream.baseURL, count);
await measureScopedClone(upstream.baseURL);
await upstream.stop();

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
