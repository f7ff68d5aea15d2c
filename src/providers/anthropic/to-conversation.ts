import type { AssistantMessage, CacheControl, ChatMessage, FunctionMessage, ToolCall, ToolMessage } from '../../core/chat.ts';
import { CallIds } from '../chat/call-ids.ts';
import { readMessage } from '../chat/read-message.ts';
import { saidBy } from '../chat/said-by.ts';
import { RequestInvalid } from '../request-invalid.ts';
import { cacheMark } from './cache-marks.ts';
import { toBlocks } from './content.ts';
import type { ModelTraits } from './models.ts';
import { thinkingBlocks } from './reasoning-details.ts';
import type {
  CacheableBlock,
  MediaBlock,
  RequestBlock,
  RequestMessage,
  SystemTurn,
  TextBlock,
  ToolResultBlock,
  ToolUseBlock,
} from './wire-types.ts';

export interface Conversation {
  system: TextBlock[];
  messages: (RequestMessage | SystemTurn)[];
  /** Names of the tools that history calls; Anthropic wants them defined. */
  calledTools: Set<string>;
}

/**
 * OpenAI's messages as Anthropic's turns. Leading instructions become `system` blocks, one each. Between two assistant
 * turns everything goes into one user turn, tool results first; instructions found there follow it as a system turn if
 * the model takes one, else they stay in the user turn, marked as `<system>`.
 */
export function toConversation(messages: readonly ChatMessage[], systemTurns: boolean, traits: ModelTraits): Conversation {
  const conversation: Conversation = { system: [], messages: [], calledTools: new Set() };
  const calls = new CallRegister(conversation.calledTools);
  let turn = new UserTurn();
  for (const [position, value] of messages.entries()) {
    const path = `messages[${position}]`;
    const message = readMessage(value, position);
    if (message.role === 'assistant') {
      const blocks = assistantBlocks(message, path, calls, traits);
      if (blocks.length === 0) continue;
      turn.addTo(conversation.messages, systemTurns);
      turn = new UserTurn();
      addAssistantTurn(conversation.messages, blocks);
    } else if (isInstruction(message)) {
      const blocks = instructionBlocks(message, `${path}.content`);
      const leading = conversation.messages.length === 0 && turn.isEmpty;
      if (leading) conversation.system.push(...blocks);
      else turn.instruct(blocks, systemTurns);
    } else {
      turn.add(message, path, calls);
    }
  }
  turn.addTo(conversation.messages, systemTurns);
  endInWords(conversation.messages);
  if (conversation.messages.length === 0)
    throw new RequestInvalid('messages', 'at least one message with content beside instructions');
  trimPrefill(conversation.messages.at(-1));
  return conversation;
}

function addAssistantTurn(messages: Conversation['messages'], blocks: RequestBlock[]): void {
  const last = messages.at(-1);
  if (last?.role === 'assistant') last.content.push(...blocks);
  else messages.push({ role: 'assistant', content: blocks });
}

/** What stands between two assistant turns. */
class UserTurn {
  readonly #results: ToolResultBlock[] = [];
  readonly #content: RequestBlock[] = [];
  readonly #instructions: TextBlock[] = [];

  get isEmpty(): boolean {
    return this.#results.length === 0 && this.#content.length === 0 && this.#instructions.length === 0;
  }

  add(message: Exclude<ChatMessage, AssistantMessage>, path: string, calls: CallRegister): void {
    switch (message.role) {
      case 'tool':
        this.#results.push(toolResult(message, path, calls));
        return;
      case 'function':
        this.#results.push(functionResult(message, path, calls));
        return;
      default:
        this.#content.push(...cachedLast(toBlocks(message.content, `${path}.content`), message.cache_control));
    }
  }

  instruct(blocks: TextBlock[], systemTurns: boolean): void {
    if (systemTurns) this.#instructions.push(...blocks);
    else this.#content.push(...blocks.map(marked));
  }

  /** A system turn is only allowed behind a user turn. */
  addTo(messages: Conversation['messages'], systemTurns: boolean): void {
    if (this.isEmpty) return;
    const content: RequestBlock[] = [...this.#results, ...this.#content];
    if (content.length === 0) {
      messages.push({ role: 'user', content: this.#instructions.map(marked) });
      return;
    }
    messages.push({ role: 'user', content });
    if (systemTurns && this.#instructions.length > 0) messages.push({ role: 'system', content: this.#instructions });
  }
}

/** An instruction if no system turn is possible. */
function marked(block: TextBlock): TextBlock {
  return { ...block, text: `<system>\n${block.text}\n</system>` };
}

/** The calls in history: their ids as they are written on the wire, and what they call. */
class CallRegister {
  readonly ids = new CallIds();
  readonly #lastIdByFunction = new Map<string, string>();
  readonly #names: Set<string>;

  constructor(names: Set<string>) {
    this.#names = names;
  }

  /** The wire's id of a call. */
  add(id: string, name: string): string {
    this.#names.add(name);
    return this.ids.add(id);
  }

  addFunction(id: string, name: string): string {
    const own = this.add(id, name);
    this.#lastIdByFunction.set(name, own);
    return own;
  }

  idOfFunction(name: string): string | undefined {
    return this.#lastIdByFunction.get(name);
  }
}

function isInstruction(message: ChatMessage): message is Extract<ChatMessage, { role: 'system' | 'developer' }> {
  return message.role === 'system' || message.role === 'developer';
}

function instructionBlocks(message: Extract<ChatMessage, { role: 'system' | 'developer' }>, path: string): TextBlock[] {
  const blocks = cachedLast(toBlocks(message.content, path), message.cache_control);
  return blocks.map((block) => {
    if (block.type !== 'text') throw new RequestInvalid(path, 'text');
    return block;
  });
}

/** Thinking first and unchanged, then text, then calls. */
function assistantBlocks(message: AssistantMessage, path: string, calls: CallRegister, traits: ModelTraits): RequestBlock[] {
  const blocks: RequestBlock[] = thinkingBlocks(message, traits);
  blocks.push(...toBlocks(saidBy(message), `${path}.content`));
  calls.ids.beginTurn();
  for (const [position, call] of (message.tool_calls ?? []).entries()) {
    if (!call.function) throw new RequestInvalid(`${path}.tool_calls[${position}].type`, 'function');
    const block = toolUse(calls.add(call.id, call.function.name), call.function);
    if (call.cache_control) block.cache_control = cacheMark(call.cache_control);
    blocks.push(block);
  }
  const { function_call: called } = message;
  if (called) blocks.push(toolUse(calls.addFunction(path, called.name), called));
  return cachedLast(blocks, message.cache_control);
}

function toolUse(id: string, called: ToolCall['function']): ToolUseBlock {
  return { type: 'tool_use', id, name: called.name, input: toInput(called.arguments) };
}

/** Anthropic takes objects only; what is none stands under a key, as the model wrote it. */
function toInput(text: string): Record<string, unknown> {
  if (text.trim() === '') return {};
  try {
    const input: unknown = JSON.parse(text);
    if (typeof input === 'object' && input !== null && !Array.isArray(input)) return { ...input };
    return input === null ? {} : { arguments: input };
  } catch {
    return { arguments: text };
  }
}

function toolResult(message: ToolMessage, path: string, calls: CallRegister): ToolResultBlock {
  const id = calls.ids.ofResult(message.tool_call_id);
  if (id === undefined) throw new RequestInvalid(`${path}.tool_call_id`, 'the id of a tool call of an earlier assistant message');
  const block = resultBlock(id, toBlocks(message.content, `${path}.content`));
  if (message.is_error === true) block.is_error = true;
  if (message.cache_control) block.cache_control = cacheMark(message.cache_control);
  return block;
}

function functionResult(message: FunctionMessage, path: string, calls: CallRegister): ToolResultBlock {
  const id = calls.idOfFunction(message.name);
  if (id === undefined) throw new RequestInvalid(`${path}.name`, 'the name of a function that an earlier message calls');
  return resultBlock(id, toBlocks(message.content, `${path}.content`));
}

/**
 * A mark on a part of a result belongs on the result: "cache_control may not be specified within `tool_result.content`.
 * Instead, place it directly on `tool_result`" (Anthropic's 400). The last mark covers those before it.
 */
function resultBlock(id: string, content: MediaBlock[]): ToolResultBlock {
  const block: ToolResultBlock = { type: 'tool_result', tool_use_id: id };
  if (content.length === 0) return block;
  block.content = content;
  for (const [position, part] of content.entries()) {
    if (part.cache_control === undefined) continue;
    const { cache_control, ...unmarked } = part;
    if (cache_control) block.cache_control = cache_control;
    content[position] = unmarked;
  }
  return block;
}

/** A mark on a message belongs on its last block that can carry one. */
function cachedLast<Block extends RequestBlock>(blocks: Block[], mark: CacheControl | undefined): Block[] {
  if (!mark) return blocks;
  const last = blocks.findLastIndex(isCacheable);
  const block = blocks[last];
  if (block) blocks[last] = { ...block, cache_control: mark };
  return blocks;
}

function isCacheable(block: RequestBlock): block is CacheableBlock {
  return !isThinking(block);
}

function isThinking({ type }: RequestBlock): boolean {
  return type === 'thinking' || type === 'redacted_thinking';
}

/** "The final block in an assistant message cannot be `thinking`", as of an answer that was cut off while the model thought. */
function endInWords(messages: Conversation['messages']): void {
  const last = messages.at(-1);
  if (last?.role !== 'assistant') return;
  last.content.length = last.content.findLastIndex((block) => !isThinking(block)) + 1;
  if (last.content.length === 0) messages.pop();
}

/** Anthropic refuses trailing white space in the assistant turn that it is to continue. */
function trimPrefill(last: RequestMessage | SystemTurn | undefined): void {
  if (last?.role !== 'assistant') return;
  const block = last.content.at(-1);
  if (block?.type === 'text') last.content[last.content.length - 1] = { ...block, text: block.text.trimEnd() };
}
