import type { AssistantMessage, ChatMessage, ReasoningDetail, ToolCall } from '../../core/chat.ts';
import type { Params } from '../../core/params.ts';
import { wholeBlocks } from '../../core/reasoning-blocks.ts';
import { meetsDemand } from '../chat/history-demand.ts';
import { CLAUDE_FORMAT, GEMINI_FORMAT } from '../chat/reasoning-formats.ts';
import { thoughtsOf } from '../chat/thoughts.ts';
import type { HistoryRule, SignatureRule, ThinkingRule } from './history-rule.ts';
import type { VendorQuirks } from './quirks.ts';
import { isRecord } from './wire-types.ts';

/** The first rule of the vendor's row that holds for the model. */
export function historyRule(upstreamModel: string, { history }: VendorQuirks): HistoryRule | undefined {
  for (const rule of history) if (rule.models === undefined || rule.models.test(upstreamModel)) return rule;
  return undefined;
}

/** Whether the model would think although this history does not meet the rule. */
export function isBroken(rule: HistoryRule, params: Params, quirks: VendorQuirks): rule is ThinkingRule {
  if (rule.demand === 'signature-on-calls' || !thinks(params, rule) || !Array.isArray(params.messages)) return false;
  const hasThinking = rule.demand === 'thinking-before-open-loop' ? hasSignedBlock : hasThoughts;
  return !meetsDemand(rule.demand, params.messages, (message) => hasThinking(message, quirks));
}

function thinks({ reasoning_effort: effort, reasoning, thinking, enable_thinking }: Params, { unmet }: ThinkingRule): boolean {
  const own = isRecord(reasoning) ? reasoning : undefined;
  const type = isRecord(thinking) ? thinking.type : undefined;
  if (type === 'disabled' || enable_thinking === false || own?.enabled === false || own?.effort === 'none') return false;
  const asksForNone = effort === 'none' && type === undefined && own === undefined;
  if (unmet !== 'not-asked') return !asksForNone;
  return type !== undefined || enable_thinking === true || own !== undefined || (typeof effort === 'string' && !asksForNone);
}

/** Claude's own block at the head of a turn, if the vendor takes blocks back. */
function hasSignedBlock({ reasoning_details: details }: AssistantMessage, { messageFields }: VendorQuirks): boolean {
  if (!messageFields.has('reasoning_details') || !Array.isArray(details)) return false;
  return wholeBlocks(details).some(
    ({ type, format, signature }) => format === CLAUDE_FORMAT && (type === 'reasoning.encrypted' || Boolean(signature)),
  );
}

function hasThoughts(message: AssistantMessage): boolean {
  return thoughtsOf(message) !== undefined;
}

/** Takes out of a body whatever asks for thinking; `reasoning_effort` then says `none` if the model is to be told so. */
export function askForNoThinking(body: Record<string, unknown>, { unmet, fixedParams = [] }: ThinkingRule): void {
  for (const name of ['thinking', 'enable_thinking', 'reasoning', ...fixedParams]) body[name] = undefined;
  body.reasoning_effort = unmet === 'switched-off' ? 'none' : undefined;
}

/** The conversation with the stand-in for each first call of the current turn that never had a signature. */
export function withSignatures(messages: readonly ChatMessage[], { standIn, place }: SignatureRule): readonly ChatMessage[] {
  const turnStart = messages.findLastIndex((message) => message?.role === 'user');
  const sign = place === 'call' ? signedOnCall : signedInBlock;
  let changed: ChatMessage[] | undefined;
  for (let position = turnStart + 1; position < messages.length; position += 1) {
    const message = messages[position];
    if (message?.role !== 'assistant' || !Array.isArray(message.tool_calls)) continue;
    const [first] = message.tool_calls;
    const own = isRecord(first) ? sign(message, first, standIn) : message;
    if (own === message) continue;
    changed ??= messages.slice();
    changed[position] = own;
  }
  return changed ?? messages;
}

function signedOnCall(message: AssistantMessage, first: ToolCall, thought_signature: string): AssistantMessage {
  if (first.extra_content?.google?.thought_signature) return message;
  const extra_content = { ...first.extra_content, google: { ...first.extra_content?.google, thought_signature } };
  return { ...message, tool_calls: [{ ...first, extra_content }, ...(message.tool_calls ?? []).slice(1)] };
}

function signedInBlock(message: AssistantMessage, { id }: ToolCall, data: string): AssistantMessage {
  const { reasoning_details: given } = message;
  const details = Array.isArray(given) ? given : [];
  const ids = new Set((message.tool_calls ?? []).map((call) => call?.id));
  if (details.some((block) => block?.format === GEMINI_FORMAT && block.data && ids.has(block.id ?? ''))) return message;
  const block: ReasoningDetail = { type: 'reasoning.encrypted', data, id, format: GEMINI_FORMAT, index: details.length };
  return { ...message, reasoning_details: [...details, block] };
}
