import { isRecord } from '../../core/json.ts';
import type { ToolChoice, ToolDefinition } from './wire-types.ts';

/** A tool that runs at Anthropic, or one in Anthropic's own form: `type` and `name` at the top. */
export function isNativeTool(tool: unknown): tool is ToolDefinition {
  return isRecord(tool) && !('function' in tool) && !('custom' in tool) && typeof tool.name === 'string';
}

/** A choice of one tool in Anthropic's own form. */
export function isNativeChoice(choice: unknown): choice is Extract<ToolChoice, { name: string }> {
  return isRecord(choice) && choice.type === 'tool' && typeof choice.name === 'string';
}
