import type {
  AssistantMessage,
  ChatMessage,
  ContentPart,
  ReasoningDetail,
  SystemMessage,
  ToolCall,
  ToolMessage,
  UserMessage,
} from '../../core/chat.ts';
import { isRecord, type JsonRecord } from '../../core/json.ts';
import { RequestInvalid } from '../../providers/request-invalid.ts';
import { type Inexpressible, marked, requiredText, toContent } from './content.ts';
import type { MessagePlace } from './in-callers-words.ts';
import { isAbsent } from './is-absent.ts';
import { sealedText, signedCall, unsealReasoning } from './sealed-reasoning.ts';

export interface ChatConversation {
  readonly messages: readonly ChatMessage[];
  /** Where each message comes from, in the same order. */
  readonly places: readonly MessagePlace[];
}

/** `instructions` and `input` as chat's messages. What has no place there is named in `inexpressible` and left out. */
export function toMessages(instructions: unknown, input: unknown, inexpressible: Inexpressible): ChatConversation {
  const conversation = new Conversation(inexpressible);
  if (!isAbsent(instructions) && instructions !== '') {
    conversation.push({ role: 'system', content: requiredText(instructions, 'instructions') }, 'instructions');
  }
  if (typeof input === 'string') {
    conversation.push({ role: 'user', content: input }, 'input');
    return conversation;
  }
  if (!Array.isArray(input) || input.length === 0) throw new RequestInvalid('input', 'a string or a list with at least one item');
  for (const [position, item] of input.entries()) conversation.add(item, `input[${position}]`);
  return conversation;
}

interface Thoughts {
  readonly details: ReasoningDetail[];
  readonly text: string;
}

/** Items in their order; reasoning, text and calls of the model in a row are one assistant message. */
class Conversation {
  readonly messages: ChatMessage[] = [];
  readonly places: (MessagePlace & { readonly calls: string[] })[] = [];
  readonly #inexpressible: Inexpressible;
  #turn: AssistantMessage | undefined;
  /** Reasoning whose turn has not begun: chat has no message of reasoning alone, so it is left out if none follows. */
  #thoughts: Thoughts[] = [];
  /** Reasoning items of the turn, as some clients send one twice. */
  readonly #reasoned = new Set<string>();
  /** Thought signatures of calls, by their id. */
  readonly #signatures = new Map<string, string>();

  constructor(inexpressible: Inexpressible) {
    this.#inexpressible = inexpressible;
  }

  push(message: ChatMessage, at: string): void {
    this.messages.push(message);
    this.places.push({ at, content: message.role === 'tool' ? 'output' : 'content', calls: [] });
  }

  add(item: unknown, path: string): void {
    if (!isRecord(item)) throw new RequestInvalid(path, 'an item');
    // The type of messages and of references may be left out.
    const type = item.type ?? (item.role === undefined ? 'item_reference' : 'message');
    if (typeof type !== 'string' || type === '') throw new RequestInvalid(`${path}.type`, 'the type of an item');
    switch (type) {
      case 'message':
        this.#addMessage(item, path);
        return;
      case 'reasoning':
        this.#addReasoning(item);
        return;
      case 'function_call':
        this.#addCall(item, path);
        return;
      case 'function_call_output':
        this.#addOutput(item, path);
        return;
      default:
        this.#inexpressible.add(type);
    }
  }

  #addMessage(item: JsonRecord, path: string): void {
    const content = toContent(item.content, `${path}.content`, this.#inexpressible);
    switch (item.role) {
      case 'assistant': {
        const turn = this.#openTurn(path);
        turn.content = joined(turn.content, content);
        marked(turn, item);
        return;
      }
      case 'user':
      case 'system':
      case 'developer':
        this.#closeTurn();
        this.push(marked<SystemMessage | UserMessage>({ role: item.role, content }, item), path);
        return;
      default:
        throw new RequestInvalid(`${path}.role`, 'user, assistant, system or developer');
    }
  }

  /** Other makers' sealed reasoning means nothing here; its summary is what is left of it. */
  #addReasoning(item: JsonRecord): void {
    if (this.#isRepeated(item)) return;
    const details = unsealReasoning(item.encrypted_content) ?? [];
    const text = sealedText(details);
    const thoughts =
      text === undefined
        ? { details: this.#withoutSignatures(details), text: textOf(item.content) || textOf(item.summary) }
        : { details: [], text };
    if (this.#turn) think(this.#turn, thoughts);
    else this.#thoughts.push(thoughts);
  }

  /** What has neither an id nor anything sealed in it can't be told from another item. */
  #isRepeated({ id, encrypted_content: sealed, summary, content }: JsonRecord): boolean {
    if (!id && !sealed) return false;
    const key = JSON.stringify(sealed || [id, summary, content]);
    if (this.#reasoned.has(key)) return true;
    this.#reasoned.add(key);
    return false;
  }

  /** Signatures of calls go to their calls, which may come before or after. */
  #withoutSignatures(details: readonly ReasoningDetail[]): ReasoningDetail[] {
    return details.filter((detail) => {
      const id = signedCall(detail);
      if (id === undefined || !detail.data) return id === undefined;
      this.#signatures.set(id, detail.data);
      const call = this.#turn?.tool_calls?.find((own) => own.id === id);
      if (call) call.extra_content ??= { google: { thought_signature: detail.data } };
      return false;
    });
  }

  #addCall(item: JsonRecord, path: string): void {
    const call: ToolCall = {
      id: requiredText(item.call_id, `${path}.call_id`),
      type: 'function',
      function: { name: requiredText(item.name, `${path}.name`), arguments: requiredText(item.arguments, `${path}.arguments`) },
    };
    const signature = thoughtSignature(item.extra_content) ?? this.#signatures.get(call.id);
    if (signature) call.extra_content = { google: { thought_signature: signature } };
    const turn = this.#openTurn(path);
    turn.content ??= null;
    turn.tool_calls ??= [];
    if (turn.tool_calls.some((own) => isSameCall(own, call))) return;
    turn.tool_calls.push(marked(call, item));
    this.places.at(-1)?.calls.push(path);
  }

  #addOutput(item: JsonRecord, path: string): void {
    this.#closeTurn();
    const message: ToolMessage = {
      role: 'tool',
      tool_call_id: requiredText(item.call_id, `${path}.call_id`),
      content: toContent(item.output, `${path}.output`, this.#inexpressible),
    };
    if (item.is_error === true) message.is_error = true;
    this.push(marked(message, item), path);
  }

  #openTurn(path: string): AssistantMessage {
    if (this.#turn) return this.#turn;
    const turn: AssistantMessage = { role: 'assistant' };
    for (const thoughts of this.#thoughts) think(turn, thoughts);
    this.#thoughts = [];
    this.#turn = turn;
    this.push(turn, path);
    return turn;
  }

  #closeTurn(): void {
    this.#turn = undefined;
    this.#thoughts = [];
    this.#reasoned.clear();
  }
}

/** A call given twice in one turn: no vendor takes two of one id. */
function isSameCall(one: ToolCall, { id, function: { name, arguments: written } }: ToolCall): boolean {
  return one.id === id && one.function.name === name && one.function.arguments === written;
}

function think(turn: AssistantMessage, { details, text }: Thoughts): void {
  if (details.length > 0) turn.reasoning_details = [...(turn.reasoning_details ?? []), ...details];
  if (text !== '') turn.reasoning_content = (turn.reasoning_content ?? '') + text;
}

function joined(before: AssistantMessage['content'], content: string | ContentPart[]): string | ContentPart[] {
  return isAbsent(before) ? content : [...toParts(before), ...toParts(content)];
}

function toParts(content: string | ContentPart[]): ContentPart[] {
  return typeof content === 'string' ? [{ type: 'text', text: content }] : content;
}

/** The texts of a reasoning item's content or summary. */
function textOf(parts: unknown): string {
  if (!Array.isArray(parts)) return '';
  const texts: string[] = [];
  for (const part of parts) if (isRecord(part) && typeof part.text === 'string') texts.push(part.text);
  return texts.join('\n\n');
}

function thoughtSignature(extra: unknown): string | undefined {
  if (!isRecord(extra) || !isRecord(extra.google)) return undefined;
  const { thought_signature: signature } = extra.google;
  return typeof signature === 'string' ? signature : undefined;
}
