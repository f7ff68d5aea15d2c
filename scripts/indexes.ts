import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { cell, commentOf, Declarations } from './declarations.ts';

const root = fileURLToPath(new URL('../', import.meta.url));

/** An index of a folder in which each file is one of a kind, named like it. */
export interface Index {
  /** Of the file that is written, from the root of the project. */
  readonly path: string;
  write(): string;
}

/** Every index that is made from the files beside it. */
export const INDEXES: readonly Index[] = [
  { path: 'src/providers/types/index.ts', write: () => providerTypesIndex(namesIn('src/providers/types')) },
  { path: 'src/routing/strategies/index.ts', write: () => strategiesIndex(namesIn('src/routing/strategies')) },
  { path: 'src/config/stores/index.ts', write: () => storesIndex(namesIn('src/config/stores')) },
  { path: 'src/config/guards/configs.ts', write: () => guardConfigs(namesIn('src/config/guards')) },
  { path: 'src/config/guards/index.ts', write: () => guardTypesIndex(namesIn('src/config/guards')) },
  { path: 'src/guards/ready/index.ts', write: () => readyMadeIndex(namesIn('src/config/guards')) },
  { path: 'src/gateway/composition/stores/index.ts', write: () => openersIndex(namesIn('src/config/stores')) },
];

/** A table in a page that is made from the files of a folder, between two comments that name it. */
export interface Table {
  /** The page, from the root of the project. */
  readonly page: string;
  readonly name: string;
  rows(): readonly string[];
}

/** Every such table. */
export const TABLES: readonly Table[] = [
  { page: 'docs/routing.md', name: 'strategies', rows: strategyRows },
  { page: 'docs/guards.md', name: 'guards', rows: guardRows },
];

/** The text of its page with the table as it is to be. */
export function withTable({ page, name, rows }: Table, text: string): string {
  const [begins, ends] = [`<!-- ${name}: written by \`npm run generate\` -->`, `<!-- /${name} -->`];
  const [before, rest] = text.split(begins);
  const [, after] = rest?.split(ends) ?? [];
  if (before === undefined || after === undefined) throw new Error(`${page} has no place for the table of ${name}`);
  return `${before}${begins}\n${rows().join('\n')}\n${ends}${after}`;
}

function strategyRows(): string[] {
  const folder = 'src/routing/strategies';
  return [
    '| `strategy` | order |',
    '|---|---|',
    ...namesIn(folder).map((name) => `| \`${name}\` | ${aboutOf(`${folder}/${name}.ts`)} |`),
  ];
}

/** By the comments of the configuration's interfaces and their fields. */
function guardRows(): string[] {
  const declarations = new Declarations('src/config/guards/*.ts');
  const inEach = new Set(['use', 'on', 'mode']);
  const rows = namesIn('src/config/guards').map((use) => {
    const type = guardConfigOf(use);
    const options = declarations.fields(type, new Set(['GuardBase'])).filter(({ name }) => !inEach.has(name));
    const told = options.map(({ name, comment }) => `\`${name}\`: ${comment}`).join(' ');
    return `| \`${use}\` | ${cell(commentOf(declarations.interface(type)))} | ${cell(told)} |`;
  });
  return ['| `use` | finds | options |', '|---|---|---|', ...rows];
}

/** Files that export what they are named after; a helper beside them does not. */
function namesIn(folder: string): string[] {
  return readdirSync(`${root}${folder}`)
    .filter((file) => file.endsWith('.ts') && file !== 'index.ts')
    .map((file) => file.slice(0, -'.ts'.length))
    .filter((name) =>
      readFileSync(`${root}${folder}/${name}.ts`, 'utf8').match(new RegExp(`^export const ${toCamel(name)}\\b`, 'm')),
    )
    .sort();
}

/** The comment on a file's export, up to where it names its source. */
function aboutOf(path: string): string {
  const [, comment] = /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*export /.exec(readFileSync(`${root}${path}`, 'utf8')) ?? [];
  if (comment === undefined) throw new Error(`${path} has no comment on its export`);
  const text = comment.replaceAll(/^\s*\*? ?/gm, ' ').replaceAll(/\s+/g, ' ');
  return (text.split(' Source:')[0] ?? '').trim().replace(/\.$/, '').replaceAll('|', '\\|');
}

const HEAD = '// Written by `npm run generate` from the files beside it.\n';

function providerTypesIndex(names: readonly string[]): string {
  return `${HEAD}import type { ProviderTypeRow } from '../provider-type.ts';
${importsOf(names)}
/** Every provider type with its facts. */
${statement('export const providerTypes: readonly ProviderTypeRow[] =', names.map(toCamel), ';')}

/** Their names. */
${statement('export const PROVIDER_TYPES =', names.map(quoted), ' as const;')}
`;
}

function strategiesIndex(names: readonly string[]): string {
  const typeImport = "import type { RoutingStrategy } from '../../core/strategy.ts';\n";
  return `${HEAD}${typeImport}${importsOf(names)}
/** What \`strategy\` of a model can name. */
${statement('export const STRATEGY_NAMES =', names.map(quoted), ' as const;')}

${statement('const STRATEGIES: readonly RoutingStrategy[] =', names.map(toCamel), ';')}

/** The built-in strategies by name. */
export const routingStrategies: ReadonlyMap<string, RoutingStrategy> = new Map(STRATEGIES.map((each) => [each.name, each]));
`;
}

function storesIndex(names: readonly string[]): string {
  const imports = names.map((name) => `import { type ${configOf(name)}, ${toCamel(name)} } from './${name}.ts';\n`).join('');
  return `${HEAD}${imports}
/** The stores that a configuration opens by their \`type\`. */
${statement('export const storeTypes =', names.map(toCamel), ' as const;')}

/** How the configuration of each is checked. */
${statement(
  'export const storeSchemas =',
  names.map((name) => `${toCamel(name)}.schema`),
  ' as const;',
)}

/** A store as a configuration names it. */
export type NamedStore = ${names.map(configOf).join(' | ')};
`;
}

function guardTypesIndex(names: readonly string[]): string {
  return `${HEAD}${importsOf(names)}
/** The guards that a configuration has by their \`use\`. */
${statement('export const guardTypes =', names.map(toCamel), ' as const;')}

/** How the configuration of each is checked. */
${statement(
  'export const guardSchemas =',
  names.map((name) => `${toCamel(name)}.schema`),
  ' as const;',
)}
`;
}

/** The types apart, since what users see of them is these alone. */
function guardConfigs(names: readonly string[]): string {
  const types = names.map(guardConfigOf);
  const imports = names.map((name) => `import type { ${guardConfigOf(name)} } from './${name}.ts';\n`).join('');
  return `${HEAD}${imports}
export type {
${types.map((type) => `  ${type},\n`).join('')}};

/** A ready-made guard as a configuration names it. */
export type ReadyMadeGuardConfig =
${types.map((type) => `  | ${type}`).join('\n')};
`;
}

/** By the types of the configuration: one that nothing checks by does not compile. */
function readyMadeIndex(names: readonly string[]): string {
  const imports = names.map((name) => `import { type ${toPascal(name)}Use, ${toCamel(name)} } from './${name}.ts';\n`);
  const lines = [...imports, "import type { ReadyMade } from './ready-made.ts';\n"].sort(byPath);
  return `${HEAD}import type { GuardUse } from '../../core/guard.ts';
${lines.join('')}
${statement('const GUARDS: readonly ReadyMade<GuardUse>[] =', names.map(toCamel), ';')}

/** The ready-made guards by the \`use\` of their configuration. */
export const readyMadeGuards: ReadonlyMap<string, ReadyMade<GuardUse>> = new Map(GUARDS.map((each) => [each.kind, each]));

/** What any of them checks by. */
export type ReadyMadeUse = ${names.map((name) => `${toPascal(name)}Use`).join(' | ')};
`;
}

/** In the order that the formatter gives imports. */
function byPath(a: string, b: string): number {
  const [pathA = '', pathB = ''] = [a, b].map((line) => line.slice(line.indexOf(' from ')));
  return pathA < pathB ? -1 : 1;
}

/** By the types of the configuration: a type that nothing opens does not compile. */
function openersIndex(names: readonly string[]): string {
  return `${HEAD}import type { NamedStore } from '../../../config/stores/index.ts';
${importsOf(names)}import type { StoreOpener } from './store-opener.ts';

/** What opens the stores that a configuration names. */
export const storeOpeners: { readonly [Type in NamedStore['type']]: StoreOpener<Extract<NamedStore, { type: Type }>> } = {
${names.map((name) => `  ${/^\w+$/.test(name) ? name : `${quoted(name)}: ${toCamel(name)}`},\n`).join('')}};
`;
}

/** The interface of a store's configuration. */
export function configOf(store: string): string {
  return `${toPascal(store)}StoreConfig`;
}

/** The interface of a ready-made guard's configuration. */
export function guardConfigOf(use: string): string {
  return `${toPascal(use)}GuardConfig`;
}

function importsOf(names: readonly string[]): string {
  return names.map((name) => `import { ${toCamel(name)} } from './${name}.ts';\n`).join('');
}

const LINE_WIDTH = 130;

/** A list in the form that the formatter leaves as it is: on one line if it fits there. */
function statement(before: string, items: readonly string[], after: string): string {
  const line = `${before} [${items.join(', ')}]${after}`;
  return line.length <= LINE_WIDTH ? line : `${before} [\n${items.map((item) => `  ${item},\n`).join('')}]${after}`;
}

function quoted(name: string): string {
  return `'${name}'`;
}

function toCamel(name: string): string {
  return name.replaceAll(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

function toPascal(name: string): string {
  const camel = toCamel(name);
  return `${camel.charAt(0).toUpperCase()}${camel.slice(1)}`;
}
