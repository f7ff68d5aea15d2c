/** What routing by cost takes over routing by priority, if a model has many deployments: `npm run bench`, or this file alone. */
import { pathToFileURL } from 'node:url';
import { measure, resultRow, row } from './rounds.ts';
import { COMPARED_STRATEGIES, MANY_DEPLOYMENTS, STRATEGY_GOAL } from './scenarios.ts';
import { startClient } from './start-client.ts';
import { startUpstream } from './start-upstream.ts';

export async function measureStrategies(origin: string, count: number, folder?: string): Promise<void> {
  const [simple, costly] = COMPARED_STRATEGIES;
  const base = startClient(simple, origin, folder);
  const own = startClient(costly, origin, folder);
  console.log();
  console.log(row(`${MANY_DEPLOYMENTS} deployments`, `${simple} µs`, `${costly} µs`, 'ratio', 'spread', 'goal'));
  const name = 'chat, one at a time';
  console.log(resultRow(name, STRATEGY_GOAL, await measure(base, own, name, { warmUpRounds: count, rounds: count })));
  await Promise.all([base.stop(), own.stop()]);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const upstream = await startUpstream();
  await measureStrategies(upstream.origin, process.argv.includes('--quick') ? 5 : 25);
  await upstream.stop();
}
