/**
 * Bundles a server that says `gateway.handler`, without any configuration for Tollgate and with none of its optional
 * packages there, and asks it: `npm run try:bundlers`, with names to try only some. Packages come from the registry.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import packageJson from '../package.json' with { type: 'json' };
import { expectHello, gatewaySource, Sandbox, startHello } from './packed.ts';

const SERVER = `import { createServer } from 'node:http';
import { gateway } from './gateway.js';

const server = createServer(async (request, response) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const { method, url, headers } = request;
  const answer = await gateway.handler(new Request('http://localhost' + url, { method, headers, body: Buffer.concat(chunks) }));
  response.writeHead(answer.status, { 'content-type': 'application/json' }).end(await answer.text());
});
server.listen(0, () => console.log('http://localhost:' + server.address().port));
`;

/** Loads as soon as a configuration names it. */
const STORE = "{ type: 'sqlite', path: ':memory:' }";
const PATH = '/v1/chat/completions';
const sandbox = new Sandbox();
/** Beside it, since what bundlers bring would count as installed by the user: webpack needs one of the optional packages itself. */
const tools = new Sandbox();
const upstream = await startHello();

/** Each runs what it has bundled from a folder without packages, so that the bundle has to hold everything. */
const BUNDLERS: Readonly<Record<string, () => Promise<void>>> = {
  async 'next 16'() {
    sandbox.write('next/package.json', JSON.stringify({ private: true }));
    sandbox.write('next/app/layout.jsx', 'export default ({ children }) => <html><body>{children}</body></html>;\n');
    sandbox.write(`next/app${PATH}/gateway.js`, gatewaySource(upstream.baseURL, STORE));
    sandbox.write(`next/app${PATH}/route.js`, "import { gateway } from './gateway.js';\nexport const POST = gateway.handler;\n");
    sandbox.run('npx', ['next', 'build'], 'next');
    await ask('npx', ['next', 'start', '--port', '0'], 'next');
  },
  async 'webpack 5'() {
    const build = `import webpack from 'webpack';
const context = ${JSON.stringify(sandbox.folder)};
webpack({ context, mode: 'production', target: 'node', entry: './server.js', output: { path: context + '/out-webpack', filename: 'server.cjs' } }, (error, stats) => {
  if (error || stats.hasErrors()) { console.error(error ?? stats.toString('errors-only')); process.exitCode = 1; }
});
`;
    tools.write('webpack.js', build);
    tools.run('node', ['webpack.js']);
    await ask('node', ['server.cjs'], 'out-webpack');
  },
  async esbuild() {
    const options = ['--bundle', '--platform=node', `--outfile=${join(sandbox.folder, 'out-esbuild/server.cjs')}`];
    tools.run('npx', ['esbuild', join(sandbox.folder, 'server.js'), ...options]);
    await ask('node', ['server.cjs'], 'out-esbuild');
  },
  async ncc() {
    tools.run('npx', ['ncc', 'build', join(sandbox.folder, 'server.js'), '-o', join(sandbox.folder, 'out-ncc')]);
    await ask('node', ['index.js'], 'out-ncc');
  },
  async rolldown() {
    tools.run('npx', [
      'rolldown',
      join(sandbox.folder, 'server.js'),
      '--platform=node',
      `--dir=${join(sandbox.folder, 'out-rolldown')}`,
    ]);
    sandbox.write('out-rolldown/package.json', JSON.stringify({ type: 'module' }));
    await ask('node', ['server.js'], 'out-rolldown');
  },
};

const asked = process.argv.slice(2);
let failed = 0;
try {
  console.log('packing and installing');
  sandbox.install('next@16', 'react', 'react-dom');
  expectNoOptionalPackage();
  tools.add('webpack@5', 'esbuild', '@vercel/ncc', 'rolldown');
  sandbox.write('gateway.js', gatewaySource(upstream.baseURL, STORE));
  sandbox.write('server.js', SERVER);
  for (const [name, attempt] of Object.entries(BUNDLERS)) {
    if (asked.length > 0 && !asked.some((word) => name.startsWith(word))) continue;
    const problem = await attempt().then(
      () => undefined,
      (error: Error) => error,
    );
    if (problem !== undefined) failed += 1;
    console.log(`${name}: ${problem === undefined ? 'builds and answers' : problem.message}`);
  }
} finally {
  upstream.stop();
  sandbox.remove();
  tools.remove();
}
process.exitCode = failed === 0 ? 0 : 1;

/** Those of `tollgate/otel` are named by who imports it. */
function expectNoOptionalPackage(): void {
  const there = Object.keys(packageJson.peerDependenciesMeta)
    .filter((name) => !name.startsWith('@opentelemetry/'))
    .filter((name) => existsSync(join(sandbox.folder, 'node_modules', name)));
  if (there.length > 0) throw new Error(`${there.join(', ')}: there, so that the absence is not tried`);
}

async function ask(command: string, args: readonly string[], folder: string): Promise<void> {
  const server = await sandbox.serve(command, args, folder);
  try {
    await expectHello(server.origin + PATH);
  } finally {
    server.stop();
  }
}
