import type { ChatParams, FunctionTool } from '../../core/chat.ts';
import type { ToolPlan } from '../chat/tool-plan.ts';
import { closeSchema } from '../close-schema.ts';
import { toObjectSchema } from '../object-schema.ts';
import { RequestInvalid } from '../request-invalid.ts';
import { addCachePoint, type CacheMarks } from './cache-marks.ts';
import type { BedrockModel } from './models.ts';
import type { StructuredOutput } from './structured-output.ts';
import type { Json, ToolChoice, ToolConfig, ToolSpec } from './wire-types.ts';

const EMPTY_SCHEMA = { type: 'object', properties: {} };

/**
 * `toolConfig` of a request; undefined if there is none to send. It has to be there whenever the history holds tool
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
    if (model.cache === 'everywhere') addCachePoint(tools, mark(tool.cache_control));
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
  // Strict tools take the same schemas as structured answers; one that can't be closed is not held to strictly.
  const schema = toObjectSchema(definition.parameters ?? EMPTY_SCHEMA);
  const closed = definition.strict === true && model.textFormat ? closeSchema(schema) : undefined;
  const json = (closed ?? schema) as { [key: string]: Json };
  const toolSpec: ToolSpec['toolSpec'] = { name: definition.name, inputSchema: { json } };
  if (definition.description) toolSpec.description = definition.description;
  if (closed) toolSpec.strict = true;
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
 * Undefined if the caller did not ask for it or there is nothing to switch.
 */
export function claudeToolChoice(params: ChatParams, config: ToolConfig | undefined, model: BedrockModel): Json | undefined {
  if (params.parallel_tool_calls !== false || !model.isClaude || config === undefined) return undefined;
  const { toolChoice } = config;
  const switched = { disable_parallel_tool_use: true };
  if (toolChoice === undefined || 'auto' in toolChoice) return { type: 'auto', ...switched };
  return 'any' in toolChoice ? { type: 'any', ...switched } : { type: 'tool', name: toolChoice.tool.name, ...switched };
}
