/**
 * Uses the packed package on each runtime that comes as a package, and tells what came of it: a call, an import of every entry
 * point, the same by `require`, a store of SQLite, and the command line. `npm run try:runtimes`. What it prints stands in
 * docs/runtimes.md.
 */
import { join } from 'node:path';
import packageJson from '../package.json' with { type: 'json' };
import { gatewaySource, Sandbox, startHello } from './packed.ts';

const CALL = `try {
  const { gateway } = await import('./gateway.js');
  const answers = [];
  for (const model of ['fast', 'claude', 'gemini'])
    answers.push(await gateway.chat.completions.create({ model, messages: [{ role: 'user', content: 'hello?' }] }));
  const isHello = (answer) => answer.choices[0].message.content === 'hello';
  console.log(answers.every(isHello) ? 'good' : JSON.stringify(answers));
  await gateway.close();
} catch (error) {
  console.log(error.message);
}
`;

const specifiers = Object.keys(packageJson.exports)
  .filter((entry) => !entry.endsWith('.json'))
  .map((entry) => `tollgate${entry.slice(1)}`);

const IMPORT = `const problems = [];
for (const specifier of ${JSON.stringify(specifiers)}) await import(specifier).catch((error) => problems.push(error.message));
console.log(problems.join('; ') || 'good');
`;

/** `tollgate/testing` awaits its parts, which `require` cannot. */
const REQUIRE = `for (const specifier of ${JSON.stringify(specifiers.filter((name) => name !== 'tollgate/testing'))}) require(specifier);
console.log('good');
`;

const STORE = `const { SqliteStore } = await import('tollgate/sqlite');
try {
  new SqliteStore(':memory:').close();
  console.log('good');
} catch (error) {
  console.log(error.message);
}
`;

/** What is run, and what it prints if all is well. */
const TRIALS = [
  { name: 'call', args: ['call.js'], good: /^good$/ },
  { name: 'import', args: ['import.js'], good: /^good$/ },
  { name: 'require', args: ['require.cjs'], good: /^good$/ },
  // Beside what Node 22 warns of.
  { name: 'store', args: ['store.js'], good: /^good$/m },
  { name: 'command', args: ['node_modules/tollgate/dist/cli/index.js', 'check', 'gateway.json'], good: /^Nothing is wrong\.$/ },
];
/** An old Node has errors of its own for these. */
const OF_A_RUNTIME_THAT_WILL_DO: ReadonlySet<string> = new Set(['require']);

/** A runtime's package, the command that runs a module in it, and what it is told where it will not do. */
const RUNTIMES = [
  { name: 'Node 26', add: 'node26@npm:node@26', command: ['node26/bin/node'] },
  { name: 'Node 24', add: 'node24@npm:node@24', command: ['node24/bin/node'] },
  { name: 'Node 22', add: 'node22@npm:node@22', command: ['node22/bin/node'] },
  { name: 'Node 22.19', add: 'node2219@npm:node@22.19.0', command: ['node2219/bin/node'] },
  { name: 'Node 20', add: 'node20@npm:node@20', command: ['node20/bin/node'], refused: 'Node 20' },
  { name: 'Node 18', add: 'node18@npm:node@18', command: ['node18/bin/node'], refused: 'Node 18' },
  { name: 'Bun', add: 'bun', command: ['.bin/bun'], refused: 'Bun' },
  { name: 'Deno', add: 'deno', command: ['.bin/deno', 'run', '--allow-all'] },
];

const sandbox = new Sandbox();
const upstream = await startHello();
let failed = 0;
try {
  console.log('packing and installing');
  // Named by who imports `tollgate/otel`.
  sandbox.install('@opentelemetry/api@1', ...RUNTIMES.map(({ add }) => add));
  sandbox.write('gateway.js', gatewaySource(upstream.baseURL));
  sandbox.write('gateway.json', JSON.stringify({ providers: { openai: { apiKey: 'none' } } }));
  for (const [file, source] of Object.entries({
    'call.js': CALL,
    'import.js': IMPORT,
    'require.cjs': REQUIRE,
    'store.js': STORE,
  }))
    sandbox.write(file, source);
  for (const { name, command, refused } of RUNTIMES) {
    const [program = '', ...args] = command;
    const runtime = join(sandbox.folder, 'node_modules', program);
    const found: string[] = [];
    for (const trial of TRIALS) {
      if (refused !== undefined && OF_A_RUNTIME_THAT_WILL_DO.has(trial.name)) continue;
      found.push(await tried(trial, runtime, args, refused));
    }
    console.log(refused === undefined ? `${name}: ${found.join(', ')}` : `${name}\n  ${found.join('\n  ')}`);
  }
} finally {
  upstream.stop();
  sandbox.remove();
}
process.exitCode = failed === 0 ? 0 : 1;

async function tried(
  { name, args, good }: (typeof TRIALS)[number],
  runtime: string,
  before: readonly string[],
  refused: string | undefined,
): Promise<string> {
  const printed = (await sandbox.print(runtime, [...before, ...args])).trim();
  const line = new RegExp(`^(?:tollgate: )?Tollgate needs Node 22\\.19 or newer; this is ${refused}[. ].*$`);
  const expected = refused === undefined ? good : line;
  if (expected.test(printed)) return refused === undefined ? name : `${name}: ${printed}`;
  failed += 1;
  return `\n  ${name}: ${printed}\n  expected ${expected}\n`;
}
