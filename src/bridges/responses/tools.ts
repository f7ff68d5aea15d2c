import { isRecord, type JsonRecord } from '../../core/json.ts';
import { RequestInvalid } from '../../providers/request-invalid.ts';
import { type Inexpressible, requiredText } from './content.ts';
import { isAbsent } from './is-absent.ts';

/** Functions in chat's form; tools in a native wire's own form go as they are. Those that OpenAI runs have no counterpart. */
export function toTools(tools: unknown, inexpressible: Inexpressible): unknown[] | undefined {
  if (isAbsent(tools)) return undefined;
  if (!Array.isArray(tools)) throw new RequestInvalid('tools', 'a list');
  if (tools.some((tool) => isRecord(tool) && isOpenAiTool(tool.type))) {
    inexpressible.add('tools');
    return undefined;
  }
  return tools.map((tool, position) => (isFunction(tool) ? toFunction(tool, `tools[${position}]`) : tool));
}

/** `tools` or `tool_choice` of these types is nothing that chat completions have. */
function isOpenAiTool(type: unknown): boolean {
  return typeof type === 'string' && OPENAI_TOOLS.test(type);
}

// Types of the Responses API (https://platform.openai.com/docs/api-reference/responses/create); some have dated versions, which
// end in other digits than those of native wires.
const OPENAI_TOOLS =
  /^(custom|namespace|tool_search|file_search|mcp|code_interpreter|image_generation|local_shell|shell|apply_patch|programmatic_tool_calling|computer(_use(_preview)?)?|web_search(_preview)?(_\d{4}_\d\d_\d\d)?)$/;

function isFunction(tool: unknown): tool is JsonRecord {
  return isRecord(tool) && tool.type === 'function' && !isRecord(tool.function);
}

function toFunction(tool: JsonRecord, path: string): JsonRecord {
  const definition: Record<string, unknown> = { name: requiredText(tool.name, `${path}.name`) };
  for (const field of ['description', 'parameters', 'strict'] as const) {
    if (!isAbsent(tool[field])) definition[field] = tool[field];
  }
  const own = { type: 'function', function: definition };
  return isAbsent(tool.cache_control) ? own : { ...own, cache_control: tool.cache_control };
}

export function toToolChoice(choice: unknown, inexpressible: Inexpressible): unknown {
  if (!isRecord(choice)) return choice ?? undefined;
  if (choice.type === 'function')
    return isRecord(choice.function) ? choice : { type: 'function', function: { name: choice.name } };
  if (choice.type === 'allowed_tools' && Array.isArray(choice.tools) && choice.tools.every(isFunction)) {
    const tools = choice.tools.map(({ name }) => ({ type: 'function', function: { name } }));
    return { type: 'allowed_tools', allowed_tools: { mode: choice.mode, tools } };
  }
  inexpressible.add('tool_choice');
  return undefined;
}
