import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type OutputChunk, rolldown } from 'rolldown';
import {
  assertNoCircle,
  bundled,
  entriesIn,
  evaluatedLater,
  minified,
  OF_OTHERS,
  PARTS,
  readyForLoaders,
} from './build-parts.ts';
import { dashboardPage } from './dashboard-page.ts';
import { filesWhenNeeded, WAY_TO_FILES, writeFilesWhenNeeded } from './files-when-needed.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Each entry point and each part that loads later as one module in the folder, with its source map. */
export async function buildCode(to: string): Promise<void> {
  const bundle = await rolldown({
    cwd: root,
    input: entriesIn(join(root, 'src'), '.ts'),
    platform: 'node',
    external: (id) => id === WAY_TO_FILES || (/^[@\w]/.test(id) && !bundled(id)),
    preserveEntrySignatures: 'allow-extension',
    plugins: [filesWhenNeeded(), evaluatedLater(root), dashboardPage(root)],
    // A module's body that waits for its first call need not be compiled with the file.
    optimization: { pifeForModuleWrappers: false },
    // The source maps say which file a line comes from.
    experimental: { attachDebugInfo: 'none' },
  });
  const { output } = await bundle.write({
    dir: to,
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
  for (const part of parts) writeFileSync(join(to, part.fileName), finished(part, to));
  await writeFilesWhenNeeded(root, join(to, 'parts'), parts.map(({ code }) => code).join('\n'));
}

function finished({ name, fileName, code }: OutputChunk, folder: string): string {
  if (!OF_OTHERS.has(name)) return readyForLoaders(fileName, code);
  rmSync(join(folder, `${fileName}.map`));
  return minified(code);
}
