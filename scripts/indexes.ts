import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../', import.meta.url));

/** An index of a folder in which each file is one of a kind, named like it. */
export interface Index {
  /** The folder, from the root of the project. */
  readonly folder: string;
  write(): string;
}

/** Every index that is made from the files beside it. */
export const INDEXES: readonly Index[] = [
  { folder: 'src/providers/types', write: () => providerTypesIndex(namesIn('src/providers/types')) },
  { folder: 'src/routing/strategies', write: () => strategiesIndex(namesIn('src/routing/strategies')) },
  { folder: 'src/config/stores', write: () => storesIndex(namesIn('src/config/stores')) },
  { folder: 'src/gateway/composition/stores', write: () => openersIndex(namesIn('src/config/stores')) },
];

/** `docs/routing.md` with its table of strategies, by the comments of their files. */
export function routingDoc(page: string): string {
  const [before, rest] = page.split(TABLE_BEGINS);
  const [, after] = rest?.split(TABLE_ENDS) ?? [];
  if (before === undefined || after === undefined) throw new Error('docs/routing.md has no place for the table of strategies');
  return `${before}${TABLE_BEGINS}\n${strategiesTable()}${TABLE_ENDS}${after}`;
}

const TABLE_BEGINS = '<!-- strategies: written by `npm run generate` -->';
const TABLE_ENDS = '<!-- /strategies -->';

function strategiesTable(): string {
  const rows = namesIn('src/routing/strategies').map(
    (name) => `| \`${name}\` | ${aboutOf(`src/routing/strategies/${name}.ts`)} |`,
  );
  return `| \`strategy\` | order |\n|---|---|\n${rows.join('\n')}\n`;
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
  return `${store.charAt(0).toUpperCase()}${toCamel(store).slice(1)}StoreConfig`;
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
