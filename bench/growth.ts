/**
 * What a call costs as a configuration grows: processor time at each size as a ratio to the smallest of its row, in turn in one
 * run; and what `control.plan` and `control.health` take at each. `npm run bench:growth`; `node bench/growth.ts --quick`
 * for a first impression; with a word it has only the rows whose names have that word.
 *
 * Each size has a process of its own, and all sizes of a row take turns.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { GROWTH_GOAL, type GrowthRow, type GrowthSize, growthRows } from './growth-sizes.ts';
import { startUpstream } from './start-upstream.ts';

const CALLS_PER_ROUND = 400;

interface Round {
  readonly callUs: number;
  readonly planUs: number;
  readonly healthUs: number;
}

interface Sized {
  readonly round: () => Promise<Round>;
  readonly stop: () => Promise<void>;
}

export async function measureGrowth(origin: string, rounds: number, word = ''): Promise<void> {
  console.log(
    `CPU time per call as a configuration grows, 32 at a time, ${rounds} rounds in turn; goal ${GROWTH_GOAL} at the largest`,
  );
  for (const row of growthRows) if (row.name.includes(word)) await measureRow(row, origin, rounds);
}

async function measureRow({ name, sizes }: GrowthRow, origin: string, rounds: number): Promise<void> {
  const sized = sizes.map(({ size }) => start(size, origin));
  const measured: Round[][] = sized.map(() => []);
  for (let turn = -Math.ceil(rounds / 3); turn < rounds; turn += 1) {
    for (const [place, each] of sized.entries()) {
      const round = await each.round();
      if (turn >= 0) measured[place]?.push(round);
    }
  }
  await Promise.all(sized.map((each) => each.stop()));
  console.log(`\n${name}`);
  for (const [place, { label }] of sizes.entries()) console.log(sizeLine(label, measured[place] ?? [], measured[0] ?? []));
}

function sizeLine(label: string, own: readonly Round[], base: readonly Round[]): string {
  const ratio = median(own.map(({ callUs }, turn) => callUs / (base[turn]?.callUs ?? Number.NaN)));
  const call = median(own.map(({ callUs }) => callUs)).toFixed(0);
  const plan = (median(own.map(({ planUs }) => planUs)) / 1_000).toFixed(2);
  const health = (median(own.map(({ healthUs }) => healthUs)) / 1_000).toFixed(2);
  return `${label.padStart(9)} ${call.padStart(8)} µs ${ratio.toFixed(2).padStart(7)}   plan ${plan} ms   health ${health} ms`;
}

function start(size: GrowthSize, origin: string): Sized {
  const child = fork(fileURLToPath(new URL('./growth-client.ts', import.meta.url)), [JSON.stringify(size), origin], {
    execArgv: [],
  });
  const exited = once(child, 'exit').then(() => undefined);
  return {
    async round() {
      child.send(CALLS_PER_ROUND);
      const answer = await Promise.race([once(child, 'message'), exited]);
      if (answer === undefined) throw new Error('the process of a client has ended');
      return answer[0];
    },
    async stop() {
      child.disconnect();
      await exited;
    },
  };
}

function median(values: readonly number[]): number {
  return values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)] ?? Number.NaN;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const word = process.argv.slice(2).find((argument) => !argument.startsWith('--'));
  const upstream = await startUpstream();
  await measureGrowth(upstream.origin, process.argv.includes('--quick') ? 5 : 15, word);
  await upstream.stop();
}
