/**
 * Makes `dist`: each entry point and each part that loads later as one module, with its source map, and the declarations of
 * the entry points. `npm run build`.
 */
import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildCode } from './build-code.ts';
import { buildDeclarations } from './build-declarations.ts';
import { bundledLicences } from './build-parts.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');

rmSync(dist, { recursive: true, force: true });
await buildCode(dist);
await buildDeclarations(dist);
writeFileSync(join(dist, 'LICENSES.txt'), bundledLicences(root));
// npm makes it executable if the package is installed; a checkout has only this.
chmodSync(join(dist, 'cli/index.js'), 0o755);
