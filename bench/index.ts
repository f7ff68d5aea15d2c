/**
 * What a call costs: processor time of Tollgate as a ratio to the client of the vendor that answers, against the same
 * upstream on the loopback, in turn in one run. `npm run bench`, or `npm run bench -- --quick` for a first impression;
 * `npm run bench -- anthropic` has only the lines whose names have that word.
 *
 * Each client has a process of its own, as it has in a service: in one heap, the next round would pay for the garbage
 * that the other client has left. The rounds are short and many, so that both meet the machine in the same moods.
 */
import { gatewayOverOpenAi } from './clients.ts';
import { measure, resultRow, row } from './rounds.ts';
import { comparisons, floors } from './scenarios.ts';
import { startClient } from './start-client.ts';
import { startUpstream } from './start-upstream.ts';
import { measureStrategies } from './strategies.ts';

const word = process.argv.slice(2).find((argument) => !argument.startsWith('--')) ?? '';
const count = process.argv.includes('--quick') ? 5 : 25;

const upstream = await startUpstream();
await compareWithVendors(upstream.origin);
if (word === '') {
  await measureStrategies(upstream.origin, count);
  await measureScopedClone(upstream.origin);
}
await upstream.stop();

async function compareWithVendors(origin: string): Promise<void> {
  console.log(`CPU time per call, Tollgate against the vendor's own client, ${count} rounds in turn`);
  console.log();
  console.log(row('', 'vendor µs', 'tollgate µs', 'ratio', 'spread', 'goal'));
  for (const comparison of [...comparisons, ...floors]) {
    const { base, own, scenario } = comparison;
    const name = `${own}: ${scenario}`;
    if (!name.includes(word)) continue;
    const clients = [startClient(base, origin), startClient(own, origin)] as const;
    const measured = await measure(...clients, scenario, { warmUpRounds: count, rounds: count });
    console.log(resultRow(name, comparison, measured));
    await Promise.all(clients.map((client) => client.stop()));
  }
  console.log();
  console.log('Medians over the rounds; a ratio is of neighbouring rounds, the spread its quartiles.');
}

/** What `gateway.for` costs, which a server calls for every request. */
async function measureScopedClone(origin: string): Promise<void> {
  const { gateway } = gatewayOverOpenAi(origin);
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
