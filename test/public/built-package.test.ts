import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildCode } from '../../scripts/build-code.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../', import.meta.url));

/** A folder in which the library stands as it is built, beside the packages that it depends on. */
let consumer: string;

beforeAll(async () => {
  consumer = mkdtempSync(join(tmpdir(), 'tollgate-built-'));
  const library = join(consumer, 'node_modules/tollgate');
  mkdirSync(library, { recursive: true });
  await buildCode(join(library, 'dist'));
  cpSync(join(root, 'package.json'), join(library, 'package.json'));
  const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { dependencies: object };
  for (const name of Object.keys(dependencies)) {
    mkdirSync(dirname(join(consumer, 'node_modules', name)), { recursive: true });
    symlinkSync(join(root, 'node_modules', name), join(consumer, 'node_modules', name));
  }
}, 240_000);

afterAll(() => rmSync(consumer, { recursive: true, force: true }));

// Tests read the sources. What the bundler makes of them has parts, which load each other when they are first used.
describe('the package as it is built', () => {
  it('answers over every wire, with budgets, guards and a cache', { timeout: 240_000 }, async () => {
    writeFileSync(join(consumer, 'program.mjs'), PROGRAM);
    const { stdout } = await run(process.execPath, ['program.mjs'], { cwd: consumer });
    expect(JSON.parse(stdout)).toEqual({
      openai: 'hello',
      anthropic: 'hello',
      google: 'hello',
      cohere: 'hello',
      bedrock: 'hello',
    });
  });

  it.each([
    ['Node', [], 'files-when-needed.js', []],
    ['whoever may not follow a path', ['--no-experimental-require-module'], 'files-at-once.js', ['gateway.cjs']],
  ])('loads what a gateway works by when one is constructed, for %s', { timeout: 240_000 }, async (_who, flags, way, atOnce) => {
    writeFileSync(join(consumer, 'config.yaml'), 'providers: { openai: { apiKey: none } }\n');
    writeFileSync(join(consumer, 'stages.mjs'), STAGES);
    const { stdout } = await run(process.execPath, [...flags, 'stages.mjs'], { cwd: consumer });
    const byConstruction = ['gateway.cjs', 'zod.cjs'].filter((file) => !atOnce.includes(file));
    expect(JSON.parse(stdout)).toEqual({
      import: ['core.js', way, 'gateway-code.js', ...atOnce, 'index.js'],
      'what needs no gateway': [],
      'a configuration with a mistake': byConstruction,
      'a configuration': [],
      'a file of YAML': ['yaml.cjs'],
      'a store in a file': ['sqlite.cjs'],
      'an entry point for stores': ['sqlite.js', 'sqlite.js'],
    });
  });

  it('checks configurations in a part that import alone does not load', () => {
    const dist = join(consumer, 'node_modules/tollgate/dist');
    const sourcesOf = (file: string) =>
      (JSON.parse(readFileSync(join(dist, `${file}.map`), 'utf8')) as { sources: string[] }).sources;
    const ofChecks = (source: string) =>
      /\/src\/(?:config\/(?:checks|schema|plan|guards|stores)|providers\/types)\//.test(source);
    expect(sourcesOf('parts/gateway.cjs').filter(ofChecks).length).toBeGreaterThan(80);
    expect(['index.js', 'parts/core.js'].flatMap(sourcesOf).filter(ofChecks)).toEqual([]);
  });

  it('has one class of each error, by import and by require', { timeout: 240_000 }, async () => {
    writeFileSync(join(consumer, 'classes.mjs'), CLASSES);
    const { stdout } = await run(process.execPath, ['classes.mjs'], { cwd: consumer });
    expect(JSON.parse(stdout)).toEqual({ thrown: 'ConfigurationError', isOne: true, isOneByRequire: true, isOneStore: true });
  });

  it('has one class of each error where a loader makes CommonJS of modules', { timeout: 240_000 }, async () => {
    symlinkSync(join(root, 'node_modules/typescript'), join(consumer, 'node_modules/typescript'));
    writeFileSync(join(consumer, 'loader.cjs'), LOADER);
    writeFileSync(join(consumer, 'required.cjs'), `${FIRST_CALL}firstCall(require('tollgate')).then(console.log);\n`);
    const { stdout } = await run(process.execPath, ['--require', './loader.cjs', 'required.cjs'], { cwd: consumer });
    expect(stdout).toBe('hello, UnknownModelError\n');
  });

  it('shows the lines of the sources in stack traces', { timeout: 240_000 }, async () => {
    writeFileSync(join(consumer, 'trace.mjs'), TRACE);
    const { stdout } = await run(process.execPath, ['--enable-source-maps', 'trace.mjs'], { cwd: consumer });
    const [, file = '', line = ''] = /\/(src\/config\/[\w/-]+\.ts):(\d+):\d+/.exec(stdout) ?? [];
    expect(readFileSync(join(root, file), 'utf8').split('\n')[Number(line) - 1]).toContain('new ConfigurationError');
  });

  it.each(['forks', 'vmThreads'])('answers in the pool %s of Vitest', { timeout: 240_000 }, async (pool) => {
    writeFileSync(
      join(consumer, 'pool.test.mjs'),
      `${FIRST_CALL}import { expect, it } from 'vitest';
it('answers', async () => expect(await firstCall(await import('tollgate'))).toBe('hello, UnknownModelError'));\n`,
    );
    const args = [join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--maxWorkers=1', `--pool=${pool}`, 'pool.test.mjs'];
    const { stdout } = await run(process.execPath, args, { cwd: consumer, env: { ...process.env, NO_COLOR: '1' } });
    expect(stdout).toContain('1 passed');
  });

  it.each([
    ["'memory'", false],
    ["{ type: 'sqlite', path, slices: false }", false],
    ["{ type: 'sqlite', path }", true],
  ])('over the store %s has loaded the code of slices: %s', { timeout: 240_000 }, async (store, slices) => {
    const path = JSON.stringify(join(consumer, 'budgets.db'));
    writeFileSync(join(consumer, 'loads.mjs'), `const path = ${path};\nconst store = ${store};\n${LOADS}`);
    const { stdout } = await run(process.execPath, ['loads.mjs'], { cwd: consumer });
    expect(JSON.parse(stdout)).toEqual({ remaining: 9, slices });
  });
});

const STAGES = `import { registerHooks } from 'node:module';

const loaded = [];
registerHooks({
  load(url, context, next) {
    if (url.includes('/dist/') && !url.includes('/openai/')) loaded.push(url.split('/').at(-1));
    return next(url, context);
  },
});
const stages = {};
const gateways = [];
async function stage(name, act) {
  const before = loaded.length;
  const made = await act();
  stages[name] = loaded.slice(before).sort();
  return made;
}
const config = { providers: { openai: { apiKey: 'none' } } };
const { createVirtualKey, defineConfig, Gateway, isFailoverExhausted, UnknownModelError } = await stage('import', () => import('tollgate'));
await stage('what needs no gateway', () => [defineConfig(config), createVirtualKey(), isFailoverExhausted(new UnknownModelError('m', []))]);
await stage('a configuration with a mistake', () => {
  try {
    gateways.push(new Gateway({}));
  } catch {}
});
await stage('a configuration', () => gateways.push(new Gateway(config)));
await stage('a file of YAML', () => gateways.push(new Gateway('config.yaml')));
await stage('a store in a file', () => gateways.push(new Gateway({ ...config, store: { type: 'sqlite', path: ':memory:' } })));
await stage('an entry point for stores', () => import('tollgate/sqlite'));
console.log(JSON.stringify(stages));
for (const gateway of gateways) await gateway.close();
`;

const CLASSES = `import { createRequire } from 'node:module';
import { ConfigurationError, Gateway } from 'tollgate';
import { SqliteStore } from 'tollgate/sqlite';

const require = createRequire(import.meta.url);
let thrown;
try {
  new Gateway({});
} catch (error) {
  thrown = error;
}
console.log(JSON.stringify({
  thrown: thrown.constructor.name,
  isOne: thrown instanceof ConfigurationError,
  isOneByRequire: thrown instanceof require('tollgate').ConfigurationError,
  isOneStore: require('tollgate/sqlite').SqliteStore === SqliteStore,
}));
`;

const TRACE = `import { Gateway } from 'tollgate';
try {
  new Gateway({});
} catch (error) {
  console.log(error.stack);
}
`;

const LOADER = `const { registerHooks } = require('node:module');
const ts = require('typescript');

const compilerOptions = { module: ts.ModuleKind.NodeNext, target: ts.ScriptTarget.ESNext };
registerHooks({
  load(url, context, next) {
    const loaded = next(url, context);
    if (loaded.format !== 'module' || !context.conditions.includes('require')) return loaded;
    const text = String(loaded.source).replaceAll('import.meta', "({ url: require('node:url').pathToFileURL(__filename).href })");
    return { ...loaded, format: 'commonjs', source: ts.transpileModule(text, { fileName: 'part.cts', compilerOptions }).outputText };
  },
});
`;

const FIRST_CALL = `async function firstCall({ Gateway, UnknownModelError }) {
  const { createServer } = await import('node:http');
  const server = createServer((request, response) => {
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ id: 'c', object: 'chat.completion', created: 1,
      model: 'm', choices: [{ index: 0, message: { role: 'assistant', content: 'hello' }, finish_reason: 'stop' }] }));
  });
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
  const baseURL = 'http://127.0.0.1:' + server.address().port;
  const gateway = new Gateway({ providers: { openai: { apiKey: 'none', baseURL } }, models: { m: ['openai/m'] } });
  const messages = [{ role: 'user', content: 'hello?' }];
  const answer = await gateway.chat.completions.create({ model: 'm', messages });
  const refused = await gateway.chat.completions.create({ model: 'other', messages }).catch((error) => error);
  await gateway.close();
  server.close().closeAllConnections();
  return answer.choices[0].message.content + ', ' + (refused instanceof UnknownModelError ? 'UnknownModelError' : refused);
}
`;

const LOADS = `import { registerHooks } from 'node:module';

const loaded = [];
registerHooks({
  load(url, context, next) {
    loaded.push(url);
    return next(url, context);
  },
});
const { Gateway } = await import('tollgate');
const gateway = new Gateway({
  providers: { openai: { apiKey: 'none', baseURL: 'http://127.0.0.1:1' } },
  models: { m: ['openai/m'] },
  budgets: [{ name: 'all', limit: { requests: 9 }, window: 'lifetime' }],
  store,
});
const [{ remaining }] = await gateway.control.budgets();
const slices = loaded.some((url) => url.endsWith('/parts/slices.js'));
console.log(JSON.stringify({ remaining: remaining.requests, slices }));
await gateway.close();
`;

const PROGRAM = `import { createServer } from 'node:http';
import { once } from 'node:events';
import { Gateway } from 'tollgate';

const ANSWERS = {
  chat: { message: { role: 'assistant', content: [{ type: 'text', text: 'hello' }] }, finish_reason: 'COMPLETE' },
  completions: { id: 'c', object: 'chat.completion', created: 1, model: 'm', choices: [
    { index: 0, message: { role: 'assistant', content: 'hello' }, finish_reason: 'stop' } ] },
  messages: { id: 'm', type: 'message', role: 'assistant', model: 'm', content: [{ type: 'text', text: 'hello' }],
    stop_reason: 'end_turn', usage: { input_tokens: 1, output_tokens: 1 } },
  generateContent: { candidates: [{ content: { role: 'model', parts: [{ text: 'hello' }] }, finishReason: 'STOP' }] },
  converse: { output: { message: { role: 'assistant', content: [{ text: 'hello' }] } }, stopReason: 'end_turn',
    usage: { inputTokens: 1, outputTokens: 1, totalTokens: 2 } },
};
const server = createServer((request, response) => {
  request.resume().once('end', () => {
    response.setHeader('content-type', 'application/json').end(JSON.stringify(ANSWERS[/\\w+$/.exec(request.url)[0]]));
  });
});
await once(server.listen(0, '127.0.0.1'), 'listening');
const origin = \`http://127.0.0.1:\${server.address().port}\`;
const price = { input: 1, output: 1 };
const served = (provider) => [{ provider, model: 'm', price }];
const gateway = new Gateway({
  providers: {
    openai: { apiKey: 'none', baseURL: origin },
    anthropic: { apiKey: 'none', baseURL: origin },
    google: { apiKey: 'none', baseURL: origin },
    cohere: { apiKey: 'none', baseURL: origin },
    bedrock: { apiKey: 'none', region: 'eu-central-1', baseURL: origin },
  },
  models: Object.fromEntries(['openai', 'anthropic', 'google', 'cohere', 'bedrock'].map((name) => [name, served(name)])),
  budgets: [{ name: 'all', limit: { usd: 1 }, window: 'day' }],
  guards: [{ name: 'keys', on: 'both', mode: 'redact', use: 'secrets' }],
  cache: { ttl: '1h' },
});
const texts = {};
for (const model of ['openai', 'anthropic', 'google', 'cohere', 'bedrock']) {
  const answer = await gateway.chat.completions.create({ model, messages: [{ role: 'user', content: 'hello?' }] });
  texts[model] = answer.choices[0].message.content;
}
console.log(JSON.stringify(texts));
await gateway.close();
server.close().closeAllConnections();
`;
