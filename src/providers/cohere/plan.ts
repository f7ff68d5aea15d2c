import type { ChatParams, FunctionTool } from '../../core/chat.ts';
import { toolPlan } from '../chat/tool-plan.ts';
import type { CohereModel } from './models.ts';
import type { ChatRequest, Thinking } from './wire-types.ts';

/** What the caller's tools, tool choice and response format come to on this wire. */
export interface Plan {
  readonly tools: readonly FunctionTool[];
  readonly choice: 'REQUIRED' | 'NONE' | undefined;
  readonly responseFormat: ChatRequest['response_format'];
  /** A tool whose input is the answer, as Cohere takes no response format together with tools. */
  readonly jsonTool:
    | { readonly name: string; readonly description: string; readonly schema: Record<string, unknown> }
    | undefined;
  /** True if the caller spoke `functions`, so that the answer has to speak `function_call`. */
  readonly legacy: boolean;
}

/** Pure, so that the answer's translation finds out the same as the request's did. */
export function plan(params: ChatParams, model: CohereModel): Plan {
  const { tools, choice, legacy } = chosenTools(params);
  const format = params.response_format;
  const schema = format?.type === 'json_schema' ? format.json_schema.schema : undefined;
  const wantsJson = format?.type === 'json_schema' || format?.type === 'json_object';
  const none = { tools, choice, responseFormat: undefined, jsonTool: undefined, legacy };
  if (!wantsJson || choice === 'REQUIRED') return none;
  if (tools.length === 0 || choice === 'NONE' || !model.toolChoice) {
    const responseFormat: ChatRequest['response_format'] = schema
      ? { type: 'json_object', json_schema: schema }
      : { type: 'json_object' };
    return { tools: [], choice: undefined, responseFormat, jsonTool: undefined, legacy };
  }
  const description =
    (format.type === 'json_schema' && format.json_schema.description) || 'Give the final answer with this tool.';
  const jsonTool = { name: freeName(tools), description, schema: schema ?? { type: 'object', properties: {} } };
  return { tools, choice: 'REQUIRED', responseFormat: undefined, jsonTool, legacy };
}

function chosenTools(params: ChatParams): Pick<Plan, 'tools' | 'choice' | 'legacy'> {
  const { tools, choice, legacy } = toolPlan(params);
  if (tools.length === 0 || choice === 'auto') return { tools, choice: undefined, legacy };
  if (choice === 'none') return { tools, choice: 'NONE', legacy };
  if (choice === 'required') return { tools, choice: 'REQUIRED', legacy };
  return { tools: tools.filter((tool) => tool.function.name === choice.name), choice: 'REQUIRED', legacy };
}

function freeName(tools: readonly FunctionTool[]): string {
  let name = 'json';
  while (tools.some((tool) => tool.function.name === name)) name += '_';
  return name;
}

// Shares of the output limit: Cohere has a budget of tokens, no levels. From `high` on there is no bound but the limit itself.
const SHARES: ReadonlyMap<string, number> = new Map([
  ['minimal', 0.1],
  ['low', 0.2],
  ['medium', 0.5],
]);
/** Values of `reasoning_effort` that say something here. */
export const EFFORTS: ReadonlySet<string> = new Set(['none', ...SHARES.keys(), 'high', 'xhigh', 'max']);
const UNKNOWN_LIMIT = 32_000;

/** `reasoning_effort`, or Cohere's own `thinking` if the caller gave it; undefined leaves it to the model. */
export function thinking(params: ChatParams, model: CohereModel): Thinking | undefined {
  if (params.thinking !== undefined && params.thinking !== null) return params.thinking as Thinking;
  const effort = params.reasoning_effort;
  if (effort === undefined || effort === null) return undefined;
  if (effort === 'none') return model.capabilities.reasoning === false ? undefined : { type: 'disabled' };
  const share = SHARES.get(effort);
  if (share === undefined) return { type: 'enabled' };
  const limit = params.max_completion_tokens ?? params.max_tokens ?? model.capabilities.maxOutputTokens ?? UNKNOWN_LIMIT;
  return { type: 'enabled', token_budget: Math.max(1, Math.floor(limit * share)) };
}
