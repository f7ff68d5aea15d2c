import { isRecord } from './json.ts';
import type { Params } from './params.ts';

/** A tool that the vendor runs and may bill by its uses, under one name for all its versions. */
export interface VendorTool {
  /** As in `toolPrices` and `denyTools`: `web_search`, `file_search`, `code_interpreter`, `mcp`, … */
  readonly name: string;
  /** Uses that the params allow of this tool alone; undefined if they state none. */
  readonly mostUses: number | undefined;
}

const NONE: readonly VendorTool[] = Object.freeze([]);

/**
 * The tools that the vendor runs for a call, on any wire: those of its params, and those of the model that it goes to.
 * Whatever is not known to run at the client is taken for one. The types are those of the packages openai 7.57,
 * @anthropic-ai/sdk 1.14 and @google/genai 3.3; the further params are OpenAI's, Anthropic's, xAI's, OpenRouter's,
 * Groq's and Alibaba's. `upstreamModel`: if it is known.
 */
export function vendorToolsIn(params: Params, upstreamModel = ''): readonly VendorTool[] {
  const ofModel = MODELS.test(upstreamModel);
  if (!ofModel && !offersAny(params)) return NONE;
  const found: VendorTool[] = [];
  const add = (name: string) => found.push({ name, mostUses: undefined });
  for (const tool of toolsOf(params)) addTool(tool, found);
  const { web_search_options: search, search_parameters: live, mcp_servers: servers, plugins, enable_search: enabled } = params;
  if (isRecord(search) || enabled === true || (isRecord(live) && live.mode !== 'off')) add('web_search');
  if (listOf(servers).length > 0) add('mcp');
  for (const plugin of listOf(plugins)) if (isRecord(plugin) && plugin.enabled !== false) add(nameOfPlugin(plugin.id));
  for (const name of chosenOf(params) ?? (ofModel ? toolsOfModel(upstreamModel) : [])) add(plainToolName(name));
  return found.length === 0 ? NONE : found;
}

/** Tools that the vendors of the packages above run, and xAI's; there may be others. */
export const KNOWN_VENDOR_TOOLS: readonly string[] = [
  ...['web_search', 'web_fetch', 'x_search', 'file_search', 'collections_search', 'url_context', 'google_maps', 'visit_website'],
  ...['code_interpreter', 'code_execution', 'shell', 'computer_use', 'image_generation', 'mcp'],
];

/** Params that offer tools; `session` is what a client's secret is made for. */
const OFFERING = [
  'tools',
  'web_search_options',
  'search_parameters',
  'mcp_servers',
  'plugins',
  'enable_search',
  'compound_custom',
  'session',
] as const;

function offersAny(params: Params): boolean {
  for (const name of OFFERING) if (params[name] !== undefined && params[name] !== null) return true;
  return false;
}

function toolsOf({ tools, session }: Params): readonly unknown[] {
  return isRecord(session) ? [...listOf(tools), ...listOf(session.tools)] : listOf(tools);
}

/** The tools that a call leaves to Groq's systems (`compound_custom.tools.enabled_tools`), which have theirs by default. */
function chosenOf({ compound_custom: custom }: Params): readonly string[] | undefined {
  const tools = isRecord(custom) && isRecord(custom.tools) ? custom.tools.enabled_tools : undefined;
  return Array.isArray(tools) ? tools.filter((name) => typeof name === 'string') : undefined;
}

/**
 * Models that bring tools along: OpenRouter's `:online` (https://openrouter.ai/docs/features/web-search) and Groq's systems
 * (https://console.groq.com/docs/compound/built-in-tools). Models of OpenAI's that always search have a fee in their price.
 */
const MODELS = /:online$|^(?:groq\/)?compound(?:-|$)/;
const TOOLS_OF_GROQ = ['web_search', 'code_interpreter', 'visit_website'] as const;

function toolsOfModel(upstreamModel: string): readonly string[] {
  return upstreamModel.includes('compound') ? TOOLS_OF_GROQ : ['web_search'];
}

/** The name of the tool whose use an item of an answer shows (`web_search_call`, …); undefined if it shows none. */
export function toolUsedIn(item: unknown): string | undefined {
  if (!isRecord(item) || typeof item.type !== 'string' || !item.type.endsWith(CALL)) return undefined;
  // Only a container is the vendor's (`ResponseFunctionShellToolCall` of the openai package).
  if (item.type === 'shell_call' && !(isRecord(item.environment) && item.environment.type !== 'local')) return undefined;
  const name = plainToolName(item.type.slice(0, -CALL.length));
  return RUN_BY_CLIENT.has(name) ? undefined : name;
}

const CALL = '_call';

/** Types that only ask the client to do something. `custom_tool` and the like are types of calls. */
const RUN_BY_CLIENT: ReadonlySet<string> = new Set([
  'function',
  'custom',
  'custom_tool',
  'namespace',
  'local_shell',
  'apply_patch',
  'tool_search',
  'tool_search_tool_bm25',
  'tool_search_tool_regex',
  'bash',
  'text_editor',
  'memory',
]);

const OTHER_NAMES: ReadonlyMap<string, string> = new Map([
  ['computer', 'computer_use'],
  ['computer_toolset', 'computer_use'],
  ['browser_toolset', 'computer_use'],
  ['mcp_toolset', 'mcp'],
  ['google_search', 'web_search'],
  ['google_search_retrieval', 'web_search'],
  ['enterprise_web_search', 'web_search'],
  ['exa_ai_search', 'web_search'],
  ['parallel_ai_search', 'web_search'],
  ['browser_search', 'web_search'],
  ['retrieval', 'file_search'],
  ['mcp_servers', 'mcp'],
]);

function addTool(tool: unknown, found: VendorTool[]): void {
  if (!isRecord(tool)) return;
  const { type } = tool;
  if (typeof type === 'string') {
    const name = type === 'builtin_function' ? nameOfBuiltIn(tool) : plainToolName(type);
    if (RUN_BY_CLIENT.has(name) || isLocalShell(name, tool)) return;
    found.push({ name, mostUses: ANTHROPICS.test(type) ? countOf(tool.max_uses) : undefined });
    return;
  }
  // Gemini's tools are named by their field; functions and Anthropic's own have a name, a schema or declarations.
  for (const field in tool) {
    if (isRecord(tool[field]) && !NOT_TOOLS.has(field))
      found.push({ name: plainToolName(snakeCase(field)), mostUses: undefined });
    if (field === 'mcpServers' && listOf(tool[field]).length > 0) found.push({ name: 'mcp', mostUses: undefined });
  }
}

/** The date of Anthropic's versions, whose `max_uses` binds; elsewhere it is a field that nobody knows. */
const ANTHROPICS = /_\d{8}$/;

/** Moonshot's `{ type: 'builtin_function', function: { name: '$web_search' } }`. */
function nameOfBuiltIn({ function: called }: Readonly<Record<string, unknown>>): string {
  const name = isRecord(called) ? called.name : undefined;
  return typeof name === 'string' && name !== '' ? plainToolName(name.replace(/^\$/, '')) : 'builtin_function';
}

/** Fields of a tool without a type that hold an object and are no tool. */
const NOT_TOOLS: ReadonlySet<string> = new Set([
  'function',
  'functionDeclarations',
  'function_declarations',
  'input_schema',
  'parameters',
  'cache_control',
]);

function isLocalShell(name: string, { environment }: Readonly<Record<string, unknown>>): boolean {
  return name === 'shell' && isRecord(environment) && environment.type === 'local';
}

/** A tool's one name: without the vendor's (`openrouter:web_search`), the date of its version and the mark of a preview. */
export function plainToolName(type: string): string {
  const plain = type
    .replace(/^[a-z]+:/, '')
    .replace(/_(?:\d{8}|\d{4}_\d{2}_\d{2})$/, '')
    .replace(/_preview$/, '');
  return OTHER_NAMES.get(plain) ?? plain;
}

function nameOfPlugin(id: unknown): string {
  if (id === 'web') return 'web_search';
  return typeof id === 'string' ? plainToolName(id.replaceAll('-', '_')) : 'plugin';
}

function snakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function countOf(value: unknown): number | undefined {
  return Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : undefined;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
