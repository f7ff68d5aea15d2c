import type { Params } from './params.ts';

/** A tool that the vendor runs and may bill by its uses, under one name for all its versions. */
export interface VendorTool {
  /** As in `toolPrices` and `denyTools`: `web_search`, `file_search`, `code_interpreter`, `mcp`, … */
  readonly name: string;
  /** Uses that the params allow of this tool alone; undefined where they state none. */
  readonly mostUses: number | undefined;
}

const NONE: readonly VendorTool[] = Object.freeze([]);

/**
 * The tools of a call's params that the vendor runs, on any wire. Whatever is not known to run at the client is taken
 * for one. The types are those of the packages openai 7.57, @anthropic-ai/sdk 1.14 and @google/genai 3.3; the further
 * params are OpenAI's, Anthropic's, xAI's and OpenRouter's.
 */
export function vendorToolsIn(params: Params): readonly VendorTool[] {
  const { tools, web_search_options: search, search_parameters: live, mcp_servers: servers, plugins } = params;
  if (tools === undefined && search === undefined && live === undefined && servers === undefined && plugins === undefined) {
    return NONE;
  }
  const found: VendorTool[] = [];
  for (const tool of listOf(tools)) addTool(tool, found);
  if (isRecord(search)) found.push({ name: 'web_search', mostUses: undefined });
  if (isRecord(live) && live.mode !== 'off') found.push({ name: 'web_search', mostUses: undefined });
  if (listOf(servers).length > 0) found.push({ name: 'mcp', mostUses: undefined });
  for (const plugin of listOf(plugins)) if (isRecord(plugin)) found.push({ name: nameOfPlugin(plugin.id), mostUses: undefined });
  return found.length === 0 ? NONE : found;
}

/** The name of the tool whose use an item of an answer shows (`web_search_call`, …); undefined where it shows none. */
export function toolUsedIn(item: unknown): string | undefined {
  if (!isRecord(item) || typeof item.type !== 'string' || !item.type.endsWith(CALL)) return undefined;
  const name = plainName(item.type.slice(0, -CALL.length));
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
    const name = plainName(type);
    if (!RUN_BY_CLIENT.has(name) && !isLocalShell(name, tool)) found.push({ name, mostUses: countOf(tool.max_uses) });
    return;
  }
  // Gemini's tools are named by their field; functions and Anthropic's own have a name, a schema or declarations.
  for (const field in tool) {
    if (isRecord(tool[field]) && !NOT_TOOLS.has(field)) found.push({ name: plainName(snakeCase(field)), mostUses: undefined });
    if (field === 'mcpServers' && listOf(tool[field]).length > 0) found.push({ name: 'mcp', mostUses: undefined });
  }
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

/** Without the date of its version and the mark of a preview. */
function plainName(type: string): string {
  const plain = type.replace(/_(?:\d{8}|\d{4}_\d{2}_\d{2})$/, '').replace(/_preview$/, '');
  return OTHER_NAMES.get(plain) ?? plain;
}

function nameOfPlugin(id: unknown): string {
  if (id === 'web') return 'web_search';
  return typeof id === 'string' ? plainName(id.replaceAll('-', '_')) : 'plugin';
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

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
