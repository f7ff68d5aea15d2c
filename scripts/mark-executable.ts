import { chmodSync, readFileSync } from 'node:fs';

// Compilers write files that may not be run; npm makes them so when it installs the package, a checkout has only this.
const root = new URL('../', import.meta.url);
const { bin } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as { bin: Record<string, string> };
for (const path of Object.values(bin)) chmodSync(new URL(path, root), 0o755);
