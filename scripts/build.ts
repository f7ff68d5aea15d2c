/**
 * Makes `dist`: each entry point and each part that loads later as one module, with its source map, and the declarations of
 * the entry points. `npm run build`.
 */
import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type OutputChunk, rolldown } from 'rolldown';
import { buildDeclarations } from './build-declarations.ts';
import {
  assertNoCircle,
  bundled,
  bundledLicences,
  entriesIn,
  evaluatedLater,
  minified,
  OF_OTHERS,
  PARTS,
  readyForLoaders,
} from './build-parts.ts';
import { dashboardPage } from './dashboard-page.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');

rmSync(dist, { recursive: true, force: true });
await bundleCode();
await buildDeclarations(dist);
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
    plugins: [evaluatedLater(root), dashboardPage(root)],
    // A module's body that waits for its first call need not be compiled with the file.
    optimization: { pifeForModuleWrappers: false },
    // The source maps say which file a line comes from.
    experimental: { attachDebugInfo: 'none' },
  });
  const { output } = await bundle.write({
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
  const parts = output.filter((part) => part.type === 'chunk');
  assertNoCircle(parts);
  for (const part of parts) writeFileSync(join(dist, part.fileName), finished(part));
}

function finished({ name, fileName, code }: OutputChunk): string {
  if (!OF_OTHERS.has(name)) return readyForLoaders(fileName, code);
  rmSync(join(dist, `${fileName}.map`));
  return minified(code);
}
