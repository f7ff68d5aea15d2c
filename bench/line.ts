/**
 * What the line of calls costs: processor time of a call through Tollgate as a ratio to `undici.request` and `JSON.parse`, with
 * two deployments and nothing else, and with budgets, access rules, a hedge and listeners. `npm run bench:line`, with `--quick`
 * for a first impression; with a word it has only the scenarios whose names have that word.
 *
 * Each client has a process of its own, and the three take turns, round by round. Only the client's own processor time is
 * measured, user and system; the upstream is a process of its own. The base does what a user of undici writes, and no more: of
 * a stream it decodes the body, cuts it at the blank lines and parses each event. It knows no other line ends, no error in a
 * stream, no limit and no timeout, and does not ask whether the stream came to its end.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { LINE_CLIENTS, type LineClient, type LineScenarioName, lineScenarios } from './line-facts.ts';
import { quantile } from './rounds.ts';
import { startUpstream } from './start-upstream.ts';

const word = process.argv.slice(2).find((argument) => !argument.startsWith('--')) ?? '';
const rounds = process.argv.includes('--quick') ? 5 : 25;

const upstream = await startUpstream();
console.log(`CPU time per call, ${rounds} rounds in turn: medians, and the ratio to undici with its quartiles`);
console.log();
console.log(`| call | ${LINE_CLIENTS.map((client) => `${client}, µs`).join(' | ')} | two deployments | everything on | goal |`);
console.log('|---|---|---|---|---|---|---|');
for (const [name, { goal }] of Object.entries(lineScenarios)) {
  if (!name.includes(word)) continue;
  const [base = [], ...own] = await takeTurns(name as LineScenarioName);
  const medians = [base, ...own].map((each) => quantile(each, 0.5).toFixed(0));
  const ratios = own.map((each) => ratioOf(each, base));
  console.log(`| ${[name, ...medians, ...ratios, goal.toFixed(2)].join(' | ')} |`);
}
await upstream.stop();

/** Processor time of a call in each counted round, by client. */
async function takeTurns(scenario: LineScenarioName): Promise<number[][]> {
  const clients = LINE_CLIENTS.map(start);
  const measured: number[][] = clients.map(() => []);
  for (let turn = -rounds; turn < rounds; turn += 1) {
    for (const [index, client] of clients.entries()) {
      const us = await client.round(scenario);
      if (turn >= 0) measured[index]?.push(us);
    }
  }
  await Promise.all(clients.map((client) => client.stop()));
  return measured;
}

function ratioOf(own: readonly number[], base: readonly number[]): string {
  const ratios = own.map((us, turn) => us / (base[turn] ?? Number.NaN));
  return `${quantile(ratios, 0.5).toFixed(2)} (${quantile(ratios, 0.25).toFixed(2)}-${quantile(ratios, 0.75).toFixed(2)})`;
}

function start(client: LineClient) {
  const child = fork(fileURLToPath(new URL('./line-client.ts', import.meta.url)), [client, upstream.origin], { execArgv: [] });
  const exited = once(child, 'exit').then(() => undefined);
  return {
    async round(scenario: LineScenarioName): Promise<number> {
      child.send(scenario);
      const answer = await Promise.race([once(child, 'message'), exited]);
      if (answer === undefined) throw new Error(`the process of ${client} has ended`);
      return answer[0];
    },
    async stop(): Promise<void> {
      child.disconnect();
      await exited;
    },
  };
}
