import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Plugin, rolldown } from 'rolldown';

/**
 * Packages that are in the package, not beside it: each becomes a CommonJS file of its own. The schema is made of `zod` when
 * something is constructed; functions of `yaml` stand for those of a file that loads when one of them is first called.
 */
const PACKAGES = { yaml: ['parseDocument', 'stringify'], zod: ['z'] } as const;
type PackageName = keyof typeof PACKAGES;
const PACKAGE_NAMES = Object.keys(PACKAGES) as PackageName[];

/** Entry points that the constructor needs if a configuration names them, by what it imports of them. */
const ENTRY_POINTS = {
  redis: { source: /\/stores\/redis\/index\.ts$/, name: 'redisStore' },
  sqlite: { source: /\/stores\/sqlite\.ts$/, name: 'SqliteStore' },
} as const;
type EntryPoint = keyof typeof ENTRY_POINTS;
const OF_STORES = /\/src\/gateway\/composition\/stores\//;

/** Stands for whatever gives these files, until the part that asks is written (`code-when-needed.ts`). */
export const FILES = '#files';

const LATER = '\0when-needed:';

/** Puts a module that asks for the file in the place of each of these. */
export function filesWhenNeeded(): Plugin {
  return {
    name: 'files-when-needed',
    resolveId(id, importer = '') {
      if (isPackage(id)) return LATER + id;
      const entry = OF_STORES.test(importer) && entryPoints().find((name) => ENTRY_POINTS[name].source.test(id));
      return entry ? LATER + entry : null;
    },
    load(id) {
      if (!id.startsWith(LATER)) return null;
      const name = id.slice(LATER.length);
      return `import { ${name} } from '${FILES}';\n${codeOf(name as PackageName | EntryPoint)}\n`;
    },
  };
}

function codeOf(name: PackageName | EntryPoint): string {
  if (name === 'zod') return 'export const { z } = zod();';
  const names = isPackage(name) ? PACKAGES[name] : [ENTRY_POINTS[name].name];
  return names.map((each) => standIn(each, `${name}()`)).join('\n');
}

/** A function in the place of a function, or of a class, of what `from` gives. */
export function standIn(name: string, from: string): string {
  const isClass = /^[A-Z]/.test(name);
  return `export function ${name}(...args) { return ${isClass ? `new (${from}).${name}` : `${from}.${name}`}(...args); }`;
}

function isPackage(id: string): id is PackageName {
  return PACKAGE_NAMES.includes(id as PackageName);
}

function entryPoints(): EntryPoint[] {
  return Object.keys(ENTRY_POINTS) as EntryPoint[];
}

/** Writes the packages' files; `code` is all that may use a package. */
export async function writePackages(root: string, folder: string, code: string): Promise<void> {
  for (const name of PACKAGE_NAMES) writeFileSync(join(folder, `${name}.cjs`), await packageCode(name, root, code));
}

/** The package as one CommonJS file, without what the code does not use. */
async function packageCode(name: PackageName, root: string, code: string): Promise<string> {
  const entry = `${name}-entry`;
  const bundle = await rolldown({
    cwd: root,
    input: entry,
    platform: 'node',
    // The form of `yaml` for Node is CommonJS, of which a bundle can leave nothing out.
    resolve: { alias: { yaml: join(root, 'node_modules/yaml/browser/index.js') } },
    plugins: [
      {
        name: entry,
        resolveId: (id) => (id === entry ? id : null),
        load: (id) => (id === entry ? entryOf(name, code) : null),
      },
    ],
  });
  const { output } = await bundle.generate({
    format: 'cjs',
    exports: 'named',
    comments: false,
    minify: { codegen: { removeWhitespace: true, asciiOnly: true } },
  });
  await bundle.close();
  return output[0].code;
}

/** Zod's names are members of one object, which would keep all of them: an object of those that are used takes its place. */
function entryOf(name: PackageName, code: string): string {
  if (name !== 'zod') return `export { ${PACKAGES[name].join(', ')} } from '${name}';`;
  const used = new Set([...code.matchAll(/(?<![\w.])z\.([A-Za-z]\w*)/g)].map(([, member]) => member));
  return `import { z as whole } from 'zod';\nexport const z = { ${[...used].map((member) => `${member}: whole.${member}`).join(', ')} };`;
}
