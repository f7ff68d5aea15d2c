/**
 * One client in a process of its own: makes a round of calls for each scenario that it is sent, and answers with the
 * processor time of a call in microseconds. Ends with its parent.
 */
import { callMany } from './calls.ts';
import { callsOf } from './clients.ts';
import { type ClientKind, type ScenarioName, scenarioOf } from './scenarios.ts';
import { AT_ONCE } from './upstream-facts.ts';

const [kind, origin = ''] = process.argv.slice(2) as [ClientKind, string];
const paced = await callsOf(kind, origin);
const atOnce = await callsOf(kind, `${origin}${AT_ONCE}`);

process.on('message', async (name: ScenarioName) => {
  const { call, concurrency, callsPerRound, atOnce: isAtOnce } = scenarioOf(name);
  const calls = isAtOnce ? atOnce : paced;
  const before = process.cpuUsage();
  await callMany(calls[call], callsPerRound, concurrency);
  const { user, system } = process.cpuUsage(before);
  process.send?.((user + system) / callsPerRound);
});
process.on('disconnect', () => process.exit());
