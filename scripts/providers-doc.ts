import type { Capabilities } from '../src/core/capabilities.ts';
import { systemClock } from '../src/core/clock.ts';
import { OPERATIONS, type Operation } from '../src/core/operation.ts';
import type { VendorFacts } from '../src/core/vendor-facts.ts';
import { vendorFacts } from '../src/gateway/composition/provider-types.ts';
import { type Vendor, vendors } from '../src/providers/open-ai-wire-provider.ts';
import type { VendorQuirks } from '../src/providers/openai/quirks.ts';
import { isNative, type NativeType, type OpenAiHost } from '../src/providers/provider-type.ts';
import { providerTypes } from '../src/providers/types/index.ts';
import type { ProviderParts } from '../src/providers/wire-provider.ts';
import { recordedOperations } from './recorded-operations.ts';

/** `docs/providers.md`: every provider type of the configuration, from the same data that the library runs on. */
export async function providersDoc(): Promise<string> {
  const native = section(
    'Wires of their own',
    'Each has a page with its mapping, what cannot be mapped, and its errors.',
    await Promise.all(providerTypes.filter(isNative).map(nativeRow)),
  );
  const hosts = GROUPS.map(({ group, title, text }) => section(title, text, rowsOf(group)));
  return `${HEAD}\n${[native, ...hosts, await testsSection()].join('\n')}`;
}

/** What is tested against recordings, and what by contract only. */
async function testsSection(): Promise<string> {
  const recorded = recordedOperations();
  const rows = await Promise.all(
    providerTypes.map(async (row) => {
      const ofType = recorded.get(row.type);
      if (ofType === undefined) return undefined;
      const others = (await operationsOf(row)).filter((operation) => !ofType.has(operation));
      const told = [...ofType].map(([operation, { whole, streamed }]) => `${operation} (${whole} whole, ${streamed} streamed)`);
      return `| \`${row.type}\` | ${told.join(', ')} | ${others.join(', ')} |`;
    }),
  );
  const silent = providerTypes.filter(({ type }) => !recorded.has(type)).map(({ type }) => `\`${type}\``);
  return `${TESTS}\n${rows.filter((row) => row !== undefined).join('\n')}\n\nBy contract only: ${silent.join(', ')}.\n`;
}

async function operationsOf(row: (typeof providerTypes)[number]): Promise<readonly Operation[]> {
  if (!isNative(row)) return SHOWN.filter((operation) => vendors.get(row.type)?.operations.has(operation));
  const provider = (await row.code.load()).create(NO_PARTS);
  return SHOWN.filter((operation) => provider.supports(operation));
}

const TESTS = `## How they are tested

Every wire passes the contract of providers, with requests, answers, streams and errors made by its documentation; a vendor on
OpenAI's wire is that wire with data of its own. Where traffic of a vendor was recorded (\`test/fixtures/recorded/\`), tests replay
it as well. What has no recording stands on the vendor's documentation alone.

| Type | Recorded | By contract only |
|---|---|---|`;

const GROUPS: readonly { readonly group: OpenAiHost['group']; readonly title: string; readonly text: string }[] = [
  { group: 'maker', title: 'Makers of models', text: 'OpenAI’s wire, at those who make the models.' },
  {
    group: 'cloud',
    title: 'Clouds and gateways',
    text: 'OpenAI’s wire, under an account of one’s own at a cloud, or over many vendors.',
  },
  { group: 'host', title: 'Hosts', text: 'OpenAI’s wire, for models that others made.' },
  {
    group: 'own-server',
    title: 'Servers of one’s own',
    text: 'OpenAI’s wire, at the address the server listens on by default.',
  },
];

const HEAD = `# Providers

${vendorFacts().size} types of provider. This page is written by \`scripts/write-providers-doc.ts\` from the facts that the library runs on
(\`src/providers/types/\`, a file for each type); each names its source.

A provider in the configuration has a \`type\`; one that is named like its type may leave it out. \`apiKey\` comes from the first
of the key's environment variables that is set where the configuration gives none, and \`baseURL\` is the one below. Every vendor on OpenAI's wire also takes any
other path of OpenAI's API that names no model (\`x-tollgate-provider\`). Embeddings come as floats and as base64 everywhere. Where
\`responses\` is not among the operations, the gateway asks by chat and translates the answer ([responses.md](responses.md)).

How OpenAI's wire bends to a vendor is told in [providers/openai.md](providers/openai.md), with Azure's two styles of address; what every
numbered fact of the providers' APIs came to stands in [translation.md](translation.md).
`;

function section(title: string, text: string, rows: readonly string[]): string {
  return `## ${title}\n\n${text}\n\n| Type | Vendor | Key | Base URL | Operations | Notable |\n|---|---|---|---|---|---|\n${rows.join('\n')}\n`;
}

async function nativeRow({ type, label, exampleModel, otherKey, code, baseURL }: NativeType): Promise<string> {
  const facts = factsOf(type);
  const { create, origin } = await code.load();
  const provider = create(NO_PARTS);
  const operations = SHOWN.filter((operation) => provider.supports(operation));
  const able = `${exampleModel}: ${abilities(provider.capabilities(exampleModel)).join(', ')}`;
  const keys = [keyOf(facts), otherKey].filter((key) => key !== undefined && key !== 'none').join(', or ');
  return row(type, `[${label}](providers/${type}.md)`, keys, baseURL ?? origin?.('{region}'), operations, [able]);
}

function rowsOf(group: OpenAiHost['group']): string[] {
  const hosts = [...vendors.values()].filter(({ type }) => providerTypes.some((row) => row.type === type && isIn(row, group)));
  return hosts.map(vendorRow);
}

function isIn(row: (typeof providerTypes)[number], group: OpenAiHost['group']): boolean {
  return !isNative(row) && row.group === group;
}

function vendorRow({ type, label, baseURL, operations, quirks }: Vendor): string {
  const served = SHOWN.filter((operation) => operations.has(operation));
  return row(type, label, keyOf(factsOf(type)), baseURL, served, notes(quirks));
}

function row(
  type: string,
  label: string,
  key: string,
  baseURL: string | undefined,
  operations: readonly Operation[],
  remarks: readonly string[],
): string {
  const cells = [`\`${type}\``, label, key, baseURL ?? 'to be configured', operations.join(', '), remarks.join('; ')];
  return `| ${cells.join(' | ')} |`;
}

/** Those that the table has a word for. */
const SHOWN = OPERATIONS.filter((operation) => operation !== 'models' && operation !== 'passthrough');

const ABILITIES: readonly (readonly [keyof Capabilities, string])[] = [
  ['tools', 'tools'],
  ['parallelTools', 'parallel tools'],
  ['vision', 'images'],
  ['documents', 'documents'],
  ['audioInput', 'audio'],
  ['jsonSchema', 'JSON schema'],
  ['reasoning', 'reasoning'],
  ['prefill', 'prefill'],
];

function abilities(capabilities: Capabilities): string[] {
  return ABILITIES.filter(([name]) => capabilities[name] === true).map(([, word]) => word);
}

/** What sets a vendor apart from OpenAI, in a few words. */
function notes(quirks: VendorQuirks): string[] {
  const lacks = ABILITIES.filter(([name]) => name !== 'prefill' && quirks.capabilities[name] === false).map(([, word]) => word);
  const refused = quirks.unsupported.filter(({ models }) => models === undefined).flatMap(({ params }) => params);
  return [
    ...(quirks.developerRole ? ['role `developer`'] : []),
    ...(quirks.reasoningField ? [`reasoning goes back as \`${quirks.reasoningField}\``] : []),
    ...(quirks.reasoningTag ? [`reasoning in \`<${quirks.reasoningTag}>\` is split off`] : []),
    ...(quirks.capabilities.prefill ? ['prefill'] : []),
    ...(quirks.toolCallIds === 'nine-characters' ? ['tool call ids of nine characters'] : []),
    ...(quirks.alternatingRoles ? ['turns are made to alternate'] : []),
    ...(quirks.embeddings === 'int8' ? ['embeddings of signed bytes'] : []),
    ...(lacks.length > 0 ? [`without ${lacks.join(', ')}`] : []),
    ...(refused.length > 0 ? [`passed over for ${refused.map((name) => `\`${name}\``).join(' ')}`] : []),
  ];
}

function factsOf(type: string): VendorFacts {
  const facts = vendorFacts().get(type);
  if (facts === undefined) throw new Error(`no facts of ${type}`);
  return facts;
}

function keyOf({ apiKeyVariable, otherApiKeyVariables = [] }: VendorFacts): string {
  const names = apiKeyVariable === undefined ? [] : [apiKeyVariable, ...otherApiKeyVariables];
  return names.map((name) => `\`${name}\``).join(', ') || 'none';
}

/** Enough for a provider that is only asked what it can do. */
const NO_PARTS: ProviderParts = {
  account: {
    name: 'docs',
    origin: '',
    basePath: '',
    headers: {},
    drop: new Set(),
    organization: undefined,
    project: undefined,
    region: undefined,
    apiVersion: undefined,
  },
  transport: { send: () => Promise.reject(new Error('nothing is sent here')), close: () => Promise.resolve() },
  clock: systemClock,
};
