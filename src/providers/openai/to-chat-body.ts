import type { ChatMessage } from '../../core/chat.ts';
import type { UpstreamRequest } from '../provider.ts';
import { askForNoThinking, historyRule, isBroken, withSignatures } from './history.ts';
import { hasCacheMark, toMessages } from './messages.ts';
import type { VendorQuirks } from './quirks.ts';
import { isRecord } from './wire-types.ts';

/** The body of a chat request: the caller's params with what the vendor words otherwise. Unknown fields go as they are. */
export function toChatBody(request: UpstreamRequest, quirks: VendorQuirks): Record<string, unknown> {
  const { params } = request;
  const body: Record<string, unknown> = { ...params };
  if (Array.isArray(params.messages)) body.messages = toMessages(params.messages as ChatMessage[], forModel(request, quirks));
  if (quirks.history.length > 0) meetHistory(body, request, quirks);
  setOutputLimit(body, request.upstreamModel, quirks);
  setReasoning(body, quirks);
  if (params.tools !== undefined) setTools(body, quirks);
  if (params.tool_choice !== undefined) setToolChoice(body, quirks);
  if (Array.isArray(params.tools)) leaveOutEmptyTools(body);
  for (const [name, own] of quirks.renamedParams) {
    if (body[name] === undefined || body[name] === null) continue;
    body[own] ??= body[name];
    body[name] = undefined;
  }
  for (const hint of quirks.rejectedHints) if (body[hint] !== undefined) body[hint] = undefined;
  return body;
}

function forModel({ upstreamModel }: UpstreamRequest, quirks: VendorQuirks): VendorQuirks {
  const { reasoningField, reasoningModels } = quirks;
  if (reasoningField !== undefined || reasoningModels?.test(upstreamModel) !== true) return quirks;
  return { ...quirks, reasoningField: 'reasoning_content' };
}

/** What the model demands of history, or no thinking if it has not got that. */
function meetHistory(body: Record<string, unknown>, { params, upstreamModel }: UpstreamRequest, quirks: VendorQuirks): void {
  const rule = historyRule(upstreamModel, quirks);
  if (rule === undefined || !Array.isArray(body.messages)) return;
  if (rule.demand === 'signature-on-calls') body.messages = withSignatures(body.messages as ChatMessage[], rule);
  else if (isBroken(rule, params, quirks)) askForNoThinking(body, rule);
}

// https://platform.openai.com/docs/api-reference/chat/create: `max_tokens` is not compatible with the reasoning models.
const NEEDS_MAX_COMPLETION_TOKENS = /^(openai\/)?(o\d|gpt-([5-9]|\d\d))/;

function setOutputLimit(body: Record<string, unknown>, upstreamModel: string, quirks: VendorQuirks): void {
  const limit = body.max_completion_tokens ?? body.max_tokens;
  if (limit === undefined || limit === null) return;
  let field = quirks.maxTokens;
  if (field === 'by-model') field = NEEDS_MAX_COMPLETION_TOKENS.test(upstreamModel) ? 'max_completion_tokens' : 'as-given';
  if (field === 'as-given' || (field === 'max_tokens' && body.max_completion_tokens === undefined)) return;
  body.max_tokens = undefined;
  body.max_completion_tokens = undefined;
  body[field] = limit;
}

function setReasoning(body: Record<string, unknown>, quirks: VendorQuirks): void {
  const effort = body.reasoning_effort;
  if (quirks.reasoningEffort === 'as-given' || typeof effort !== 'string') return;
  const off = effort === 'none';
  switch (quirks.reasoningEffort) {
    case 'high-or-none':
      body.reasoning_effort = off || effort === 'minimal' ? 'none' : 'high';
      return;
    case 'as-given-or-thinking-off':
      if (!off) return;
      body.thinking ??= { type: 'disabled' };
      break;
    case 'thinking-type':
      body.thinking ??= { type: off ? 'disabled' : 'enabled' };
      break;
    case 'enable-thinking':
      body.enable_thinking ??= !off;
      break;
    case 'reasoning-object':
      body.reasoning ??= { effort };
      break;
  }
  body.reasoning_effort = undefined;
}

function setTools(body: Record<string, unknown>, quirks: VendorQuirks): void {
  const { tools } = body;
  if (!Array.isArray(tools)) return;
  if (quirks.messageFields.has('cache_control') || !tools.some(hasCacheMark)) return;
  body.tools = tools.map((tool) => (hasCacheMark(tool) ? { ...tool, cache_control: undefined } : tool));
}

function setToolChoice(body: Record<string, unknown>, quirks: VendorQuirks): void {
  const choice = body.tool_choice;
  if (isRecord(choice) && choice.type === 'allowed_tools' && !quirks.allowedTools) {
    const { tools, mode } = isRecord(choice.allowed_tools) ? choice.allowed_tools : choice;
    const allowed = new Set(Array.isArray(tools) ? tools.map(nameOf) : []);
    if (Array.isArray(body.tools)) body.tools = body.tools.filter((tool) => allowed.has(nameOf(tool)));
    body.tool_choice = mode === 'required' ? 'required' : 'auto';
  }
  if (body.tool_choice === 'required') body.tool_choice = quirks.requiredToolChoice;
}

/** Vendors refuse an empty list, and what says something of tools without any. A choice that forces one stays, to be refused. */
function leaveOutEmptyTools(body: Record<string, unknown>): void {
  if (!Array.isArray(body.tools) || body.tools.length > 0) return;
  body.tools = undefined;
  body.parallel_tool_calls = undefined;
  if (body.tool_choice === 'auto' || body.tool_choice === 'none') body.tool_choice = undefined;
}

function nameOf(tool: unknown): unknown {
  if (!isRecord(tool)) return undefined;
  return isRecord(tool.function) ? tool.function.name : tool.name;
}
