import type { ResponseStreamEvent } from 'openai/resources/responses/responses';
import type { ReasoningDetail, ToolCall, ToolCallDelta } from '../../core/chat.ts';
import type { Params } from '../../core/params.ts';
import { ReadyItems } from '../../core/ready-items.ts';
import { addPiece } from '../../core/reasoning-blocks.ts';
import {
  type Annotation,
  callItem,
  type ItemStatus,
  type Logprob,
  type MessagePart,
  messageItem,
  reasoningItem,
  textPart,
} from './output-items.ts';
import type { WholeResponse } from './response.ts';

interface LifecycleEvent {
  readonly type: 'response.created' | 'response.in_progress' | 'response.completed' | 'response.incomplete';
  readonly sequence_number: number;
  readonly response: WholeResponse;
}

/** Events in the order in which they are handed out, numbered. */
export class EventLog {
  readonly events = new ReadyItems<ResponseStreamEvent | LifecycleEvent>();
  #count = 0;

  /** The number of the event that is being made. */
  next(): number {
    const number = this.#count;
    this.#count += 1;
    return number;
  }

  add(event: ResponseStreamEvent | LifecycleEvent): void {
    this.events.push(event);
  }
}

/** Where an item stands in the output. */
export interface Place {
  readonly log: EventLog;
  readonly id: string;
  readonly index: number;
}

type OutputItem = Extract<ResponseStreamEvent, { type: 'response.output_item.done' }>['item'];

function announce({ log, index }: Place, item: OutputItem): void {
  log.add({ type: 'response.output_item.added', sequence_number: log.next(), output_index: index, item });
}

function conclude<Item extends OutputItem>({ log, index }: Place, item: Item): Item {
  log.add({ type: 'response.output_item.done', sequence_number: log.next(), output_index: index, item });
  return item;
}

/** An item that is given at once. */
export function giveItem<Item extends OutputItem>(place: Place, item: Item): Item {
  announce(place, item);
  return conclude(place, item);
}

/** Reasoning that is being written: its text as one part of the summary, its blocks for the end. */
export class OpenReasoning {
  readonly kind = 'reasoning';
  readonly #place: Place;
  readonly #params: Params;
  readonly #details: ReasoningDetail[] = [];
  #text = '';

  /** `params` are the caller's. */
  constructor(place: Place, params: Params) {
    this.#place = place;
    this.#params = params;
    announce(place, reasoningItem(place.id, '', [], 'in_progress', params));
  }

  get index(): number {
    return this.#place.index;
  }

  addText(delta: string): void {
    const { log, ...at } = this.#at();
    if (this.#text === '') {
      const part = { type: 'summary_text' as const, text: '' };
      log.add({ type: 'response.reasoning_summary_part.added', sequence_number: log.next(), ...at, part });
    }
    this.#text += delta;
    log.add({ type: 'response.reasoning_summary_text.delta', sequence_number: log.next(), ...at, delta });
  }

  addDetails(details: readonly ReasoningDetail[]): void {
    for (const detail of details) addPiece(this.#details, detail);
  }

  close(status: ItemStatus): OutputItem {
    const text = this.#text;
    if (text !== '') {
      const { log, ...at } = this.#at();
      log.add({ type: 'response.reasoning_summary_text.done', sequence_number: log.next(), ...at, text });
      const part = { type: 'summary_text' as const, text };
      log.add({ type: 'response.reasoning_summary_part.done', sequence_number: log.next(), ...at, part });
    }
    return conclude(this.#place, reasoningItem(this.#place.id, text, this.#details, status, this.#params));
  }

  #at() {
    const { log, id, index } = this.#place;
    return { log, item_id: id, output_index: index, summary_index: 0 };
  }
}

/** A message that is being written, one part after the other. */
export class OpenMessage {
  readonly kind = 'message';
  readonly #place: Place;
  readonly #parts: MessagePart[] = [];
  #open: MessagePart | undefined;

  constructor(place: Place) {
    this.#place = place;
    announce(place, messageItem(place.id, [], 'in_progress'));
  }

  get index(): number {
    return this.#place.index;
  }

  addText(delta: string, logprobs: readonly Logprob[]): void {
    const part = this.#open?.type === 'output_text' ? this.#open : this.#begin(textPart(''));
    part.text += delta;
    part.logprobs?.push(...logprobs);
    const { log, id, index } = this.#place;
    log.add({
      type: 'response.output_text.delta',
      sequence_number: log.next(),
      item_id: id,
      output_index: index,
      content_index: this.#parts.length,
      delta,
      logprobs: [...logprobs],
    });
  }

  addRefusal(delta: string): void {
    const part = this.#open?.type === 'refusal' ? this.#open : this.#begin({ type: 'refusal', refusal: '' });
    part.refusal += delta;
    const { log, ...at } = this.#at();
    log.add({ type: 'response.refusal.delta', sequence_number: log.next(), ...at, delta });
  }

  annotate(annotations: readonly Annotation[]): void {
    const part = this.#open?.type === 'output_text' ? this.#open : this.#begin(textPart(''));
    const { log, ...at } = this.#at();
    for (const annotation of annotations) {
      const annotation_index = part.annotations.push(annotation) - 1;
      log.add({
        type: 'response.output_text.annotation.added',
        sequence_number: log.next(),
        ...at,
        annotation_index,
        annotation,
      });
    }
  }

  close(status: ItemStatus): OutputItem {
    this.#end();
    return conclude(this.#place, messageItem(this.#place.id, this.#parts, status));
  }

  #begin<Part extends MessagePart>(part: Part): Part {
    this.#end();
    this.#open = part;
    const { log, ...at } = this.#at();
    // The part goes on to grow; the event tells how it began.
    const begun = part.type === 'refusal' ? { ...part } : textPart('');
    log.add({ type: 'response.content_part.added', sequence_number: log.next(), ...at, part: begun });
    return part;
  }

  #end(): void {
    const part = this.#open;
    if (part === undefined) return;
    this.#open = undefined;
    const { log, ...at } = this.#at();
    if (part.type === 'refusal') {
      log.add({ type: 'response.refusal.done', sequence_number: log.next(), ...at, refusal: part.refusal });
    } else {
      const { text, logprobs = [] } = part;
      log.add({ type: 'response.output_text.done', sequence_number: log.next(), ...at, text, logprobs });
    }
    log.add({ type: 'response.content_part.done', sequence_number: log.next(), ...at, part });
    this.#parts.push(part);
  }

  #at() {
    const { log, id, index } = this.#place;
    return { log, item_id: id, output_index: index, content_index: this.#parts.length };
  }
}

/** A function call that is being written. */
export class OpenCall {
  readonly #place: Place;
  readonly #call: ToolCall;

  constructor(place: Place, { id, function: called, extra_content }: ToolCallDelta) {
    this.#place = place;
    this.#call = { id: id || `call_${place.id}`, type: 'function', function: { name: called?.name ?? '', arguments: '' } };
    if (extra_content) this.#call.extra_content = extra_content;
    announce(place, callItem(place.id, this.#call, 'in_progress'));
  }

  get index(): number {
    return this.#place.index;
  }

  get id(): string {
    return this.#call.id;
  }

  add({ function: called, extra_content }: ToolCallDelta): void {
    if (extra_content) this.#call.extra_content = extra_content;
    const delta = called?.arguments;
    if (!delta) return;
    this.#call.function.arguments += delta;
    const { log, id, index } = this.#place;
    log.add({
      type: 'response.function_call_arguments.delta',
      sequence_number: log.next(),
      item_id: id,
      output_index: index,
      delta,
    });
  }

  /** True if the arguments are JSON, so that nothing can follow. */
  isWhole(): boolean {
    try {
      JSON.parse(this.#call.function.arguments);
      return true;
    } catch {
      return false;
    }
  }

  close(status: ItemStatus): OutputItem {
    const { log, id, index } = this.#place;
    const { name, arguments: written } = this.#call.function;
    const facts = { item_id: id, output_index: index, name, arguments: written };
    log.add({ type: 'response.function_call_arguments.done', sequence_number: log.next(), ...facts });
    return conclude(this.#place, callItem(id, this.#call, status));
  }
}
