import type { Capabilities } from '../src/core/capabilities.ts';
import { systemClock } from '../src/core/clock.ts';
import type { Operation } from '../src/core/operation.ts';
import type { VendorFacts } from '../src/core/vendor-facts.ts';
import { vendorFacts } from '../src/gateway/composition/provider-types.ts';
import { anthropicProvider } from '../src/providers/anthropic/provider.ts';
import { bedrockOrigin, bedrockProvider } from '../src/providers/bedrock/provider.ts';
import { cohereProvider } from '../src/providers/cohere/provider.ts';
import { googleProvider } from '../src/providers/google/provider.ts';
import { vertexProvider } from '../src/providers/google/vertex-provider.ts';
import type { VendorQuirks } from '../src/providers/openai/quirks.ts';
import type { Provider } from '../src/providers/provider.ts';
import { CLOUDS_AND_GATEWAYS } from '../src/providers/vendors/clouds-and-gateways.ts';
import { HOSTS } from '../src/providers/vendors/hosts.ts';
import { MODEL_MAKERS } from '../src/providers/vendors/model-makers.ts';
import { OWN_SERVERS } from '../src/providers/vendors/own-servers.ts';
import { type Vendor, vendors } from '../src/providers/vendors.ts';
import type { ProviderParts } from '../src/providers/wire-provider.ts';

/** `docs/providers.md`: every provider type of the configuration, from the same data that the library runs on. */
export function providersDoc(): string {
  const sections = [
    section(
      'Wires of their own',
      'Each has a page with its mapping, what cannot be mapped, and its errors.',
      NATIVE.map(nativeRow),
    ),
    section('Makers of models', 'OpenAI’s wire, at those who make the models.', rowsOf(MODEL_MAKERS)),
    section(
      'Clouds and gateways',
      'OpenAI’s wire, under an account of one’s own at a cloud, or over many vendors.',
      rowsOf(CLOUDS_AND_GATEWAYS),
    ),
    section('Hosts', 'OpenAI’s wire, for models that others made.', rowsOf(HOSTS)),
    section('Servers of one’s own', 'OpenAI’s wire, at the address the server listens on by default.', rowsOf(OWN_SERVERS)),
  ];
  return `${HEAD}\n${sections.join('\n')}`;
}

const HEAD = `# Providers

${vendorFacts.size} types of provider. This page is written by \`scripts/write-providers-doc.ts\` from the tables that the library runs on
(\`src/providers/vendors/\`, \`src/gateway/composition/provider-types.ts\`); each row of those names its source.

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

interface NativeVendor {
  readonly type: string;
  readonly label: string;
  readonly page: string;
  /** A model of today, whose capabilities are shown. */
  readonly model: string;
  readonly baseURL?: string;
  readonly key?: string;
  create(parts: ProviderParts): Provider;
}

const NATIVE: readonly NativeVendor[] = [
  { type: 'anthropic', label: 'Anthropic Messages', page: 'anthropic', model: 'claude-sonnet-4-5', create: anthropicProvider },
  { type: 'google', label: 'Google Gemini API', page: 'google', model: 'gemini-2.5-flash', create: googleProvider },
  {
    type: 'vertex',
    label: 'Google Vertex AI: Gemini and Claude',
    page: 'vertex',
    model: 'gemini-2.5-flash',
    baseURL: 'https://{region}-aiplatform.googleapis.com',
    key: 'a token, or default credentials',
    create: (parts) => vertexProvider(parts),
  },
  {
    type: 'bedrock',
    label: 'Amazon Bedrock Converse',
    page: 'bedrock',
    model: 'us.anthropic.claude-sonnet-4-5-20250929-v1:0',
    baseURL: bedrockOrigin('{region}'),
    key: '`AWS_BEARER_TOKEN_BEDROCK`, or signed by AWS’s credentials',
    create: bedrockProvider,
  },
  { type: 'cohere', label: 'Cohere v2', page: 'cohere', model: 'command-a-03-2025', create: cohereProvider },
];

function nativeRow({ type, label, page, model, baseURL, key, create }: NativeVendor): string {
  const facts = factsOf(type);
  const provider = create(NO_PARTS);
  const operations = OPERATIONS.filter((operation) => provider.supports(operation));
  const able = `${model}: ${abilities(provider.capabilities(model)).join(', ')}`;
  return row(type, `[${label}](providers/${page}.md)`, key ?? keyOf(facts), baseURL ?? facts.baseURL, operations, [able]);
}

function rowsOf(rows: readonly { type: string }[]): string[] {
  return rows.map(({ type }) => {
    const vendor = vendors.get(type);
    if (vendor === undefined) throw new Error(`no vendor ${type}`);
    return vendorRow(vendor);
  });
}

function vendorRow({ type, label, baseURL, operations, quirks }: Vendor): string {
  const served = OPERATIONS.filter((operation) => operations.has(operation));
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

const OPERATIONS: readonly Operation[] = [
  'chat',
  'responses',
  'completions',
  'embeddings',
  'images.generate',
  'images.edit',
  'images.variation',
  'audio.speech',
  'audio.transcription',
  'audio.translation',
  'moderations',
];

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
    ...(quirks.shortToolCallIds ? ['tool call ids of nine characters'] : []),
    ...(quirks.alternatingRoles ? ['turns are made to alternate'] : []),
    ...(quirks.embeddings === 'int8' ? ['embeddings of signed bytes'] : []),
    ...(lacks.length > 0 ? [`without ${lacks.join(', ')}`] : []),
    ...(refused.length > 0 ? [`passed over for ${refused.map((name) => `\`${name}\``).join(' ')}`] : []),
  ];
}

function factsOf(type: string): VendorFacts {
  const facts = vendorFacts.get(type);
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
