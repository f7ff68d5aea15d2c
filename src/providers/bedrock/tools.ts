import type { ChatParams, FunctionTool } from '../../core/chat.ts';
import { RequestInvalid } from '../request-invalid.ts';
import type { CacheMarks } from './cache-marks.ts';
import type { BedrockModel } from './models.ts';
import type { StructuredOutput } from './structured-output.ts';
import type { Json, ToolChoice, ToolConfig, ToolSpec } from './wire-types.ts';

/** The caller's tools and choice, the legacy fields and `allowed_tools` folded in. */
export interface ToolPlan {
  readonly tools: readonly FunctionTool[];
  readonly choice: 'auto' | 'none' | 'required' | { readonly name: string };
  /** True where the caller spoke `functions`, so that the answer has to speak `function_call`. */
  readonly legacy: boolean;
}

export function toolPlan(params: ChatParams): ToolPlan {
  if (!params.tools?.length && params.functions?.length) {
    const choice = params.function_call ?? 'auto';
    return { tools: params.functions.map((definition) => ({ type: 'function', function: definition })), choice, legacy: true };
  }
  const tools = params.tools?.filter((tool) => tool.type === 'function') ?? [];
  const choice = params.tool_choice ?? 'auto';
  if (typeof choice === 'string') return { tools, choice, legacy: false };
  if (choice.type === 'function') return { tools, choice: { name: choice.function.name }, legacy: false };
  // Choices of other kinds of tools are named by `unsupported`.
  if (choice.type !== 'allowed_tools') return { tools, choice: 'auto', legacy: false };
  const allowed = new Set(choice.allowed_tools.tools.map(nameOfAllowed));
  return { tools: tools.filter((tool) => allowed.has(tool.function.name)), choice: choice.allowed_tools.mode, legacy: false };
}

function nameOfAllowed(tool: Record<string, unknown>): unknown {
  const { function: definition } = tool;
  return typeof definition === 'object' && definition !== null && 'name' in definition ? definition.name : tool.name;
}

const EMPTY_SCHEMA: Json = { type: 'object', properties: {} };

/**
 * `toolConfig` of a request; undefined where there is none to send. It has to be there whenever the history holds tool
 * blocks, so tools that only the history knows are declared without a schema.
 */
export function toToolConfig(
  plan: ToolPlan,
  output: StructuredOutput,
  historyTools: ReadonlySet<string>,
  model: BedrockModel,
  mark: CacheMarks,
): ToolConfig | undefined {
  if (plan.tools.length === 0 && (plan.choice === 'required' || typeof plan.choice === 'object')) {
    throw new RequestInvalid('tool_choice', 'tools to choose from');
  }
  const tools: ToolConfig['tools'] = [];
  for (const tool of offered(plan, historyTools, model)) {
    tools.push(toToolSpec(tool, model));
    const point = model.cache === 'everywhere' ? mark(tool.cache_control) : undefined;
    if (point) tools.push(point);
  }
  if (tools.length === 0) {
    for (const name of historyTools) tools.push({ toolSpec: { name, inputSchema: { json: EMPTY_SCHEMA } } });
  }
  if (output.kind === 'tool') {
    tools.push({ toolSpec: { name: output.name, description: output.description, inputSchema: { json: output.schema } } });
  }
  if (tools.length === 0) return undefined;
  const toolChoice = toToolChoice(plan, output, model);
  return toolChoice ? { tools, toolChoice } : { tools };
}

function offered(plan: ToolPlan, historyTools: ReadonlySet<string>, model: BedrockModel): readonly FunctionTool[] {
  const { choice } = plan;
  if (choice === 'none') return historyTools.size > 0 ? plan.tools : [];
  // A family without named choice is bound to one tool by being offered no other.
  if (typeof choice === 'object' && model.toolChoice === 'any')
    return plan.tools.filter((tool) => tool.function.name === choice.name);
  return plan.tools;
}

function toToolSpec({ function: definition }: FunctionTool, model: BedrockModel): ToolSpec {
  const toolSpec: ToolSpec['toolSpec'] = {
    name: definition.name,
    inputSchema: { json: (definition.parameters as { [key: string]: Json } | undefined) ?? EMPTY_SCHEMA },
  };
  if (definition.description) toolSpec.description = definition.description;
  if (definition.strict === true && model.textFormat) toolSpec.strict = true;
  return { toolSpec };
}

function toToolChoice(plan: ToolPlan, output: StructuredOutput, model: BedrockModel): ToolChoice | undefined {
  if (output.kind === 'tool') {
    return output.beside === 'nothing' && model.toolChoice === 'named' ? { tool: { name: output.name } } : { any: {} };
  }
  if (plan.choice === 'required') return { any: {} };
  if (typeof plan.choice !== 'object') return undefined;
  return model.toolChoice === 'named' ? { tool: { name: plan.choice.name } } : { any: {} };
}

/**
 * Claude's own switch for one call at a time, which Converse has no field for; it takes the place of `toolChoice`.
 * Undefined where the caller did not ask for it or there is nothing to switch.
 */
export function claudeToolChoice(params: ChatParams, config: ToolConfig | undefined, model: BedrockModel): Json | undefined {
  if (params.parallel_tool_calls !== false || !model.isClaude || config === undefined) return undefined;
  const { toolChoice } = config;
  const switched = { disable_parallel_tool_use: true };
  if (toolChoice === undefined || 'auto' in toolChoice) return { type: 'auto', ...switched };
  return 'any' in toolChoice ? { type: 'any', ...switched } : { type: 'tool', name: toolChoice.tool.name, ...switched };
}
