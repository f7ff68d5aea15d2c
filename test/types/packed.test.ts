import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildDeclarations } from '../../scripts/build-declarations.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../', import.meta.url));
const COMPILERS = { 'TypeScript 6': 'typescript/bin/tsc6', 'TypeScript 7': '@typescript/native/bin/tsc' };

/** A folder in which the library stands as it is installed: its declarations, and of packages those that it depends on. */
let consumer: string;

beforeAll(async () => {
  consumer = mkdtempSync(join(tmpdir(), 'tollgate-types-'));
  const library = join(consumer, 'node_modules/tollgate');
  mkdirSync(library, { recursive: true });
  await buildDeclarations(join(library, 'dist'));
  cpSync(join(root, 'package.json'), join(library, 'package.json'));
  cpSync(join(root, 'test/types/fields.test-d.ts'), join(consumer, 'program.ts'));
  const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { dependencies: object };
  for (const name of [...Object.keys(dependencies), '@types/node', 'undici-types']) link(name);
  writeFileSync(join(consumer, 'package.json'), JSON.stringify({ type: 'module' }));
}, 240_000);

function link(name: string): void {
  mkdirSync(dirname(join(consumer, 'node_modules', name)), { recursive: true });
  symlinkSync(join(root, 'node_modules', name), join(consumer, 'node_modules', name));
}

afterAll(() => rmSync(consumer, { recursive: true, force: true }));

/** What a compiler says of the program that imports the installed library. */
async function complaints(
  compiler: string,
  module: string,
  moduleResolution: string,
  program = 'program.ts',
  further: readonly string[] = [],
): Promise<string> {
  const options = ['--noEmit', '--strict', '--skipLibCheck', 'false', '--target', 'es2024', '--types', 'node'];
  const args = [
    join(root, 'node_modules', compiler),
    ...options,
    ...further,
    '--module',
    module,
    '--moduleResolution',
    moduleResolution,
    program,
  ];
  return run(process.execPath, args, { cwd: consumer }).then(
    ({ stdout }) => stdout,
    (error: { stdout?: string }) => error.stdout || String(error),
  );
}

describe('a program over the installed package', () => {
  it.each([
    ['TypeScript 6', 'nodenext', 'nodenext'],
    ['TypeScript 7', 'esnext', 'bundler'],
  ] as const)(
    'names the fields beside OpenAI’s without casts under %s (%s, %s)',
    async (compiler, module, resolution) => {
      expect(await complaints(COMPILERS[compiler], module, resolution)).toBe('');
    },
    240_000,
  );

  it('needs no package that is optional, except at the entry that is for it, under every strict option', async () => {
    writeFileSync(join(consumer, 'plain.ts'), PLAIN);
    const strict = ['exactOptionalPropertyTypes', 'noUncheckedIndexedAccess', 'verbatimModuleSyntax', 'erasableSyntaxOnly'];
    const options = ['--lib', 'es2024', '--declaration', ...strict.flatMap((option) => [`--${option}`, 'true'])];
    for (const compiler of Object.values(COMPILERS))
      expect(await complaints(compiler, 'nodenext', 'nodenext', 'plain.ts', options)).toBe('');
  }, 240_000);

  it('states every new option of a configuration, from every entry point', async () => {
    link('@opentelemetry/api');
    writeFileSync(join(consumer, 'user.ts'), USER);
    expect(await complaints(COMPILERS['TypeScript 7'], 'nodenext', 'nodenext', 'user.ts')).toBe('');
  }, 240_000);

  it('has them by its import of the library, and not before', async () => {
    writeFileSync(join(consumer, 'alone.ts'), ALONE);
    expect(await complaints(COMPILERS['TypeScript 7'], 'nodenext', 'nodenext', 'alone.ts')).toContain("'reasoning_content'");
  }, 240_000);
});

const ALONE = `import type { OpenAI } from 'openai';
export const thought = (message: OpenAI.Chat.ChatCompletionMessage) => message.reasoning_content;
`;

const PLAIN = `import { defineConfig, Gateway, type RoutingStrategy } from 'tollgate';
import { dashboard } from 'tollgate/dashboard';
import { logCalls } from 'tollgate/log';
import { redisStore } from 'tollgate/redis';
import { SqliteStore } from 'tollgate/sqlite';
import { scriptedProvider, testClock } from 'tollgate/testing';
export const own = scriptedProvider('own', [{ text: 'Hello' }]);
export const config = defineConfig({ providers: { own: { provider: own } }, models: { fast: ['own/any'] } });
export const gateway = new Gateway(config);
export const control = gateway.control;
export const plan = () => gateway.control.plan({ model: 'fast', messages: [] });
export const answer = () => gateway.chat.completions.create({ model: 'fast', messages: [], stream: true });
export const options = gateway.clientOptions;
export const strategy: RoutingStrategy = { name: 'listed', order: (candidates) => candidates };
export class Own extends Gateway {
  readonly health = () => this.control.health();
}
export const others = { dashboard, logCalls, redisStore, SqliteStore, testClock };
`;

const USER = `import { defineConfig, Gateway, type GatewayConfig, routeOf } from 'tollgate';
import { logCalls } from 'tollgate/log';
import { instrument } from 'tollgate/otel';
import { redisStore } from 'tollgate/redis';
import { SqliteStore } from 'tollgate/sqlite';
import { scriptedProvider, testClock } from 'tollgate/testing';
const config: GatewayConfig = {
  providers: { openai: { apiKey: 'key' } },
  models: { fast: ['openai/gpt-5-mini'] },
  budgets: [{ name: 'team', each: 'team', limit: { usd: 200 }, window: 'month', missing: 'deny' }],
  turnMemory: { maxTurns: 10, maxBytes: 1_000_000, ttlMs: 1_000 },
  reasoningField: 'both',
  handler: { maxRequestBytes: 1_000_000, maxUploadBytes: 2_000_000, maxNesting: 20, maxItems: 1_000, bodyTimeoutMs: 1_000 },
  toolPrices: { web_search: 0.01, code_interpreter: { usd: 0.03, maxUses: 1 } },
  prices: { 'openai/realtime': { session: 0.1 }, 'openai/image': { image: 0.1 }, 'openai/voice': { character: 0.01, minute: 0.1 } },
  access: { rules: [{ match: { team: 'search' }, allow: ['fast'], denyTools: ['web_*'] }], maxFailuresPerMinute: 3 },
};
const gateway = new Gateway(defineConfig(config));
const answer = await gateway.for({ team: 'search' }).chat.completions.create({ model: 'fast', messages: [] });
export const cost: number | undefined = routeOf(answer)?.costUsd;
// @ts-expect-error no such option
export const wrong: GatewayConfig = { providers: {}, turnMemory: { turns: 1 } };
logCalls(gateway, console, { sampleSuccesses: 0.1 });
export const undo: () => void = instrument(gateway, { semconv: 'latest', dimensions: ['team'] });
export { redisStore, SqliteStore, scriptedProvider, testClock };
`;
