import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../', import.meta.url));
const COMPILERS = { 'TypeScript 6': 'typescript/bin/tsc6', 'TypeScript 7': '@typescript/native/bin/tsc' };

/** A folder in which the library stands as it is installed: declarations and nothing else of its sources. */
let consumer: string;

beforeAll(async () => {
  consumer = mkdtempSync(join(tmpdir(), 'tollgate-types-'));
  const library = join(consumer, 'node_modules/tollgate');
  const compiler = join(root, 'node_modules', COMPILERS['TypeScript 7']);
  mkdirSync(library, { recursive: true });
  await run(process.execPath, [
    compiler,
    '-p',
    join(root, 'tsconfig.build.json'),
    '--emitDeclarationOnly',
    '--outDir',
    join(library, 'dist'),
  ]);
  cpSync(join(root, 'package.json'), join(library, 'package.json'));
  cpSync(join(root, 'test/types/fields.test-d.ts'), join(consumer, 'program.ts'));
  for (const name of ['openai', 'undici', '@types', 'undici-types', 'zod', 'eventemitter3', '@pydantic'])
    symlinkSync(join(root, 'node_modules', name), join(consumer, 'node_modules', name));
  writeFileSync(join(consumer, 'package.json'), JSON.stringify({ type: 'module' }));
}, 240_000);

afterAll(() => rmSync(consumer, { recursive: true, force: true }));

/** What a compiler says of the program that imports the installed library. */
async function complaints(compiler: string, module: string, moduleResolution: string, program = 'program.ts'): Promise<string> {
  const options = ['--noEmit', '--strict', '--skipLibCheck', 'false', '--target', 'es2024', '--types', 'node'];
  const args = [
    join(root, 'node_modules', compiler),
    ...options,
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

  it('has them by its import of the library, and not before', async () => {
    writeFileSync(join(consumer, 'alone.ts'), ALONE);
    expect(await complaints(COMPILERS['TypeScript 7'], 'nodenext', 'nodenext', 'alone.ts')).toContain("'reasoning_content'");
  }, 240_000);
});

const ALONE = `import type { OpenAI } from 'openai';
export const thought = (message: OpenAI.Chat.ChatCompletionMessage) => message.reasoning_content;
`;
