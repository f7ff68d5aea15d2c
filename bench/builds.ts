/**
 * What a change costs: processor time of a call in this checkout as a ratio to another revision, in turn in one run.
 * `npm run bench:builds -- <revision>`, with `--quick` for a first impression; `-- <revision> anthropic` has only the lines
 * whose names have that word.
 *
 * The revision is built in a folder of its own, with this checkout's dependencies and benchmarks.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { measure, resultRow, row } from './rounds.ts';
import { comparisons } from './scenarios.ts';
import { startClient } from './start-client.ts';
import { startUpstream } from './start-upstream.ts';

const GOAL = { goal: 1.03 };
const root = fileURLToPath(new URL('..', import.meta.url));
const [revision = 'HEAD', word = ''] = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const count = process.argv.includes('--quick') ? 5 : 25;

const folder = mkdtempSync(join(tmpdir(), 'tollgate-build-'));
try {
  build(revision, folder);
  await compare(folder);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function build(of: string, into: string): void {
  const archive = execFileSync('git', ['archive', of, 'src', 'scripts', 'package.json', 'tsconfig.json', 'tsconfig.build.json'], {
    cwd: root,
    maxBuffer: 256 * 1024 * 1024,
  });
  execFileSync('tar', ['-x', '-C', into], { input: archive });
  symlinkSync(join(root, 'node_modules'), join(into, 'node_modules'));
  cpSync(join(root, 'bench'), join(into, 'bench'), { recursive: true });
  execFileSync('npm', ['run', '--silent', 'build'], { cwd: into, stdio: 'inherit' });
}

async function compare(other: string): Promise<void> {
  const { origin, stop } = await startUpstream();
  console.log(`CPU time per call, this checkout against ${revision}, ${count} rounds in turn`);
  console.log();
  console.log(row('', 'before µs', 'now µs', 'ratio', 'spread', 'goal'));
  for (const { own, scenario } of comparisons) {
    const name = `${own}: ${scenario}`;
    if (!name.includes(word)) continue;
    const clients = [startClient(own, origin, join(other, 'bench')), startClient(own, origin)] as const;
    const measured = await measure(...clients, scenario, { warmUpRounds: count, rounds: count });
    console.log(resultRow(name, GOAL, measured));
    await Promise.all(clients.map((client) => client.stop()));
  }
  console.log();
  console.log('Medians over the rounds; a ratio is of neighbouring rounds, the spread its quartiles.');
  await stop();
}
