import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type OutputChunk, rolldown } from 'rolldown';
import { assertEvaluatedAtOnce, assertNoCircle, bundled, entriesIn, minified, OF_OTHERS, partsOf } from './build-parts.ts';
import { codeWhenNeeded, ENTRY_OF_NAMES, WAY_TO_CODE, writeCodeWhenNeeded, writeWays } from './code-when-needed.ts';
import { dashboardPage } from './dashboard-page.ts';
import { FILES, filesWhenNeeded, writePackages } from './files-when-needed.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Each entry point and each part that loads later as one module in the folder, with its source map. */
export async function buildCode(to: string): Promise<void> {
  const bundle = await rolldown({
    cwd: root,
    input: { ...entriesIn(join(root, 'src'), '.ts'), ...ENTRY_OF_NAMES },
    platform: 'node',
    external: (id) => id === FILES || id === WAY_TO_CODE || (/^[@\w]/.test(id) && !bundled(id)),
    preserveEntrySignatures: 'allow-extension',
    plugins: [filesWhenNeeded(), codeWhenNeeded(root), dashboardPage(root)],
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
    codeSplitting: { includeDependenciesRecursively: false, groups: partsOf(root) },
  });
  await bundle.close();
  const parts = output.filter((part) => part.type === 'chunk');
  for (const part of parts) if (OF_OTHERS.has(part.name)) minifyPart(part, to);
  assertEvaluatedAtOnce(parts);
  assertNoCircle(writeCodeWhenNeeded(to, parts));
  writeWays(join(to, 'parts'));
  await writePackages(root, join(to, 'parts'), parts.map(({ code }) => code).join('\n'));
}

function minifyPart({ fileName, code }: OutputChunk, folder: string): void {
  writeFileSync(join(folder, fileName), minified(code));
  rmSync(join(folder, `${fileName}.map`));
}
