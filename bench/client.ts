/**
 * One client in a process of its own: makes a round of calls for each scenario that it is sent, and answers with the
 * processor time of a call in microseconds. Ends with its parent.
 */
import { callMany } from './calls.ts';
import { callsOf } from './clients.ts';
import { type ClientKind, type ScenarioName, scenarios } from './scenarios.ts';

const [kind, origin = ''] = process.argv.slice(2) as [ClientKind, string];
const calls = callsOf(kind, origin);

process.on('message', async (name: ScenarioName) => {
  const { call, concurrency, callsPerRound } = scenarios[name];
  const before = process.cpuUsage();
  await callMany(calls[call], callsPerRound, concurrency);
  const { user, system } = process.cpuUsage(before);
  process.send?.((user + system) / callsPerRound);
});
process.on('disconnect', () => process.exit());
