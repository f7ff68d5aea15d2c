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
