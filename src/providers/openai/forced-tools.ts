import type { Params } from '../../core/params.ts';
import type { UpstreamRequest } from '../provider.ts';
import type { VendorQuirks } from './quirks.ts';
import { isRecord } from './wire-types.ts';

type Asked = Pick<UpstreamRequest, 'operation' | 'params' | 'upstreamModel'>;

/** The param that stands against a forced tool if the model refuses one while it thinks; undefined if none does. */
export function againstForcedTool({ operation, params, upstreamModel }: Asked, quirks: VendorQuirks): string | undefined {
  const rule = ruleOf(operation, params, upstreamModel, quirks);
  if (rule === undefined) return undefined;
  return rule.refused === 'always' ? 'tool_choice' : thoughtAskedFor(params);
}

/** Switches thinking off, which the model would do by default, if a tool is forced. */
export function thinkNotIfForced(body: Record<string, unknown>, { operation, upstreamModel }: Asked, quirks: VendorQuirks): void {
  if (ruleOf(operation, body, upstreamModel, quirks)?.refused !== 'while-thinking') return;
  if (thoughtAskedFor(body) !== undefined) return;
  if (operation === 'chat') body.thinking = { type: 'disabled' };
  else body.reasoning = { ...(isRecord(body.reasoning) ? body.reasoning : undefined), effort: 'none' };
}

function ruleOf(operation: string, params: Params, upstreamModel: string, { forcedTools }: VendorQuirks) {
  if (forcedTools.length === 0 || (operation !== 'chat' && operation !== 'responses')) return undefined;
  return isForced(params) ? forcedTools.find(({ models }) => models.test(upstreamModel)) : undefined;
}

/** Chat's and the Responses API's ways to say that a tool has to be called. */
function isForced({ tools, tool_choice: choice, functions, function_call: call }: Params): boolean {
  if (Array.isArray(functions) && isRecord(call)) return true;
  if (!Array.isArray(tools) || tools.length === 0) return false;
  if (!isRecord(choice)) return choice === 'required';
  if (choice.type !== 'allowed_tools') return true;
  const { mode } = isRecord(choice.allowed_tools) ? choice.allowed_tools : choice;
  return mode === 'required';
}

/** By which param the caller asks for thinking; what only switches it off asks for none. */
function thoughtAskedFor({ thinking, reasoning_effort: effort, reasoning }: Params): string | undefined {
  if (isRecord(thinking) && thinking.type !== 'disabled') return 'thinking';
  const isEffort = (value: unknown) => typeof value === 'string' && value !== 'none';
  if (!isRecord(thinking) && isEffort(effort)) return 'reasoning_effort';
  return isRecord(reasoning) && isEffort(reasoning.effort) ? 'reasoning' : undefined;
}
