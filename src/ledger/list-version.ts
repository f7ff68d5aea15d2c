import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const PACKAGE = '@pydantic/genai-prices';

let version: string | undefined;

/** The price list by the package that it came with, as in `@pydantic/genai-prices 0.1.8`; without a number if that can't be read. */
export function listVersion(): string {
  version ??= `${PACKAGE} ${installedVersion()}`.trimEnd();
  return version;
}

/** Read from the file, since the package exports no version; a bundle has none. */
function installedVersion(): string {
  try {
    const manifest = new URL('../package.json', import.meta.resolve(PACKAGE));
    return String(JSON.parse(readFileSync(fileURLToPath(manifest), 'utf8')).version);
  } catch {
    return '';
  }
}
