import type { ChatParams, FunctionDefinition, FunctionTool } from '../../core/chat.ts';
import type { Params } from '../../core/params.ts';
import { nameOfAllowed } from '../chat/read-tools.ts';
import { closeSchema } from '../close-schema.ts';
import { toObjectSchema } from '../object-schema.ts';
import { RequestInvalid } from '../request-invalid.ts';
import { type ModelTraits, traitsOf } from './models.ts';
import { isNativeChoice, isNativeTool } from './native-forms.ts';
import { ANSWER_TOOL, planStructuredOutput, type StructuredOutput } from './structured-output.ts';
import type { ToolChoice, ToolDefinition } from './wire-types.ts';

export interface ToolUse {
  tools?: ToolDefinition[];
  tool_choice?: ToolChoice;
}

/**
 * Tools and the choice among them. `calledTools` are named in history: Anthropic wants them defined even if the call
 * offers none. An answer tool joins the caller's: alone it is forced, beside others the model has to take one of them.
 */
export function toToolUse(
  params: ChatParams,
  traits: ModelTraits,
  output: StructuredOutput,
  calledTools: ReadonlySet<string>,
): ToolUse {
  const offered = offeredTools(params, traits);
  const choice = toToolChoice(params, offered);
  if (output.kind === 'tool') return withAnswerTool(offered, choice, output.tool, params);
  if (offered.length > 0) return choice ? { tools: offered, tool_choice: choice } : { tools: offered };
  if (calledTools.size === 0) return {};
  return { tools: [...calledTools].map((name) => ({ name, input_schema: ANY_OBJECT })), tool_choice: { type: 'none' } };
}

/** True if the request makes the model call a tool. */
function forcesTool(choice: ToolChoice | undefined): boolean {
  return choice?.type === 'any' || choice?.type === 'tool';
}

/** True if an answer's JSON comes by the answer tool. */
export function offersAnswerTool({ params, upstreamModel }: { params: Params; upstreamModel: string }): boolean {
  if (!params.response_format) return false;
  // An answer's request has been read before it was sent.
  const read = params as unknown as ChatParams;
  return planStructuredOutput(read, traitsOf(upstreamModel)).kind === 'tool' && !forcesTool(namedChoice(read));
}

const ANY_OBJECT: ToolDefinition['input_schema'] = { type: 'object', properties: {} };

function offeredTools(params: ChatParams, traits: ModelTraits): ToolDefinition[] {
  const tools: ToolDefinition[] = [];
  const allowed = allowedNames(params);
  for (const [position, tool] of (params.tools ?? []).entries()) {
    const definition = toDefinition(tool, traits, position);
    if (!allowed || allowed.has(definition.name)) tools.push(definition);
  }
  if (params.tools) return tools;
  for (const definition of params.functions ?? []) tools.push(toTool(definition, traits));
  return tools;
}

function allowedNames({ tool_choice: choice }: ChatParams): Set<unknown> | undefined {
  if (typeof choice !== 'object' || choice?.type !== 'allowed_tools') return undefined;
  return new Set(choice.allowed_tools.tools.map(nameOfAllowed));
}

// Anthropic's own switches of a tool; they may stand beside OpenAI's fields.
const NATIVE_SWITCHES: ReadonlySet<string> = new Set([
  'cache_control',
  'defer_loading',
  'allowed_callers',
  'eager_input_streaming',
  'input_examples',
]);

function toDefinition(tool: FunctionTool, traits: ModelTraits, position: number): ToolDefinition {
  if (isNativeTool(tool)) return tool;
  if (!tool.function) throw new RequestInvalid(`tools[${position}].type`, "function, or a tool in Anthropic's own form");
  const switches = Object.entries(tool).filter(([name]) => NATIVE_SWITCHES.has(name));
  return Object.assign(toTool(tool.function, traits), Object.fromEntries(switches));
}

function toTool(definition: FunctionDefinition, traits: ModelTraits): ToolDefinition {
  const tool: ToolDefinition = { name: definition.name, input_schema: toInputSchema(definition.parameters) };
  if (definition.description) tool.description = definition.description;
  // Strict tools take the same schemas as structured answers; one that can't be closed is not held to strictly.
  const closed = definition.strict === true && traits.structuredOutputs ? closeSchema(tool.input_schema) : undefined;
  if (closed) Object.assign(tool, { input_schema: closed, strict: true });
  return tool;
}

function toInputSchema(parameters: Record<string, unknown> | null | undefined): ToolDefinition['input_schema'] {
  return parameters ? toObjectSchema(parameters) : ANY_OBJECT;
}

function toToolChoice(params: ChatParams, offered: readonly ToolDefinition[]): ToolChoice | undefined {
  const choice = withoutParallel(namedChoice(params), params);
  if (offered.length > 0) return choice;
  if (forcesTool(choice)) throw new RequestInvalid('tool_choice', 'tools to choose from');
  return undefined;
}

function namedChoice({ tool_choice, function_call, tools }: ChatParams): ToolChoice | undefined {
  const choice = tool_choice ?? (tools ? undefined : function_call);
  if (choice === undefined || choice === null) return undefined;
  if (choice === 'none') return { type: 'none' };
  if (choice === 'auto') return { type: 'auto' };
  if (choice === 'required') return { type: 'any' };
  if (isNativeChoice(choice) || 'name' in choice) return { type: 'tool', name: choice.name };
  if (choice.type === 'allowed_tools') return { type: choice.allowed_tools.mode === 'required' ? 'any' : 'auto' };
  if (choice.type === 'function') return { type: 'tool', name: choice.function.name };
  throw new RequestInvalid('tool_choice', 'none, auto, required or a function');
}

/** The switch needs a choice to stand in. A legacy answer has room for one call only. */
function withoutParallel(choice: ToolChoice | undefined, params: ChatParams): ToolChoice | undefined {
  const legacy = !params.tools && (params.functions?.length ?? 0) > 0;
  if (params.parallel_tool_calls !== false && !legacy) return choice;
  if (choice?.type === 'none') return choice;
  return { ...(choice ?? { type: 'auto' }), disable_parallel_tool_use: true };
}

function withAnswerTool(
  offered: ToolDefinition[],
  choice: ToolChoice | undefined,
  answerTool: ToolDefinition,
  params: ChatParams,
): ToolUse {
  if (forcesTool(choice) && choice) return { tools: offered, tool_choice: choice };
  const tools = [...offered, answerTool];
  if (offered.length === 0 || choice?.type === 'none') return { tools, tool_choice: { type: 'tool', name: ANSWER_TOOL } };
  const any: ToolChoice = { type: 'any' };
  if (params.parallel_tool_calls === false) any.disable_parallel_tool_use = true;
  return { tools, tool_choice: any };
}
