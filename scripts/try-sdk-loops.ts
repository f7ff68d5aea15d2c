/**
 * Runs tool loops of clients that people use, each over the packed package and upstreams on the loopback that want their
 * reasoning back, and inside of runs whose limits are reached in the middle of the loop: `npm run try:loops`, with parts of
 * names to try only some. Packages come from the registry, in the versions below. Prints a table: a client by row, a vendor
 * by column, the limits last; and where each client keeps the error of a limit. The examples of `examples/sdks` run first;
 * with `examples` they alone.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Sandbox } from './packed.ts';

const CLIENTS = [
  ...['ai@7.0.173', '@ai-sdk/openai@4.0.118', '@ai-sdk/openai-compatible@3.0.92', '@openai/agents@0.20.0'],
  ...['@langchain/openai@1.6.0', '@langchain/core@1.4.0', 'zod@4.6.7'],
];
const PROGRAM = ['loops.mjs', 'limits.mjs', 'clients.mjs', 'vendors.mjs'];

/** One loop of a client over a vendor. */
interface Loop {
  readonly client: string;
  readonly vendor: string;
  readonly way: string;
  readonly problems: readonly string[];
  /** Where the error of a limit is. */
  readonly place?: string;
}

const folder = fileURLToPath(new URL('sdk-loops', import.meta.url));
const examples = fileURLToPath(new URL('../examples/sdks', import.meta.url));
const sandbox = new Sandbox();
try {
  console.log('packing and installing');
  sandbox.install(...CLIENTS);
  for (const file of PROGRAM) sandbox.write(file, readFileSync(join(folder, file), 'utf8'));
  const asked = process.argv.slice(2);
  const badExamples = await triedExamples();
  process.exitCode = badExamples === 0 ? 0 : 1;
  if (!asked.includes('examples')) await tryLoops(asked);
} finally {
  sandbox.remove();
}

/** How many of the examples for clients end with an error, or do not print the answer in each line. */
async function triedExamples(): Promise<number> {
  const files = readdirSync(examples).filter((file) => file.endsWith('.js'));
  for (const file of files) sandbox.write(file, readFileSync(join(examples, file), 'utf8'));
  let bad = 0;
  for (const file of files.filter((name) => name !== 'gateway.js')) {
    const printed = (await sandbox.print('node', [file])).trim();
    const isGood = printed.split('\n').every((line) => /^\w+: hello$/.test(line));
    if (!isGood) bad += 1;
    console.log(isGood ? `examples/sdks/${file}: good` : `examples/sdks/${file}:\n${printed}`);
  }
  return bad;
}

async function tryLoops(asked: readonly string[]): Promise<void> {
  const printed = `${await sandbox.print('node', ['loops.mjs', ...asked])}${await sandbox.print('node', ['limits.mjs', ...asked])}`;
  const lines = printed.split('\n').filter((line) => line.startsWith('{"client"'));
  const loops = lines.map((line) => JSON.parse(line) as Loop);
  if (loops.length === 0) throw new Error(printed);
  print(loops);
  if (loops.some(({ problems }) => problems.length > 0)) process.exitCode = 1;
}

function print(loops: readonly Loop[]): void {
  const vendors = [...new Set(loops.map(({ vendor }) => vendor))];
  console.log(`| client | ${vendors.join(' | ')} |\n|---|${'---|'.repeat(vendors.length)}`);
  for (const [client, own] of Map.groupBy(loops, (loop) => loop.client)) {
    const cells = vendors.map((vendor) => cellOf(own.filter((loop) => loop.vendor === vendor)));
    console.log(`| ${client} | ${cells.join(' | ')} |`);
  }
  for (const { client, vendor, way, problems } of loops)
    if (problems.length > 0) console.log(`${client}, ${vendor}, ${way}: ${problems.join('; ')}`);
  for (const found of new Set(loops.flatMap(({ client, place }) => place && `${client}: ${place}`)))
    if (found) console.log(found);
}

function cellOf(loops: readonly Loop[]): string {
  if (loops.length === 0) return 'not tried';
  const well = loops.filter(({ problems }) => problems.length === 0);
  return `${well.length} of ${loops.length}`;
}
