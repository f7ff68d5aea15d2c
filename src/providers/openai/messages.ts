import type {
  AssistantMessage,
  ChatMessage,
  ContentPart,
  ReasoningDetail,
  RefusalPart,
  TextPart,
  ToolCall,
} from '../../core/chat.ts';
import { wholeBlocks } from '../../core/reasoning-blocks.ts';
import { OWN_FORMATS } from '../chat/reasoning-formats.ts';
import { saidBy } from '../chat/said-by.ts';
import { thoughtsOf } from '../chat/thoughts.ts';
import { boundedToolCallId, shortToolCallId } from '../tool-call-id.ts';
import { withMediaOfResults } from './media-of-results.ts';
import type { MessageField, VendorQuirks } from './quirks.ts';
import { isRecord } from './wire-types.ts';
import { withoutSilentTurns } from './without-silent-turns.ts';

/**
 * The conversation as the vendor takes it. What needs no change is handed on as it is, and so is every form that is not
 * OpenAI's: it may be the vendor's own, and else is the vendor's to refuse. Nothing of the caller's is mutated.
 */
export function toMessages(messages: readonly ChatMessage[], quirks: VendorQuirks): readonly ChatMessage[] {
  let changed: ChatMessage[] | undefined;
  messages.forEach((message, position) => {
    const own = toMessage(message, quirks);
    if (own === message) return;
    changed ??= messages.slice();
    changed[position] = own;
  });
  const said = withoutSilentTurns(changed ?? messages);
  const result = quirks.mediaInResults ? said : withMediaOfResults(said);
  return quirks.alternatingRoles ? joinNeighbours(result) : withPrefixFlag(result, quirks);
}

type Changes = Record<string, unknown>;

function toMessage(message: ChatMessage, quirks: VendorQuirks): ChatMessage {
  if (!isRecord(message)) return message;
  let changes = leftOutFields(message, quirks);
  if (message.role === 'developer' && !quirks.developerRole) changes = { ...changes, role: 'system' };
  const said = message.role === 'assistant' ? wordsOf(message, quirks) : message.content;
  const content = toContent(said, message.role, quirks);
  if (content !== message.content) changes = { ...changes, content };
  if (message.role === 'assistant') changes = assistantChanges(message, changes, quirks);
  if (message.role === 'tool' && typeof message.tool_call_id === 'string') {
    const id = toCallId(message.tool_call_id, quirks);
    if (id !== message.tool_call_id) changes = { ...changes, tool_call_id: id };
  }
  // A field that is undefined is not written as JSON.
  return changes === undefined ? message : ({ ...message, ...changes } as ChatMessage);
}

/** A refusal and the words of a spoken answer are content for a vendor that has no field for them: they would be lost. */
function wordsOf({ content, refusal, audio }: AssistantMessage, { messageFields }: VendorQuirks): AssistantMessage['content'] {
  const isRefused = typeof refusal === 'string' && refusal !== '' && !messageFields.has('refusal');
  const isSpoken = isRecord(audio) && typeof audio.transcript === 'string' && !messageFields.has('audio');
  if ((!isRefused && !isSpoken) || !isContent(content) || (Array.isArray(content) && !content.every(isRecord))) return content;
  return saidBy({ role: 'assistant', content, refusal: isRefused ? refusal : null, audio: isSpoken ? audio : null });
}

/** Fields that only some vendors take: the gateway's conventions, and what answers hold that come back as history. */
const EXTRA_FIELDS: readonly MessageField[] = [
  'refusal',
  'annotations',
  'audio',
  'images',
  'cache_control',
  'reasoning_details',
  'extra_content',
  'is_error',
];

function leftOutFields(message: object, quirks: VendorQuirks): Changes | undefined {
  let changes: Changes | undefined;
  const fields = message as Changes;
  for (const field of EXTRA_FIELDS) {
    if (fields[field] !== undefined && !quirks.messageFields.has(field)) changes = { ...changes, [field]: undefined };
  }
  // Answers that older clients hand back have it, and it says nothing; some vendors refuse a field that they do not know.
  if (fields.function_call === null) changes = { ...changes, function_call: undefined };
  // A legacy function message is nothing without its name.
  if (fields.name !== undefined && fields.role !== 'function' && !quirks.messageFields.has('name')) {
    changes = { ...changes, name: undefined };
  }
  return changes;
}

function assistantChanges(message: ChatMessage & object, before: Changes | undefined, quirks: VendorQuirks): Changes | undefined {
  const { tool_calls } = message as { tool_calls?: unknown };
  const changes = reasoningChanges(message, before, quirks);
  if (tool_calls === undefined) return changes;
  const calls = Array.isArray(tool_calls) && tool_calls.length > 0 ? toToolCalls(tool_calls, quirks) : undefined;
  return calls === tool_calls ? changes : { ...changes, tool_calls: calls };
}

/** Earlier reasoning under the vendor's name for it, from blocks if there is no text, and blocks in one piece. */
function reasoningChanges(message: object, before: Changes | undefined, quirks: VendorQuirks): Changes | undefined {
  const { reasoning_content, reasoning, reasoning_details: details } = message as Changes;
  let changes = before;
  const takesBlocks = quirks.messageFields.has('reasoning_details');
  if (takesBlocks && Array.isArray(details)) {
    const blocks = ownBlocks(details);
    if (blocks !== details) changes = { ...changes, reasoning_details: blocks };
  }
  if (reasoning_content === undefined && reasoning === undefined && (takesBlocks || details === undefined)) return changes;
  const field = quirks.reasoningField;
  const thoughts = field && (reasoning_content ?? reasoning ?? (takesBlocks ? undefined : thoughtsOf(message)));
  const own: Changes = { reasoning_content: undefined, reasoning: undefined };
  if (field && thoughts !== undefined && thoughts !== null) own[field] = thoughts;
  const same = own.reasoning_content === reasoning_content && own.reasoning === reasoning;
  return same ? changes : { ...changes, ...own };
}

/** Whole blocks of the makers that the vendor may know; the same list if all are. */
function ownBlocks(details: readonly ReasoningDetail[]): readonly ReasoningDetail[] | undefined {
  const blocks = wholeBlocks(details);
  if (!blocks.some((block) => OWN_FORMATS.has(block?.format))) return blocks;
  const known = blocks.filter((block) => !OWN_FORMATS.has(block?.format));
  return known.length > 0 ? known : undefined;
}

function toToolCalls(calls: readonly ToolCall[], quirks: VendorQuirks): readonly ToolCall[] {
  let changed: ToolCall[] | undefined;
  for (const [position, call] of calls.entries()) {
    const own = isRecord(call) ? toToolCall(call, quirks) : call;
    if (own === call) continue;
    changed ??= calls.slice();
    changed[position] = own;
  }
  return changed ?? calls;
}

function toToolCall(call: ToolCall & { cache_control?: unknown; index?: unknown }, quirks: VendorQuirks): ToolCall {
  const own: { -readonly [Key in keyof typeof call]: (typeof call)[Key] | undefined } = { ...call };
  if (typeof call.id === 'string') own.id = toCallId(call.id, quirks);
  if (!quirks.messageFields.has('extra_content')) own.extra_content = undefined;
  if (!quirks.messageFields.has('cache_control')) own.cache_control = undefined;
  const same = own.id === call.id && own.extra_content === call.extra_content && own.cache_control === call.cache_control;
  return same ? call : (own as ToolCall);
}

function toCallId(id: string, { toolCallIds }: VendorQuirks): string {
  switch (toolCallIds) {
    case 'any':
      return id;
    case 'at-most-40':
      return boundedToolCallId(id, 40);
    case 'nine-characters':
      return shortToolCallId(id);
  }
}

function toContent(content: unknown, role: string, quirks: VendorQuirks): unknown {
  if (!Array.isArray(content)) return content;
  const parts = withoutRefusals(withoutCacheMarks(content, quirks), quirks);
  if (!quirks.stringContentRoles.has(role) || !parts.every(isText)) return parts;
  return parts.map(({ text }) => text).join('\n');
}

function isText(part: unknown): part is TextPart {
  return isRecord(part) && part.type === 'text' && typeof part.text === 'string';
}

function withoutCacheMarks(parts: readonly ContentPart[], quirks: VendorQuirks): readonly ContentPart[] {
  if (quirks.messageFields.has('cache_control') || !parts.some(hasCacheMark)) return parts;
  return parts.map((part) => (hasCacheMark(part) ? ({ ...part, cache_control: undefined } as ContentPart) : part));
}

function withoutRefusals(parts: readonly ContentPart[], { messageFields }: VendorQuirks): readonly ContentPart[] {
  if (messageFields.has('refusal') || !parts.some(isRefusal)) return parts;
  return parts.map((part) => (isRefusal(part) ? { type: 'text', text: part.refusal } : part));
}

function isRefusal(part: unknown): part is RefusalPart {
  return isRecord(part) && part.type === 'refusal' && typeof part.refusal === 'string';
}

/** True if a part or tool has Anthropic's mark for caching. */
export function hasCacheMark(value: unknown): boolean {
  return isRecord(value) && value.cache_control !== undefined;
}

function withPrefixFlag(messages: readonly ChatMessage[], quirks: VendorQuirks): readonly ChatMessage[] {
  const last = quirks.prefixFlag ? messages.at(-1) : undefined;
  if (last?.role !== 'assistant' || last.tool_calls !== undefined) return messages;
  return messages.with(-1, { prefix: true, ...last } as ChatMessage);
}

/** Neighbours of one role as one message, for vendors that want user and assistant in turn. */
function joinNeighbours(messages: readonly ChatMessage[]): readonly ChatMessage[] {
  const joined: ChatMessage[] = [];
  for (const message of messages) {
    const last = joined.at(-1);
    const role = isRecord(message) ? message.role : undefined;
    const joinable = last?.role === role && (role === 'user' || role === 'assistant');
    if (last !== undefined && joinable && isContent(last.content) && isContent(message.content))
      joined[joined.length - 1] = { ...last, content: joinContent(last.content, message.content) } as ChatMessage;
    else joined.push(message);
  }
  return joined;
}

function isContent(content: unknown): boolean {
  return typeof content === 'string' || Array.isArray(content) || content === null || content === undefined;
}

function joinContent(first: unknown, second: unknown): unknown {
  if (typeof first === 'string' && typeof second === 'string') return `${first}\n\n${second}`;
  return [...toParts(first), ...toParts(second)];
}

function toParts(content: unknown): readonly unknown[] {
  if (Array.isArray(content)) return content;
  return typeof content === 'string' && content !== '' ? [{ type: 'text', text: content }] : [];
}
