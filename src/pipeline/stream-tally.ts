import type { ChatChunk, ChatDelta } from '../core/chat.ts';
import type { Operation } from '../core/operation.ts';
import { type Served, servedOf } from '../core/served.ts';
import { type Usage, usageFromOpenAi } from '../core/usage.ts';
import { type Work, workInItem } from '../core/work.ts';
import type { PartialAnswer } from '../errors/stream-interrupted-error.ts';

/** What has gone by in a stream: whether an item commits it, what was delivered, and the usage at its end. */
export class StreamTally {
  readonly #operation: Operation;
  readonly #goesOn: boolean;
  readonly #texts: string[] = [];
  readonly #reasoning: string[] = [];
  readonly #toolCalls = new Map<number, { id: string; name: string; fragments: string[] }>();
  characters = 0;
  usage: Usage | undefined;
  finishReason: string | undefined;
  /** From the item with the usage. */
  served: Served | undefined;
  /** As the stream last told of it: work that goes on without its reader, or that somebody reads. */
  work: Work | undefined;

  /** `goesOn`: the call asks for work that its provider goes on with by itself. */
  constructor(operation: Operation, goesOn = false) {
    this.#operation = operation;
    this.#goesOn = goesOn;
  }

  /** Counts an item; true where it has content, so that it commits the stream. */
  add(item: unknown): boolean {
    if (this.#operation === 'chat') return this.#addChunk(item as ChatChunk);
    if (this.#operation === 'responses') return this.#addResponsesEvent(item as ResponsesEvent);
    return this.#addOther(item as OtherItem);
  }

  /** True where nothing but text was delivered. */
  get onlyText(): boolean {
    return this.#toolCalls.size === 0;
  }

  partial(): PartialAnswer {
    return {
      text: this.#texts.join(''),
      reasoning: this.#reasoning.join(''),
      toolCalls: [...this.#toolCalls.values()].map(({ id, name, fragments }) => ({ id, name, arguments: fragments.join('') })),
    };
  }

  #addChunk(chunk: ChatChunk): boolean {
    if (chunk.usage) {
      this.usage = usageFromOpenAi(chunk.usage) ?? this.usage;
      this.served = servedOf(chunk);
    }
    let content = false;
    for (const choice of chunk.choices) {
      if (choice.finish_reason) this.finishReason = choice.finish_reason;
      if (this.#addDelta(choice.delta)) content = true;
    }
    return content;
  }

  #addDelta(delta: ChatDelta): boolean {
    const before = this.characters;
    this.#addText(delta.content);
    this.#addText(delta.refusal);
    if (delta.reasoning_content) {
      this.#reasoning.push(delta.reasoning_content);
      this.characters += delta.reasoning_content.length;
    }
    if (delta.tool_calls)
      for (const call of delta.tool_calls) this.#addToolCall(call.index, call.id, call.function?.name, call.function?.arguments);
    if (delta.function_call) this.#addToolCall(0, '', delta.function_call.name, delta.function_call.arguments);
    return (
      this.characters > before ||
      !!delta.tool_calls?.length ||
      delta.reasoning_details !== undefined ||
      delta.images !== undefined
    );
  }

  #addText(text: string | null | undefined): void {
    if (!text) return;
    this.#texts.push(text);
    this.characters += text.length;
  }

  #addToolCall(index: number, id: string | undefined, name: string | undefined, fragment: string | undefined): void {
    let call = this.#toolCalls.get(index);
    if (call === undefined) {
      call = { id: id ?? '', name: name ?? '', fragments: [] };
      this.#toolCalls.set(index, call);
    }
    this.characters += (name?.length ?? 0) + (fragment?.length ?? 0);
    if (fragment) call.fragments.push(fragment);
  }

  #addResponsesEvent({ type = '', response, item, delta, output_index: index = 0 }: ResponsesEvent): boolean {
    if (response?.usage) {
      this.usage = usageFromOpenAi(response.usage) ?? this.usage;
      this.served = servedOf(response);
    }
    if (response?.status) this.finishReason = response.status;
    if (response !== undefined && (this.#goesOn || response.background === true)) {
      // Its id is for the reader, who can come back by it; elsewhere the work would be begun anew.
      const isNew = this.work === undefined;
      this.work = workInItem({ response }) ?? this.work;
      if (isNew && this.work !== undefined) return true;
    }
    if (type === 'response.output_item.added' && item?.type === 'function_call') {
      this.#addToolCall(index, item.call_id, item.name, item.arguments);
      return true;
    }
    if (typeof delta !== 'string' || delta === '') return false;
    if (type.includes('arguments') || type.includes('input')) {
      this.#addToolCall(index, undefined, undefined, delta);
      return true;
    }
    if (type.includes('reasoning')) this.#reasoning.push(delta);
    else this.#texts.push(delta);
    this.characters += delta.length;
    return true;
  }

  #addOther(item: OtherItem): boolean {
    if (this.#operation === 'passthrough') this.work = workInItem(item) ?? this.work;
    const told = (this.work?.body ?? item) as OtherItem;
    if (told.usage) {
      this.usage = usageFromOpenAi(told.usage) ?? this.usage;
      if (this.work !== undefined) this.served = servedOf(told);
    }
    for (const choice of item.choices ?? []) {
      if (choice.finish_reason) this.finishReason = choice.finish_reason;
      this.#addText(choice.text);
    }
    this.#addText(typeof item.delta === 'string' ? item.delta : undefined);
    return true;
  }
}

interface ResponsesEvent {
  type?: string;
  delta?: unknown;
  output_index?: number;
  item?: { type?: string; call_id?: string; name?: string; arguments?: string };
  response?: { status?: string; usage?: unknown; background?: boolean | null };
}

/** Items of text completions, transcriptions and images. */
interface OtherItem {
  usage?: unknown;
  delta?: unknown;
  choices?: { text?: string; finish_reason?: string | null }[];
}
