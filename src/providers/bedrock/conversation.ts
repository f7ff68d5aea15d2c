import type {
  AssistantMessage,
  CacheControl,
  ChatMessage,
  ContentPart,
  FunctionMessage,
  ToolCall,
  ToolMessage,
} from '../../core/chat.ts';
import { CallIds } from '../chat/call-ids.ts';
import { readMessage } from '../chat/read-message.ts';
import { saidBy } from '../chat/said-by.ts';
import { RequestInvalid } from '../request-invalid.ts';
import { addCachePoint, type CacheMarks } from './cache-marks.ts';
import type { BedrockModel } from './models.ts';
import { toReasoningBlocks } from './reasoning-blocks.ts';
import { DocumentNames, textBlock, toContentBlock } from './to-content.ts';
import type { CachePoint, ContentBlock, Json, Message, SystemBlock, ToolResultBlock } from './wire-types.ts';

/** OpenAI's messages as Converse has them: system apart, user and assistant strictly in turn. */
export class Conversation {
  readonly system: SystemBlock[] = [];
  readonly messages: Message[] = [];
  /** Names of the tools that the history called. */
  readonly toolNames = new Set<string>();
  readonly #model: BedrockModel;
  readonly #mark: CacheMarks;
  readonly #documentNames = new DocumentNames();
  // Ids of other vendors may be longer than Bedrock's 64 characters.
  readonly #callIds = new CallIds(64);
  // Ids of legacy calls by their function's name, as those have none of their own.
  readonly #legacyIds = new Map<string, string>();

  constructor(messages: readonly ChatMessage[], model: BedrockModel, mark: CacheMarks) {
    this.#model = model;
    this.#mark = mark;
    for (const [index, value] of messages.entries()) this.#add(readMessage(value, index), `messages[${index}]`);
    endInWords(this.messages);
    if (this.messages.length === 0) throw new RequestInvalid('messages', 'at least one user message that is not empty');
    this.#finish();
  }

  #add(message: ChatMessage, path: string): void {
    switch (message.role) {
      case 'system':
      case 'developer':
        this.#addSystem(message.content, path);
        this.#markSystem(message.cache_control);
        return;
      case 'user':
        this.#append('user', this.#blocks(message.content, path), message.cache_control);
        return;
      case 'assistant':
        this.#append('assistant', this.#assistantBlocks(message, path), message.cache_control);
        return;
      case 'tool':
        this.#append('user', this.#resultBlocks(message, path), message.cache_control);
        return;
      case 'function':
        this.#append('user', this.#legacyResult(message, path), undefined);
    }
  }

  #addSystem(content: string | ContentPart[], path: string): void {
    for (const part of toParts(content)) {
      if (part.type !== 'text') throw new RequestInvalid(`${path}.content`, 'text only in a system message');
      const block = textBlock(part.text);
      if (block) this.system.push(block);
      if (block) this.#markSystem(part.cache_control);
    }
  }

  #markSystem(control: CacheControl | undefined): void {
    addCachePoint(this.system, this.#mark(control));
  }

  #append(role: Message['role'], blocks: ContentBlock[], control: CacheControl | undefined): void {
    if (blocks.length === 0) return;
    addCachePoint(blocks, this.#mark(control));
    const last = this.messages.at(-1);
    if (last?.role === role) addBlocks(last.content, blocks);
    else this.messages.push({ role, content: blocks });
  }

  #blocks(content: string | ContentPart[] | null | undefined, path: string): ContentBlock[] {
    const blocks: ContentBlock[] = [];
    for (const [index, part] of toParts(content).entries()) {
      const block = toContentBlock(part, `${path}.content[${index}]`, this.#documentNames);
      if (!block) continue;
      blocks.push(block);
      if (part.type !== 'refusal') addCachePoint(blocks, this.#mark(part.cache_control));
    }
    return blocks;
  }

  #assistantBlocks(message: AssistantMessage, path: string): ContentBlock[] {
    const blocks: ContentBlock[] = toReasoningBlocks(message, this.#model);
    blocks.push(...this.#blocks(saidBy(message), path));
    this.#callIds.beginTurn();
    for (const [index, call] of (message.tool_calls ?? []).entries()) {
      if (!call.function) throw new RequestInvalid(`${path}.tool_calls[${index}].type`, 'function');
      blocks.push(this.#toolUse(call.id, call.function));
      addCachePoint(blocks, this.#mark(call.cache_control));
    }
    if (message.function_call) {
      const id = `call_${path.replace(/\D/g, '')}`;
      this.#legacyIds.set(message.function_call.name, id);
      blocks.push(this.#toolUse(id, message.function_call));
    }
    return blocks;
  }

  #toolUse(id: string, { name, arguments: text }: ToolCall['function']): ContentBlock {
    this.toolNames.add(name);
    return { toolUse: { toolUseId: this.#callIds.add(id), name, input: toInput(text) } };
  }

  #resultBlocks(message: ToolMessage, path: string): ContentBlock[] {
    const toolUseId = this.#callIds.ofResult(message.tool_call_id);
    if (toolUseId === undefined) throw new RequestInvalid(`${path}.tool_call_id`, 'the id of an earlier tool call');
    const content: ToolResultBlock['toolResult']['content'] = [];
    const beside: ContentBlock[] = [];
    let point: CachePoint | undefined;
    for (const block of this.#blocks(message.content, path)) {
      if ('text' in block) content.push(block);
      else if (this.#model.mediaInToolResults && ('image' in block || 'document' in block)) content.push(block);
      else if ('cachePoint' in block) point = block;
      else beside.push(block);
    }
    // An empty text is refused, and so is a result without content by some models.
    if (content.length === 0) content.push({ text: '(no output)' });
    const toolResult: ToolResultBlock['toolResult'] = { toolUseId, content };
    if (message.is_error === true && this.#model.errorResults) toolResult.status = 'error';
    const blocks: ContentBlock[] = [{ toolResult }, ...beside];
    // A result has no place for a point inside it.
    addCachePoint(blocks, point);
    return blocks;
  }

  #legacyResult(message: FunctionMessage, path: string): ContentBlock[] {
    const id = this.#legacyIds.get(message.name);
    if (id === undefined) throw new RequestInvalid(`${path}.name`, 'the name of an earlier function call');
    return this.#resultBlocks({ role: 'tool', tool_call_id: id, content: message.content ?? '' }, path);
  }

  #finish(): void {
    // Many models refuse a conversation that the assistant opens.
    if (this.messages[0]?.role === 'assistant') this.messages.unshift({ role: 'user', content: [{ text: '.' }] });
    if (!this.#model.system) this.messages[0]?.content.unshift(...this.system.splice(0));
    for (const { content } of this.messages) addTextBesideDocument(content);
    const last = this.messages.at(-1);
    if (this.#model.isClaude && last?.role === 'assistant') trimEnd(last.content);
  }
}

/** Adds to a turn. A result goes before whatever else the turn has: Claude refuses it behind that. */
function addBlocks(content: ContentBlock[], [first, ...others]: ContentBlock[]): void {
  if (first === undefined) return;
  const place = 'toolResult' in first ? content.findIndex((block) => !('toolResult' in block || 'cachePoint' in block)) : -1;
  content.splice(place < 0 ? content.length : place, 0, first);
  content.push(...others);
}

function toParts(content: string | ContentPart[] | null | undefined): ContentPart[] {
  if (content === null || content === undefined) return [];
  return typeof content === 'string' ? [{ type: 'text', text: content }] : content;
}

/** Bedrock refuses a document without a text in the same message. */
function addTextBesideDocument(content: ContentBlock[]): void {
  const document = content.find((block) => 'document' in block);
  if (document && 'document' in document && !content.some((block) => 'text' in block)) {
    content.unshift({ text: document.document.name });
  }
}

/** Claude refuses a last message that ends in reasoning, as of an answer that was cut off while the model thought. */
function endInWords(messages: Message[]): void {
  const last = messages.at(-1);
  if (last?.role !== 'assistant') return;
  last.content.length = last.content.findLastIndex((block) => !('reasoningContent' in block)) + 1;
  if (last.content.length === 0) messages.pop();
}

/** Claude refuses white space at the end of the message that it is to continue. */
function trimEnd(content: ContentBlock[]): void {
  const last = content.at(-1);
  if (last && 'text' in last) content[content.length - 1] = { text: last.text.trimEnd() };
}

/** Arguments have to be an object on this wire; whatever else a history holds goes under a key. */
function toInput(text: string): Json {
  if (text.trim() === '') return {};
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch {
    return { arguments: text };
  }
  if (value === null) return {};
  return typeof value === 'object' && !Array.isArray(value) ? value : { arguments: value };
}
