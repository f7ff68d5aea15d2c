/**
 * What `import 'tollgate'` costs: time and memory of a process that imports it, as a ratio to one that imports `openai`, in
 * turn in one run; and the time with a first client constructed. `npm run bench:start`, with `--quick` for a first impression.
 */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const MEASURES = { timeMs: 1.15, cpuMs: undefined, memoryMb: 1.2, clientMs: undefined, clientCpuMs: undefined };
const rounds = process.argv.includes('--quick') ? 7 : 41;

/** With a first client: `clientMs` and `clientCpuMs`. */
type Start = Readonly<Record<keyof typeof MEASURES, number>>;

const MEASURE = `
const cpuBefore = process.cpuUsage();
const before = performance.now();
const cpu = () => Object.values(process.cpuUsage(cpuBefore)).reduce((user, system) => user + system) / 1000;
const { Gateway, OpenAI } = await import(process.argv[1]);
const timeMs = performance.now() - before;
const cpuMs = cpu();
const memoryMb = process.memoryUsage().rss / 1048576;
Gateway ? new Gateway({ providers: { openai: { apiKey: 'none' } } }) : new OpenAI({ apiKey: 'none' });
const clientMs = performance.now() - before;
console.log(JSON.stringify({ timeMs, cpuMs, memoryMb, clientMs, clientCpuMs: cpu() }));
process.exit();
`;

function start(name: string): Start {
  const cwd = fileURLToPath(new URL('..', import.meta.url));
  return JSON.parse(execFileSync(process.execPath, ['--input-type=module', '-e', MEASURE, name], { cwd, encoding: 'utf8' }));
}

const openai: Start[] = [];
const tollgate: Start[] = [];
for (let round = 0; round < rounds; round += 1) {
  // Neither is always the one that comes after the other.
  if (round % 2 === 1) tollgate.push(start('tollgate'));
  openai.push(start('openai'));
  if (round % 2 === 0) tollgate.push(start('tollgate'));
}

console.log(`A process that imports tollgate against one that imports openai, ${rounds} of each in turn`);
console.log('A ratio is the median of neighbouring rounds, with its quartiles');
console.log();
for (const [measure, goal] of Object.entries(MEASURES) as [keyof Start, number | undefined][]) {
  const [base = [], own = []] = [openai, tollgate].map((starts) => starts.map((each) => each[measure]));
  const ratios = own.map((value, round) => value / (base[round] ?? Number.NaN));
  const [ratio, lower, upper] = [0.5, 0.25, 0.75].map((share) => at(ratios, share).toFixed(2));
  const told = `median ${pair(base, own, 0.5)}  least ${pair(base, own, 0)}`;
  console.log(`${measure.padEnd(11)}  ${ratio} (${lower}-${upper})  ${told}${goal === undefined ? '' : `  goal ${goal}`}`);
}

function pair(base: readonly number[], own: readonly number[], share: number): string {
  const [before, now] = [at(base, share), at(own, share)];
  return `${before.toFixed(0)} to ${now.toFixed(0)}: ${(now / before).toFixed(2)}`;
}

function at(values: readonly number[], share: number): number {
  const sorted = values.toSorted((left, right) => left - right);
  return sorted[Math.floor((sorted.length - 1) * share)] ?? Number.NaN;
}
