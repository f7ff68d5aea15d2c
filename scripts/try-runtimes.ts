/**
 * Makes a call with the packed package on each runtime that comes as a package, and tells what came of it:
 * `npm run try:runtimes`. What it prints stands in docs/runtimes.md.
 */
import { join } from 'node:path';
import { gatewaySource, Sandbox, startHello } from './packed.ts';

const CALL = `try {
  const { gateway } = await import('./gateway.js');
  const answers = [];
  for (const model of ['fast', 'claude', 'gemini'])
    answers.push(await gateway.chat.completions.create({ model, messages: [{ role: 'user', content: 'hello?' }] }));
  const isHello = (answer) => answer.choices[0].message.content === 'hello';
  console.log(answers.every(isHello) ? 'answers' : JSON.stringify(answers));
  await gateway.close();
} catch (error) {
  console.log(error.message);
}
`;

/** A runtime's package, the command that runs a module in it, and what is to come of a call there. */
const RUNTIMES = [
  { name: 'Node 24', add: 'node24@npm:node@24', command: ['node24/bin/node'], expected: /^answers$/ },
  { name: 'Node 22', add: 'node22@npm:node@22', command: ['node22/bin/node'], expected: /^answers$/ },
  {
    name: 'Node 20',
    add: 'node20@npm:node@20',
    command: ['node20/bin/node'],
    expected: /^Tollgate needs Node 22\.19 or newer; this is Node 20/,
  },
  {
    name: 'Node 18',
    add: 'node18@npm:node@18',
    command: ['node18/bin/node'],
    expected: /^Tollgate needs Node 22\.19 or newer; this is Node 18/,
  },
  { name: 'Bun', add: 'bun', command: ['.bin/bun'], expected: /^Tollgate needs Node 22\.19 or newer; this is Bun/ },
  { name: 'Deno', add: 'deno', command: ['.bin/deno', 'run', '--allow-all'], expected: /^answers$/ },
];

const sandbox = new Sandbox();
const upstream = await startHello();
let failed = 0;
try {
  console.log('packing and installing');
  sandbox.install(...RUNTIMES.map(({ add }) => add));
  sandbox.write('gateway.js', gatewaySource(upstream.baseURL));
  sandbox.write('call.js', CALL);
  for (const { name, command, expected } of RUNTIMES) {
    const [program = '', ...args] = command;
    const runtime = join(sandbox.folder, 'node_modules', program);
    const printed = await sandbox.print(runtime, [...args, 'call.js']);
    const isAsExpected = expected.test(printed.trim());
    if (!isAsExpected) failed += 1;
    console.log(`${name}: ${printed.trim()}${isAsExpected ? '' : `\n  expected ${expected}`}`);
  }
} finally {
  upstream.stop();
  sandbox.remove();
}
process.exitCode = failed === 0 ? 0 : 1;
