import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CodeSplittingGroup, OutputChunk } from 'rolldown';
import { minifySync } from 'rolldown/utils';
import { partOfStart } from './code-when-needed.ts';

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

/** What an entry point needs as soon as it is imported. */
const AT_ONCE: CodeSplittingGroup['tags'] = ['$initial'];

/** The folders of wires that load when a configuration names them: all but what OpenAI's wire and several of them use. */
function foldersOfWires(): string[] {
  const providers = new URL('../src/providers/', import.meta.url);
  const folders = readdirSync(providers, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return folders.map(({ name }) => name).filter((name) => !['azure', 'chat', 'openai', 'types'].includes(name));
}

const OF_THE_GATEWAY =
  /^\0when-needed:|\/src\/(?!cli\/|dashboard\/|log\/|otel\/|testing\/|index\.ts|gateway\.ts|gateway\/gateway-code\.ts)/;

/**
 * The parts, by their modules; a module is in the first that fits. Those of one entry point alone stay with it, and `calls`
 * is what remains: the line of calls, which loads with the first.
 */
export const partsOf = (root: string): CodeSplittingGroup[] =>
  [
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
    { name: partOfStart(root), debugName: 'core, gateway', test: OF_THE_GATEWAY },
    { name: 'shared', test: OF_THE_GATEWAY, tags: AT_ONCE },
    { name: 'calls', test: OF_THE_GATEWAY },
  ].map((part, place, { length }) => ({ ...part, priority: length - place }));

/** The parts that hold packages alone. */
export const OF_OTHERS: ReadonlySet<string> = new Set(['number-packages']);

/**
 * Throws for a module that is not evaluated with its part. Loaders that watch modules, as OpenTelemetry's and others' do, copy
 * what a module exports when it has been evaluated: what is assigned later nobody sees.
 */
export function assertEvaluatedAtOnce(parts: readonly Pick<OutputChunk, 'fileName' | 'code'>[]): void {
  const later = parts.filter(({ code }) => /__esm(?:Min)?\(/.test(code));
  if (later.length > 0) throw new Error(`evaluated later than their part: modules of ${later.map(({ fileName }) => fileName)}`);
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
