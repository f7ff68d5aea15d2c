import { isRecord } from '../../core/json.ts';
import { chatName } from '../../core/param-names.ts';
import type { Params } from '../../core/params.ts';
import { RequestInvalid } from '../../providers/request-invalid.ts';
import type { Inexpressible } from './content.ts';
import type { MessagePlace } from './in-callers-words.ts';
import { isAbsent } from './is-absent.ts';
import { type ChatConversation, toMessages } from './messages.ts';
import { toToolChoice, toTools } from './tools.ts';

/** A Responses request as one of chat completions. */
export interface ChatRequest {
  readonly params: Params;
  /** Names of params, and types of items and parts, that chat completions have no place for. */
  readonly inexpressible: readonly string[];
  /** Where each message comes from. */
  readonly places: readonly MessagePlace[];
}

/**
 * Fields that both APIs have, and those that neither has, go as they are. What chat has no place for is left out, and named
 * unless `drop` names it. Throws `RequestInvalid` for a malformed request.
 */
export function toChat(given: Params, drop: ReadonlySet<string>): ChatRequest {
  const inexpressible: Inexpressible = new Set();
  for (const [name, asksFor] of WITHOUT_COUNTERPART) {
    const value = given[name];
    if (!isAbsent(value) && asksFor(value)) inexpressible.add(name);
  }
  const { input, instructions, tools, tool_choice, parallel_tool_calls, text, reasoning, max_output_tokens, ...others } = given;
  const chat: Record<string, unknown> = others;
  for (const name of NOT_CHATS) delete chat[name];
  // What goes on from something stored may come without input.
  const isStored = isAbsent(input) && inexpressible.size > 0;
  const { messages, places } = isStored ? NO_CONVERSATION : toMessages(instructions, input, inexpressible);
  chat.messages = messages;
  const ownTools = toTools(tools, inexpressible);
  if (ownTools && ownTools.length > 0) {
    chat.tools = ownTools;
    set(chat, 'tool_choice', toToolChoice(tool_choice, inexpressible));
    set(chat, 'parallel_tool_calls', parallel_tool_calls);
  }
  set(chat, drop.has('max_completion_tokens') ? 'max_tokens' : 'max_completion_tokens', max_output_tokens);
  setText(chat, text, inexpressible);
  setReasoning(chat, reasoning, inexpressible);
  setLogprobs(chat, given);
  const left = [...inexpressible].filter((name) => !drop.has(name) && !drop.has(chatName(name)));
  return { params: chat, inexpressible: left, places };
}

const NO_CONVERSATION: ChatConversation = { messages: [], places: [] };

// Values that say what happens anyway ask for nothing: nothing is stored, and nothing is cut off.
const WITHOUT_COUNTERPART: ReadonlyMap<string, (value: unknown) => boolean> = new Map<string, (value: unknown) => boolean>([
  ['previous_response_id', () => true],
  ['conversation', () => true],
  ['prompt', () => true],
  ['moderation', () => true],
  ['background', (value) => value === true],
  ['background_options', (value) => !isRecord(value) || !isSoonest(value.completion_window)],
  ['store', (value) => value === true],
  ['truncation', (value) => value !== 'disabled'],
  ['context_management', (value) => !Array.isArray(value) || value.length > 0],
]);

/** Read here, or without an effect in the Responses API or if only functions are called. */
const NOT_CHATS: readonly string[] = [
  ...WITHOUT_COUNTERPART.keys(),
  ...['include', 'top_logprobs', 'max_tool_calls', 'stream', 'stream_options', 'max_tokens', 'max_completion_tokens'],
];

/** OpenAI's own default; another window is cheaper. */
function isSoonest(window: unknown): boolean {
  return isAbsent(window) || window === 'soonest';
}

function set(chat: Record<string, unknown>, name: string, value: unknown): void {
  if (!isAbsent(value)) chat[name] = value;
}

function setText(chat: Record<string, unknown>, text: unknown, inexpressible: Inexpressible): void {
  if (isAbsent(text)) return;
  if (!isRecord(text)) throw new RequestInvalid('text', 'an object');
  set(chat, 'verbosity', text.verbosity);
  const { format } = text;
  if (!isRecord(format) || format.type === 'text') return;
  if (format.type === 'json_object') {
    chat.response_format = { type: 'json_object' };
  } else if (format.type === 'json_schema') {
    const { type, ...described } = format;
    chat.response_format = { type, json_schema: described };
  } else {
    inexpressible.add('text.format');
  }
}

/** What text there is of the reasoning is always handed out, so that a wish for a summary needs no counterpart. */
function setReasoning(chat: Record<string, unknown>, reasoning: unknown, inexpressible: Inexpressible): void {
  if (isAbsent(reasoning)) return;
  if (!isRecord(reasoning)) throw new RequestInvalid('reasoning', 'an object');
  set(chat, 'reasoning_effort', reasoning.effort);
  if (!isAbsent(reasoning.mode) && reasoning.mode !== 'standard') inexpressible.add('reasoning.mode');
  if (!isAbsent(reasoning.context) && reasoning.context !== 'auto') inexpressible.add('reasoning.context');
}

/** The Responses API gives probabilities only if `include` asks for them. */
function setLogprobs(chat: Record<string, unknown>, { include, top_logprobs }: Params): void {
  if (!Array.isArray(include) || !include.includes('message.output_text.logprobs')) return;
  chat.logprobs = true;
  if (typeof top_logprobs === 'number' && top_logprobs > 0) chat.top_logprobs = top_logprobs;
}
