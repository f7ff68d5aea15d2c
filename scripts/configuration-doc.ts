import { guardTypes } from '../src/config/guards/index.ts';
import { configJsonSchema } from '../src/config/json-schema.ts';
import { storeTypes } from '../src/config/stores/index.ts';
import { DEFAULT_QUEUE } from '../src/core/deployment.ts';
import { DEFAULT_HANDLER_LIMITS } from '../src/core/plan.ts';
import { DEFAULT_RETRY } from '../src/core/policies.ts';
import { DEFAULT_TIMEOUTS } from '../src/core/timeouts.ts';
import { DEFAULT_LEASE_MS, DEFAULT_REPORT_MS, DEFAULT_REPORT_SHARE } from '../src/ledger/slices/slice-options.ts';
import { cell, commentOf, Declarations, type Field, typeText } from './declarations.ts';
import { configOf, guardConfigOf } from './indexes.ts';

/** A part of the configuration: where it stands, the interface that declares it, and the constants that its defaults are. */
interface Part {
  readonly path: string;
  readonly type: string;
  readonly defaults?: object;
  /** Bases that have a part of their own. */
  readonly without?: readonly string[];
}

const PARTS: readonly Part[] = [
  { path: 'the configuration', type: 'GatewayConfig' },
  { path: 'retry', type: 'RetryPolicy', defaults: DEFAULT_RETRY },
  { path: 'timeouts', type: 'Timeouts', defaults: DEFAULT_TIMEOUTS },
  { path: 'stream', type: 'StreamPolicy', defaults: { onInterrupt: 'error' } },
  { path: 'providers.<name>', type: 'ProviderConfig' },
  { path: 'models.<name>', type: 'ModelOptions' },
  { path: 'models.<name>.fallbacks', type: 'FallbacksConfig' },
  { path: 'models.<name>.deployments[]', type: 'DeploymentConfig' },
  { path: 'models.<name>.deployments[].queue', type: 'QueueConfig', defaults: DEFAULT_QUEUE },
  { path: 'models.<name>.deployments[].capabilities', type: 'Capabilities' },
  { path: 'budgets[]', type: 'BudgetConfig' },
  ...storeTypes.map(({ type }) => ({ path: `store with type: '${type}'`, type: configOf(type) })),
  {
    path: 'store.slices',
    type: 'SlicesConfig',
    defaults: { reportMs: DEFAULT_REPORT_MS, reportShare: DEFAULT_REPORT_SHARE, leaseMs: DEFAULT_LEASE_MS },
  },
  { path: 'access', type: 'AccessConfig' },
  { path: 'access.rules[]', type: 'AccessRuleConfig' },
  { path: 'access.keys[]', type: 'VirtualKeyConfig' },
  { path: 'access.keys[].caller', type: 'Caller' },
  { path: 'guards[]', type: 'GuardBase' },
  ...guardTypes.map(({ use }) => ({
    path: `guards[] with use: '${use}'`,
    type: guardConfigOf(use),
    without: ['GuardBase'],
  })),
  { path: 'cache', type: 'CacheConfig' },
  { path: 'cache.semantic', type: 'SemanticCacheConfig' },
  { path: 'prices.<provider/model>', type: 'TokenPrices' },
  { path: 'priceUpdates', type: 'PriceUpdatesConfig' },
  { path: 'turnMemory', type: 'TurnMemoryConfig' },
  { path: 'handler', type: 'HandlerConfig', defaults: DEFAULT_HANDLER_LIMITS },
];

/** `docs/configuration.md`: every option, from the types of the configuration and the constants of the defaults. */
export function configurationDoc(): string {
  const declarations = new Declarations('src/{config,config/guards,config/stores,core}/*.ts');
  return [HEAD, ...PARTS.map((part) => section(part, declarations)), aliases(declarations)].join('\n');
}

const HEAD = `# Configuration

This page is written by \`npm run generate\` from the types in \`src/config/\` and from the constants that the library uses as its
defaults. \`new Gateway(config)\` takes an object, or the path of a JSON or YAML file. A wrong configuration is refused as a whole:
\`ConfigurationError\` names every path that is wrong and what was expected there.

Editors complete a file if it names the schema, which the package exports as \`tollgate/schema.json\`. In a file \`\${NAME}\` stands for a
variable of the environment. Options that take a function or an object of a program are marked "in code"; no file can have them.
`;

function section({ path, type, defaults = {}, without = [] }: Part, declarations: Declarations): string {
  const comment = commentOf(declarations.interface(type));
  const fields = declarations.fields(type, new Set(without));
  const inCode = type === 'GatewayConfig' ? notInFiles(fields) : new Set<string>();
  const rows = fields.map((field) => row(field, new Map(Object.entries(defaults)), inCode));
  const table = `| option | type | default | what |\n|---|---|---|---|\n${rows.join('\n')}\n`;
  return `## ${path === 'the configuration' ? 'At the top' : `\`${path}\``}\n\n${comment === '' ? '' : `${comment}\n\n`}${table}`;
}

function row({ name, type, optional, comment }: Field, defaults: ReadonlyMap<string, unknown>, inCode: ReadonlySet<string>) {
  const told = splitDefault(comment);
  const constant = defaults.has(name) ? `\`${JSON.stringify(defaults.get(name))}\`` : undefined;
  const fallback = optional || constant !== undefined ? '' : 'required';
  const what = inCode.has(name) ? `${told.what} In code.`.trim() : told.what;
  return `| \`${name}\` | \`${cell(type)}\` | ${cell(constant ?? told.value ?? fallback)} | ${cell(what)} |`;
}

/** What a comment says of the default, and the rest of it. */
function splitDefault(comment: string): { readonly value?: string; readonly what: string } {
  const marked = /(`[^`]+`) \(default\)/.exec(comment);
  if (marked?.[1]) return { value: marked[1], what: comment };
  const found = /(?:^|[;.] )(?:default:? |Default(?:: | (?=[\d`])))(.+?)(?=\.(?: |$)|$)/.exec(comment);
  if (!found?.[1]) return { what: comment };
  const before = comment.slice(0, found.index);
  const after = comment.slice(found.index + found[0].length).replace(/^[.;] ?/, '');
  const what = [before === '' || before.endsWith('.') ? before : `${before}.`, after].join(' ').trim();
  return { value: found[1], what };
}

/** Options that the JSON Schema of files has not. */
function notInFiles(fields: readonly Field[]): ReadonlySet<string> {
  const { properties = {} } = configJsonSchema() as { properties?: Record<string, unknown> };
  return new Set(fields.map(({ name }) => name).filter((name) => !Object.hasOwn(properties, name)));
}

const TYPES = ['HedgeConfig', 'ModelConfig', 'BudgetUnit', 'CalendarWindow', 'StoreConfig', 'PatternConfig', 'ToolPriceConfig'];

function aliases(declarations: Declarations): string {
  const lines = TYPES.map((name) => {
    const declaration = declarations.alias(name);
    const comment = commentOf(declaration);
    return `### \`${name}\`\n\n${comment === '' ? '' : `${comment}\n\n`}\`\`\`text\n${typeText(declaration.type)}\n\`\`\`\n`;
  });
  return `## Types\n\n${lines.join('\n')}`;
}
