/**
 * One client in a process of its own: makes a round of calls for each scenario that it is sent, and answers with the
 * processor time of a call in microseconds. Ends with its parent.
 */
import type { OpenAI } from 'openai';
import { callMany } from './calls.ts';
import { gatewayClient, plainClient, strategyClient } from './clients.ts';
import { type ClientKind, type ScenarioName, scenarios } from './scenarios.ts';

const [kind, baseURL = ''] = process.argv.slice(2) as [ClientKind, string];
const client = clientOf(kind);

function clientOf(kind: ClientKind): OpenAI {
  if (kind === 'plain') return plainClient(baseURL);
  return kind === 'tollgate' ? gatewayClient(baseURL).client : strategyClient(baseURL, kind);
}

process.on('message', async (name: ScenarioName) => {
  const { call, concurrency, callsPerRound } = scenarios[name];
  const before = process.cpuUsage();
  await callMany(() => call(client), callsPerRound, concurrency);
  const { user, system } = process.cpuUsage(before);
  process.send?.((user + system) / callsPerRound);
});
process.on('disconnect', () => process.exit());
