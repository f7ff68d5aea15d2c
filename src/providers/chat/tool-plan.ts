import type { ChatParams, FunctionTool } from '../../core/chat.ts';
import { isFunctionTool, nameOfAllowed } from './read-tools.ts';

/** The caller's tools and choice, the legacy fields and `allowed_tools` folded in. */
export interface ToolPlan {
  readonly tools: readonly FunctionTool[];
  readonly choice: 'auto' | 'none' | 'required' | { readonly name: string };
  /** True if the caller spoke `functions`, so that the answer has to speak `function_call`. */
  readonly legacy: boolean;
}

/** Pure, so that the answer's translation finds out the same as the request's did. Of params that have been read. */
export function toolPlan(params: ChatParams): ToolPlan {
  if (!params.tools?.length && params.functions?.length) {
    const choice = params.function_call ?? 'auto';
    return { tools: params.functions.map((definition) => ({ type: 'function', function: definition })), choice, legacy: true };
  }
  const tools = params.tools?.filter(isFunctionTool) ?? [];
  const choice = params.tool_choice ?? 'auto';
  if (typeof choice === 'string') return { tools, choice, legacy: false };
  if (choice.type === 'function') return { tools, choice: { name: choice.function.name }, legacy: false };
  // Choices of other kinds of tools are named by `unsupported`.
  if (choice.type !== 'allowed_tools') return { tools, choice: 'auto', legacy: false };
  const allowed = new Set(choice.allowed_tools.tools.map(nameOfAllowed));
  return { tools: tools.filter((tool) => allowed.has(tool.function.name)), choice: choice.allowed_tools.mode, legacy: false };
}
