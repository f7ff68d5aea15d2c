import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Plugin, rolldown } from 'rolldown';

/**
 * Packages that the constructor needs before it returns, and `import 'tollgate'` does not, with the names that are imported of
 * each. Each becomes a CommonJS file of its own.
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

/**
 * What the package's `imports` call the two ways to these files: Node's, which requires them, by the condition `module-sync` that
 * says it can, and everybody else's, who may not follow a path: `module` is what bundlers set.
 */
export const WAY_TO_FILES = '#when-needed';

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
      const code = isPackage(name) ? codeOfPackage(name) : codeOfEntryPoint(name as EntryPoint);
      return `import { ${name} } from '${WAY_TO_FILES}';\n${code}\n`;
    },
  };
}

function codeOfPackage(name: PackageName): string {
  return `export const { ${PACKAGES[name].join(', ')} } = ${name}();`;
}

/** A function in the place of a function, or of a class. */
function codeOfEntryPoint(entry: EntryPoint): string {
  const { name } = ENTRY_POINTS[entry];
  return `export function ${name}(...args) {
  const { ${name}: real } = ${entry}();
  return new.target ? new real(...args) : real(...args);
}`;
}

function isPackage(id: string): id is PackageName {
  return PACKAGE_NAMES.includes(id as PackageName);
}

function entryPoints(): EntryPoint[] {
  return Object.keys(ENTRY_POINTS) as EntryPoint[];
}

/** Writes the packages' files, and the two ways; `code` is all that may use a package. */
export async function writeFilesWhenNeeded(root: string, folder: string, code: string): Promise<void> {
  for (const name of PACKAGE_NAMES) writeFileSync(join(folder, `${name}.cjs`), await packageCode(name, root, code));
  const files: [string, string][] = [
    ...PACKAGE_NAMES.map((name): [string, string] => [name, `./${name}.cjs`]),
    ...entryPoints().map((name): [string, string] => [name, `../${name}.js`]),
  ];
  const whenNeeded = files.map(([name, path]) => `export const ${name} = () => require('${path}');\n`);
  writeFileSync(join(folder, 'files-when-needed.js'), `${REQUIRE}${whenNeeded.join('')}`);
  const atOnce = files.map(([name, path]) => {
    const form = path.endsWith('.cjs') ? `${name}File` : `* as ${name}File`;
    return `import ${form} from '${path}';\nexport const ${name} = () => ${name}File;\n`;
  });
  writeFileSync(join(folder, 'files-at-once.js'), atOnce.join(''));
}

const REQUIRE = `import { createRequire } from 'node:module';
const require = createRequire(import.meta.url);
`;

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
