import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CodeSplittingGroup, OutputChunk, Plugin } from 'rolldown';
import { minifySync } from 'rolldown/utils';
import { WAY_TO_FILES } from './files-when-needed.ts';

/**
 * Packages that are in the package, not beside it: whole, each is many files for a few functions. `yaml` and `zod` are files of
 * their own (`files-when-needed.ts`), the others a part that loads with the guard that needs it.
 */
const BUNDLED = ['libphonenumber-js', 'validator', 'yaml', 'zod'];
/** Part of the dashboard's page. */
const IN_PAGE = ['uplot'];

export function bundled(id: string): boolean {
  return BUNDLED.some((name) => id === name || id.startsWith(`${name}/`));
}

/** Where an entry point lies in `dist`, and where in `src`. */
const ENTRY_POINTS = {
  index: 'index',
  redis: 'stores/redis/index',
  sqlite: 'stores/sqlite',
  dashboard: 'dashboard/index',
  testing: 'testing/index',
  otel: 'otel/index',
  log: 'log/index',
  'cli/index': 'cli/index',
};

/** The entry points' modules in a folder of sources or declarations, by where they lie in `dist`. */
export function entriesIn(folder: string, ending: string): Record<string, string> {
  return Object.fromEntries(Object.entries(ENTRY_POINTS).map(([name, path]) => [name, join(folder, `${path}${ending}`)]));
}

/** Modules of plain functions that are evaluated when one of those is first called, and not when the library is imported. */
const LATER: Readonly<Record<string, readonly string[]>> = {
  'src/config/yaml.ts': ['parseYaml', 'writeYaml'],
  'src/config/by-schema.ts': ['configJsonSchema', 'normalise', 'parsePrices', 'validate'],
  'src/config/other-names.ts': ['otherNames', 'typeByOtherName'],
  'src/gateway/composition/provider-types.ts': ['nativeWireOf', 'vendorFacts', 'wiresOf'],
  'src/providers/all-types.ts': ['allTypes'],
};

/** What an entry point needs as soon as it is imported. */
const AT_ONCE: CodeSplittingGroup['tags'] = ['$initial'];

/** The folders of wires that load when a configuration names them: all but what OpenAI's wire and several of them use. */
function foldersOfWires(): string[] {
  const providers = new URL('../src/providers/', import.meta.url);
  const folders = readdirSync(providers, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return folders.map(({ name }) => name).filter((name) => !['azure', 'chat', 'openai', 'types'].includes(name));
}

const OF_THE_GATEWAY = /^\0when-needed:|\/src\/(?!cli\/|dashboard\/|log\/|otel\/|testing\/|index\.ts)/;

/**
 * The parts, by their modules; a module is in the first that fits. Those of one entry point alone stay with it, and `calls`
 * is what remains: the line of calls, which loads with the first.
 */
export const PARTS: CodeSplittingGroup[] = [
  // Vertex AI's own, before the folder of Google's.
  { name: 'vertex', test: /\/src\/providers\/google\/vertex-/ },
  ...foldersOfWires().map((name) => ({ name, test: new RegExp(`/src/providers/${name}/`) })),
  { name: 'native', test: /\/src\/providers\/(?:chat\/|output-schema|request-invalid|tool-call-id)/ },
  { name: 'redis', test: /\/src\/stores\/redis\// },
  { name: 'sqlite', test: /\/src\/stores\/sqlite/ },
  // Only who looks for personal data loads what knows numbers.
  { name: 'number-packages', test: /\/node_modules\/(?:libphonenumber-js|validator)\// },
  { name: 'personal-data', test: /\/guards\/ready\/personal-data-checks/ },
  // The syntax of patterns, and what is wrong with a schema, are what a configuration is checked by.
  { name: 'guards', test: /\/src\/guards\/(?!rules\/pattern-syntax|ready\/schema-problem)/ },
  { name: 'slices', test: /\/src\/ledger\/slices\/(?!slice-code)/ },
  { name: 'dashboard-page', test: /\/src\/dashboard\/page-files/ },
  { name: 'core', test: /\/src\/(?:core|stores)\//, tags: AT_ONCE },
  { name: 'gateway', test: OF_THE_GATEWAY, tags: AT_ONCE },
  { name: 'calls', test: OF_THE_GATEWAY },
].map((part, place, { length }) => ({ ...part, priority: length - place }));

/** The parts that hold packages alone. */
export const OF_OTHERS: ReadonlySet<string> = new Set(['number-packages']);

const REAL = '?real';

/** Puts functions in the place of a module that bring it to life when they are called: with `import()` they could not answer at once. */
export function evaluatedLater(root: string): Plugin {
  const functionsOf = new Map(Object.entries(LATER).map(([path, names]) => [join(root, path), names]));
  return {
    name: 'evaluated-later',
    load(id) {
      if (id.endsWith(REAL)) return { code: readFileSync(id.slice(0, -REAL.length), 'utf8'), moduleType: 'ts' };
      const names = functionsOf.get(id);
      if (names === undefined) return null;
      const real = JSON.stringify(`${id}${REAL}`);
      return {
        code: names.map((name) => `export function ${name}(...args) { return require(${real}).${name}(...args); }`).join('\n'),
        moduleType: 'js',
      };
    },
    resolveId(id) {
      return id.endsWith(REAL) ? id : null;
    },
  };
}

const LAZY_MODULE = /^var (init_[\w$]+) = __esmMin\(\(\) => \{([\s\S]*?)^\}\);$/gm;
const WAYS_TO_FILES = new RegExp(`^import \\{([^}]*)\\} from "${WAY_TO_FILES}";$`, 'm');

/**
 * Evaluates what other parts read of a part when that is loaded, unless it needs a package that loads later. Loaders that watch modules,
 * as OpenTelemetry's and others' do, copy what a module exports when it has been evaluated: what is assigned later nobody sees.
 */
export function readyForLoaders(part: string, code: string): string {
  const modules = new Map([...code.matchAll(LAZY_MODULE)].map(([, name = '', body = '']) => [name, body]));
  const ways = [...(WAYS_TO_FILES.exec(code)?.[1] ?? '').matchAll(/\w+/g)].map(([way]) => `${way}()`);
  const needsPackage = (name: string, seen = new Set<string>()): boolean => {
    if (seen.has(name)) return false;
    seen.add(name);
    const body = modules.get(name) ?? '';
    if (ways.some((way) => body.includes(way))) return true;
    return [...body.matchAll(/init_[\w$]+/g)].some(([called]) => needsPackage(called, seen));
  };
  const start = code.lastIndexOf('\nexport {');
  const exported = new Set([...code.slice(start).matchAll(/[{,]\s*([\w$]+)/g)].map(([, name = '']) => name));
  const calls: string[] = [];
  for (const [name, body] of modules) {
    const shown = [...body.matchAll(/^\t([\w$]+) = /gm)].map(([, assigned = '']) => assigned).filter((one) => exported.has(one));
    // A bundler that believes `sideEffects` leaves out the small modules that would call what the part exports to be called.
    if (shown.length === 0 && (!exported.has(name) || needsPackage(name))) continue;
    if (needsPackage(name)) throw new Error(`${part}: ${shown.join(', ')} would be read by another part before it is there`);
    calls.push(`${name}();`);
  }
  return calls.length === 0 ? code : `${code.slice(0, start)}\n${calls.join('\n')}${code.slice(start)}`;
}

/** Throws for parts that import each other: one of them would be evaluated before what it needs. */
export function assertNoCircle(parts: readonly Pick<OutputChunk, 'fileName' | 'imports'>[]): void {
  const importsOf = new Map(parts.map(({ fileName, imports }) => [fileName, imports]));
  const free = new Set<string>();
  const visit = (part: string, way: readonly string[]): void => {
    if (way.includes(part)) throw new Error(`parts import each other: ${[...way, part].join(' > ')}`);
    if (free.has(part)) return;
    for (const imported of importsOf.get(part) ?? []) visit(imported, [...way, part]);
    free.add(part);
  };
  for (const part of importsOf.keys()) visit(part, []);
}

/** The code of others takes as little room as it can, and has no source map; the library's own stays readable, for the sake of stack traces. */
export function minified(code: string): string {
  const { code: shorter, errors } = minifySync('packages.js', code, {
    module: true,
    codegen: { removeWhitespace: true, asciiOnly: true },
  });
  if (errors[0] !== undefined) throw errors[0];
  return shorter;
}

/** The licences of what the bundle holds of others, which ask to be passed on with it. */
export function bundledLicences(root: string): string {
  return [...BUNDLED, ...IN_PAGE]
    .map((name) => {
      const folder = join(root, 'node_modules', name);
      const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string };
      const file = ['LICENSE', 'LICENSE.md', 'license'].map((candidate) => join(folder, candidate)).find(existsSync);
      if (file === undefined) throw new Error(`${name} has no licence to pass on`);
      return `${name} ${version}\n\n${readFileSync(file, 'utf8').trim()}\n`;
    })
    .join('\n---\n\n');
}
