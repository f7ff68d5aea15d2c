/**
 * Makes `dist`: each entry point and each part that loads later as one module, with its source map, and the declarations of
 * the entry points. `npm run build`.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import { dts } from 'rolldown-plugin-dts';
import { bundled, bundledLicences, evaluatedLater, PARTS, packagesMinified } from './build-parts.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');

/** Where an entry point lies in `dist`, and where in `src`. */
const ENTRY_POINTS = {
  index: 'index',
  redis: 'stores/redis/index',
  sqlite: 'stores/sqlite',
  testing: 'testing/index',
  'cli/index': 'cli/index',
};

rmSync(dist, { recursive: true, force: true });
await bundleCode();
await bundleDeclarations();
writeFileSync(join(dist, 'LICENSES.txt'), bundledLicences(root));
// npm makes it executable where the package is installed; a checkout has only this.
chmodSync(join(dist, 'cli/index.js'), 0o755);

async function bundleCode(): Promise<void> {
  const bundle = await rolldown({
    cwd: root,
    input: entriesIn(join(root, 'src'), '.ts'),
    platform: 'node',
    external: (id) => /^[@\w]/.test(id) && !bundled(id),
    // The package's form for Node is CommonJS, of which a bundle can leave nothing out.
    resolve: { alias: { yaml: join(root, 'node_modules/yaml/browser/index.js') } },
    preserveEntrySignatures: 'allow-extension',
    plugins: [evaluatedLater(root), packagesMinified],
  });
  await bundle.write({
    dir: dist,
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: 'parts/[name].js',
    sourcemap: true,
    comments: { legal: true, annotation: true, jsdoc: false },
    // One character beyond ASCII would make the engine keep all of a file in two bytes a character.
    minify: { compress: false, mangle: false, codegen: { removeWhitespace: false, asciiOnly: true } },
    codeSplitting: { includeDependenciesRecursively: false, groups: PARTS },
  });
  await bundle.close();
}

/** The compiler's own declarations, drawn together for each entry point. */
async function bundleDeclarations(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'tollgate-declarations-'));
  try {
    execFileSync('tsc', ['-p', 'tsconfig.build.json', '--outDir', folder], { cwd: root, stdio: 'inherit' });
    const { 'cli/index': _, ...entries } = entriesIn(folder, '.d.ts');
    const bundle = await rolldown({
      cwd: root,
      input: entries,
      external: (id) => /^[@\w]/.test(id),
      plugins: [dts({ dtsOnly: true, tsconfig: false })],
    });
    await bundle.write({
      dir: dist,
      format: 'esm',
      chunkFileNames: 'parts/[name].ts',
      codeSplitting: { groups: [{ name: 'types' }] },
    });
    await bundle.close();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function entriesIn(folder: string, ending: string): Record<string, string> {
  return Object.fromEntries(Object.entries(ENTRY_POINTS).map(([name, path]) => [name, join(folder, `${path}${ending}`)]));
}
