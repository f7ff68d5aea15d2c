import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import { dts } from 'rolldown-plugin-dts';
import { entriesIn } from './build-parts.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/** The compiler's own declarations, drawn together for each entry point into the folder. */
export async function buildDeclarations(to: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'tollgate-declarations-'));
  try {
    const compiler = join(root, 'node_modules/@typescript/native/bin/tsc');
    const args = [compiler, '-p', 'tsconfig.build.json', '--emitDeclarationOnly', '--outDir', folder];
    execFileSync(process.execPath, args, { cwd: root, stdio: 'inherit' });
    const { 'cli/index': _, ...entries } = entriesIn(folder, '.d.ts');
    const bundle = await rolldown({
      cwd: root,
      input: entries,
      // Asked for by the parts below; every entry keeps the names that it has.
      preserveEntrySignatures: 'allow-extension',
      external: (id) => /^[@\w]/.test(id),
      // An import that no declaration uses is not for its effects, and its package may not be there.
      treeshake: { moduleSideEffects: false },
      plugins: [dts({ emitDtsOnly: true, tsconfig: false })],
    });
    await bundle.write({
      dir: to,
      format: 'esm',
      entryFileNames: '[name].d.ts',
      // The plugin makes declarations again only of what has this ending.
      chunkFileNames: 'parts/[name].d.ts',
      // Whoever does not import this entry need not have the package that it is for.
      codeSplitting: {
        includeDependenciesRecursively: false,
        groups: [{ name: 'otel-types', test: /[\\/]otel[\\/]/, priority: 1 }, { name: 'types' }],
      },
    });
    await bundle.close();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
