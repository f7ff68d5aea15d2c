import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { pages, snippetsOf, toModule } from './docs/snippets/snippet.ts';

const root = fileURLToPath(new URL('../', import.meta.url));
// Inside the project, so that snippets find its dependencies.
mkdirSync(join(root, 'node_modules/.cache'), { recursive: true });
const workshop = mkdtempSync(join(root, 'node_modules/.cache/docs-'));
afterAll(() => rmSync(workshop, { recursive: true, force: true }));

const snippets = pages.flatMap(snippetsOf);

/** A part of a configuration is held to its type. */
const asConfig = (config: string) => `const config: Partial<import('tollgate').GatewayConfig> = { ${config} };`;

/** What snippets may use without saying where it comes from. */
const PRELUDE = `
import type * as tollgate from 'tollgate';
declare global {
  const gateway: tollgate.Gateway;
  const messages: { role: 'user'; content: string }[];
  const routeOf: typeof tollgate.routeOf;
  const isFailoverExhausted: typeof tollgate.isFailoverExhausted;
  function token(): Promise<string>;
}
`;

describe('the documentation', () => {
  it('has pages with snippets', () => {
    expect(pages).toEqual(expect.arrayContaining(['README.md', 'docs/access.md', 'docs/routing.md']));
    expect(snippets.length).toBeGreaterThan(0);
  });

  it('has snippets that compile against the sources', { timeout: 120_000 }, async () => {
    for (const snippet of snippets) writeFileSync(join(workshop, snippet.file), toModule(snippet, asConfig));
    writeFileSync(join(workshop, 'prelude.d.ts'), PRELUDE);
    writeFileSync(join(workshop, 'tsconfig.json'), JSON.stringify(CONFIG));
    const compiler = join(dirname(createRequire(import.meta.url).resolve('@typescript/native/package.json')), 'bin/tsc');
    const { stdout } = await promisify(execFile)(process.execPath, [compiler, '-p', workshop]).catch(
      (error: { stdout: string }) => error,
    );
    expect(stdout).toBe('');
  });

  it.each(['docs/access.md', 'docs/routing.md'])('%s has at most 200 lines written by hand', (page) => {
    // A table that is made from the code grows with it.
    const written = readFileSync(join(root, page), 'utf8').replace(/<!-- (\w+): [\s\S]*<!-- \/\1 -->/, '');
    expect(written.split('\n').length).toBeLessThanOrEqual(200);
  });
});

const source = (path: string) => [join(root, 'src', path)];

const CONFIG = {
  extends: join(root, 'tsconfig.json'),
  compilerOptions: {
    noUnusedLocals: false,
    noUnusedParameters: false,
    typeRoots: [join(root, 'node_modules/@types')],
    paths: {
      tollgate: source('index.ts'),
      'tollgate/testing': source('testing/index.ts'),
      'tollgate/otel': source('otel/index.ts'),
      'tollgate/log': source('log/index.ts'),
      'tollgate/redis': source('stores/redis/index.ts'),
      'tollgate/sqlite': source('stores/sqlite.ts'),
      'tollgate/dashboard': source('dashboard/index.ts'),
    },
  },
  include: ['*.ts', join(root, 'src/**/*.d.ts')],
};
