/**
 * What `import 'tollgate'` costs: time and memory of a process that imports it, as a ratio to one that imports `openai`, in
 * turn in one run. `npm run bench:start`, with `--quick` for a first impression.
 */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const GOALS = { timeMs: 1.15, memoryMb: 1.2 };
const rounds = process.argv.includes('--quick') ? 7 : 41;

interface Start {
  readonly timeMs: number;
  readonly cpuMs: number;
  readonly memoryMb: number;
}

const MEASURE = `
const cpuBefore = process.cpuUsage();
const before = performance.now();
await import(process.argv[1]);
const timeMs = performance.now() - before;
const { user, system } = process.cpuUsage(cpuBefore);
console.log(JSON.stringify({ timeMs, cpuMs: (user + system) / 1000, memoryMb: process.memoryUsage().rss / 1048576 }));
`;

function start(name: string): Start {
  const cwd = fileURLToPath(new URL('..', import.meta.url));
  return JSON.parse(execFileSync(process.execPath, ['--input-type=module', '-e', MEASURE, name], { cwd, encoding: 'utf8' }));
}

const openai: Start[] = [];
const tollgate: Start[] = [];
for (let round = 0; round < rounds; round += 1) {
  openai.push(start('openai'));
  tollgate.push(start('tollgate'));
}

console.log(`A process that imports tollgate against one that imports openai, ${rounds} of each in turn`);
console.log();
for (const measure of ['timeMs', 'cpuMs', 'memoryMb'] as const) {
  const [base, own] = [openai, tollgate].map((starts) => sorted(starts.map((each) => each[measure])));
  const goal = measure === 'cpuMs' ? '' : `  goal ${GOALS[measure]}`;
  console.log(
    `${measure.padEnd(10)}  median ${pair(at(base, 0.5), at(own, 0.5))}  least ${pair(at(base, 0), at(own, 0))}${goal}`,
  );
}

function pair(base: number, own: number): string {
  return `${base.toFixed(0)} to ${own.toFixed(0)}: ${(own / base).toFixed(2)}`;
}

function sorted(values: readonly number[]): number[] {
  return values.toSorted((left, right) => left - right);
}

function at(values: readonly number[] = [], share: number): number {
  return values[Math.floor((values.length - 1) * share)] ?? Number.NaN;
}
