import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Plugin, rolldown } from 'rolldown';

/**
 * Packages that the constructor needs before it returns, and `import 'tollgate'` does not, with the names that are imported of
 * each. Each becomes a CommonJS file, since only `require` brings a file within a synchronous function.
 */
export const PACKAGES_WHEN_NEEDED = { yaml: ['parseDocument', 'stringify'], zod: ['z'] } as const;
type PackageName = keyof typeof PACKAGES_WHEN_NEEDED;
const NAMES = Object.keys(PACKAGES_WHEN_NEEDED) as PackageName[];

/** What the package's `imports` call the two ways to reach these files: Node's, and that of bundlers, which can't follow a path. */
export const WAY_TO_PACKAGES = '#packages';

const LATER = '\0when-needed:';

/** Puts a module that asks for the file in the place of each of these packages. */
export function packagesWhenNeeded(): Plugin {
  return {
    name: 'packages-when-needed',
    resolveId(id) {
      return NAMES.includes(id as PackageName) ? `${LATER}${id}` : null;
    },
    load(id) {
      if (!id.startsWith(LATER)) return null;
      const name = id.slice(LATER.length) as PackageName;
      const names = PACKAGES_WHEN_NEEDED[name].join(', ');
      return `import { ${name} } from '${WAY_TO_PACKAGES}';\nexport const { ${names} } = ${name}();\n`;
    },
  };
}

/** Writes the files, and the two ways to them; `code` is all that may use a package. */
export async function writePackages(root: string, folder: string, code: string): Promise<void> {
  for (const name of NAMES) writeFileSync(join(folder, `${name}.cjs`), await codeOf(name, root, code));
  const whenNeeded = NAMES.map(
    (name) => `export const ${name} = () => require(pathOf(new URL('./${name}.cjs', import.meta.url)));\n`,
  );
  writeFileSync(join(folder, 'packages-when-needed.js'), `${REQUIRE}${whenNeeded.join('')}`);
  const atOnce = NAMES.map((name) => `import ${name}File from './${name}.cjs';\nexport const ${name} = () => ${name}File;\n`);
  writeFileSync(join(folder, 'packages-at-once.js'), atOnce.join(''));
}

/** Bundlers that take the way of Node see the files by their addresses, and may put a path in the place of such an address. */
const REQUIRE = `import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);
const pathOf = (file) => (typeof file === 'string' ? file : fileURLToPath(file));
`;

/** The package as one CommonJS file, without what the code does not use. */
async function codeOf(name: PackageName, root: string, code: string): Promise<string> {
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
  if (name !== 'zod') return `export { ${PACKAGES_WHEN_NEEDED[name].join(', ')} } from '${name}';`;
  const used = new Set([...code.matchAll(/(?<![\w.])z\.([A-Za-z]\w*)/g)].map(([, member]) => member));
  return `import { z as whole } from 'zod';\nexport const z = { ${[...used].map((member) => `${member}: whole.${member}`).join(', ')} };`;
}
