/**
 * What a call costs beside other libraries that call OpenAI's API: processor time for one call, against the same upstream on the
 * loopback, all in turn in one run, each in a process of its own. `npm run bench:peers`, or with `-- --quick`; `-- stream` has only
 * the lines whose names have that word. The peers are
 * installed into a folder that is removed afterwards.
 *
 * They are not the same thing: the plain client and the two SDKs do no routing, budgets or events, which are on here; a
 * gateway that is a server has another hop, and its process counts as well.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PEERS, type PeerName } from './peer-facts.ts';
import { quantile, row } from './rounds.ts';
import type { ScenarioName } from './scenarios.ts';
import { type MeasuredClient, startClient, startProcess } from './start-client.ts';
import { startUpstream } from './start-upstream.ts';

const rounds = process.argv.includes('--quick') ? 3 : 25;
const word = process.argv.slice(2).find((argument) => !argument.startsWith('--')) ?? '';
const SCENARIOS: readonly ScenarioName[] = ['chat, 64 at a time', 'stream in one write, 64 at a time', 'chat, one at a time'];

const folder = mkdtempSync(join(tmpdir(), 'tollgate-peers-'));
const upstream = await startUpstream();
try {
  install();
  for (const scenario of SCENARIOS.filter((name) => name.includes(word))) await compare(scenario);
  console.log('Medians over the rounds; a ratio is of neighbouring rounds, the spread its quartiles.');
} finally {
  await upstream.stop();
  rmSync(folder, { recursive: true });
}

function install(): void {
  writeFileSync(join(folder, 'package.json'), '{"private":true}');
  const packages = Object.values(PEERS).flatMap((wanted) =>
    Object.entries(wanted).map(([name, version]) => `${name}@${version}`),
  );
  console.log(`installing ${packages.join(', ')}`);
  execFileSync('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error', ...packages], {
    cwd: folder,
  });
}

async function compare(scenario: ScenarioName): Promise<void> {
  const clients: readonly (readonly [name: string, client: MeasuredClient])[] = [
    ['openai', startClient('openai sdk', upstream.origin)],
    ['tollgate', startClient('tollgate over openai', upstream.origin)],
    ...peersFor(scenario).map((name) => [name, startPeer(name)] as const),
  ];
  // The first rounds are not counted: what is compared is code that the engine has compiled.
  await takeTurns(clients, scenario, Math.ceil(rounds / 3));
  const measured = await takeTurns(clients, scenario, rounds);
  await Promise.all(clients.map(([, client]) => client.stop()));
  const [base = []] = measured;
  console.log();
  console.log(row(scenario, 'µs a call', 'of openai', 'spread'));
  for (const [place, [name]] of clients.entries()) {
    const us = measured[place] ?? [];
    const ratios = us.map((value, turn) => value / (base[turn] ?? Number.NaN));
    const spread = `${quantile(ratios, 0.25).toFixed(2)}-${quantile(ratios, 0.75).toFixed(2)}`;
    console.log(row(`  ${name}`, quantile(us, 0.5).toFixed(0), quantile(ratios, 0.5).toFixed(2), spread));
  }
}

/** Processor time of a call in microseconds, client by client and round by round. */
async function takeTurns(
  clients: readonly (readonly [string, MeasuredClient])[],
  scenario: ScenarioName,
  turns: number,
): Promise<number[][]> {
  const measured: number[][] = clients.map(() => []);
  for (let turn = 0; turn < turns; turn += 1) {
    for (const [place, [, client]] of clients.entries()) measured[place]?.push(await client.round(scenario));
  }
  return measured;
}

/** Portkey's server answers 500 to the streams of this upstream (1.15.2). */
function peersFor(scenario: ScenarioName): PeerName[] {
  const names = Object.keys(PEERS) as PeerName[];
  return scenario.startsWith('stream') ? names.filter((name) => name !== 'Portkey gateway') : names;
}

function startPeer(name: PeerName): MeasuredClient {
  const script = fileURLToPath(new URL('peer-client.ts', import.meta.url));
  return startProcess(script, name, [name, upstream.origin, folder]);
}
