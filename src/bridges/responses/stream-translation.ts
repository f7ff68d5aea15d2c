import type { ResponseOutputItem } from 'openai/resources/responses/responses';
import type { AnswerExtra, ChatChunk, ChunkChoice, FinishReason, ReasoningDetail, ToolCallDelta } from '../../core/chat.ts';
import type { ReadyItems } from '../../core/ready-items.ts';
import type { OpenAiUsage } from '../../core/usage.ts';
import { EventLog, giveItem, OpenCall, OpenMessage, OpenReasoning, type Place } from './open-items.ts';
import { type ItemStatus, imageItem, toAnnotations, toLogprobs } from './output-items.ts';
import { type AnswerFacts, type ChatHead, finalState, toResponse } from './response.ts';
import { callSignatures } from './sealed-reasoning.ts';

/** One answer's chat chunks as events of the Responses API. */
export class StreamTranslation {
  readonly #facts: AnswerFacts;
  readonly #log = new EventLog();
  /** Items that are done, each at its place; those still open leave theirs empty. */
  readonly #output: ResponseOutputItem[] = [];
  readonly #calls = new Map<number, OpenCall>();
  /** Calls that are done: what still comes of them says nothing. */
  readonly #closedCalls = new Set<number>();
  /** Blocks, mostly signatures, that came while text was being written. */
  readonly #late: ReasoningDetail[] = [];
  #writing: OpenReasoning | OpenMessage | undefined;
  #items = 0;
  #head: ChatHead | undefined;
  #tier: string | null | undefined;
  #usage: OpenAiUsage | null | undefined;
  #finish: FinishReason | null | undefined;
  #native: string | null | undefined;
  #extra: AnswerExtra | undefined;

  constructor(facts: AnswerFacts) {
    this.#facts = facts;
  }

  /** Events made and not yet handed out. */
  get events(): ReadyItems<object> {
    return this.#log.events;
  }

  get usage(): OpenAiUsage | undefined {
    return this.#usage ?? undefined;
  }

  take(chunk: ChatChunk): void {
    if (this.#head === undefined) this.#start(chunk);
    this.#usage = chunk.usage ?? this.#usage;
    this.#tier = chunk.service_tier ?? this.#tier;
    for (const choice of chunk.choices) {
      // The Responses API has one answer.
      if (choice.index !== 0) continue;
      this.#takeThoughts(choice);
      this.#takeText(choice);
      for (const call of choice.delta.tool_calls ?? []) this.#takeCall(call);
      for (const image of choice.delta.images ?? []) this.#giveImage(image);
      this.#finish = choice.finish_reason ?? this.#finish;
      this.#native = choice.native_finish_reason ?? this.#native;
      this.#extra = choice.delta.extra_content ?? this.#extra;
    }
  }

  /** The chunks are over: what is open is closed, and the response is whole. */
  end(): void {
    const head = this.#head ?? this.#start({});
    const ending = { finish: this.#finish, native: this.#native, isEmpty: this.#isEmpty(), extra: this.#extra };
    const state = finalState(ending, this.#facts);
    // The newest item is the one that was cut off.
    const cutOff = state.status === 'incomplete' ? this.#items - 1 : undefined;
    this.#closeWriting(cutOff);
    for (const [index, call] of this.#calls) this.#closeCall(index, call, call.index === cutOff ? 'incomplete' : 'completed');
    this.#giveLate();
    const response = toResponse(this.#facts, { ...head, service_tier: this.#tier }, state, this.#output, this.#usage);
    const type = state.status === 'incomplete' ? 'response.incomplete' : 'response.completed';
    this.#log.add({ type, sequence_number: this.#log.next(), response });
  }

  /** Whether nothing but thoughts was given. */
  #isEmpty(): boolean {
    if (this.#calls.size > 0 || this.#writing?.kind === 'message') return false;
    return !this.#output.some((item) => item.type !== 'reasoning');
  }

  #start({ created, model, service_tier }: ChatHead): ChatHead {
    const head: ChatHead = { created: created ?? Math.floor(this.#facts.clock.now() / 1000), model };
    this.#head = head;
    const response = toResponse(this.#facts, { ...head, service_tier }, { status: 'in_progress' }, []);
    this.#log.add({ type: 'response.created', sequence_number: this.#log.next(), response });
    this.#log.add({ type: 'response.in_progress', sequence_number: this.#log.next(), response });
    return head;
  }

  #takeThoughts({ delta }: ChunkChoice): void {
    if (delta.reasoning_content) this.#reasoning().addText(delta.reasoning_content);
    if (!delta.reasoning_details?.length) return;
    if (this.#writing?.kind === 'message' || this.#calls.size > 0) this.#late.push(...delta.reasoning_details);
    else this.#reasoning().addDetails(delta.reasoning_details);
  }

  #takeText({ delta, logprobs }: ChunkChoice): void {
    const own = toLogprobs(logprobs);
    if (delta.content || own.length > 0) this.#message().addText(delta.content ?? '', own);
    if (delta.refusal) this.#message().addRefusal(delta.refusal);
    const annotations = toAnnotations(delta.annotations);
    if (annotations.length > 0) this.#message().annotate(annotations);
  }

  #takeCall(delta: ToolCallDelta): void {
    const known = this.#calls.get(delta.index);
    known?.add(delta);
    if (delta.extra_content) this.#keepSignature(delta.id || known?.id, delta);
    if (known || this.#closedCalls.has(delta.index)) return;
    this.#closeWriting();
    // Calls are written one after the other, but nothing forbids them to take turns.
    for (const [index, call] of this.#calls) if (call.isWhole()) this.#closeCall(index, call, 'completed');
    if (this.#calls.size === 0) this.#giveLate();
    const call = new OpenCall(this.#place('fc'), delta);
    this.#calls.set(delta.index, call);
    call.add(delta);
  }

  /** With the reasoning that is being written, else in an item of its own. */
  #keepSignature(id: string | undefined, { extra_content }: ToolCallDelta): void {
    const details = id && extra_content ? callSignatures([{ id, extra_content }]) : [];
    if (this.#writing?.kind === 'reasoning') this.#writing.addDetails(details);
    else this.#late.push(...details);
  }

  #giveImage(image: unknown): void {
    const item = imageItem(`ig_${this.#facts.stem}_${this.#items}`, image);
    if (item === undefined) return;
    this.#closeWriting();
    const place = this.#place('ig');
    this.#output[place.index] = giveItem(place, item);
  }

  #reasoning(): OpenReasoning {
    if (this.#writing?.kind === 'reasoning') return this.#writing;
    this.#closeWriting();
    const reasoning = new OpenReasoning(this.#place('rs'), this.#facts.params);
    reasoning.addDetails(this.#late.splice(0));
    this.#writing = reasoning;
    return reasoning;
  }

  #message(): OpenMessage {
    if (this.#writing?.kind === 'message') return this.#writing;
    this.#closeWriting();
    const message = new OpenMessage(this.#place('msg'));
    this.#writing = message;
    return message;
  }

  /** An item of its own for what could not join another. */
  #giveLate(): void {
    if (this.#late.length === 0) return;
    this.#reasoning();
    this.#closeWriting();
  }

  #place(prefix: string): Place {
    const index = this.#items;
    this.#items += 1;
    return { log: this.#log, id: `${prefix}_${this.#facts.stem}_${index}`, index };
  }

  #closeWriting(cutOff?: number): void {
    const item = this.#writing;
    if (item === undefined) return;
    this.#writing = undefined;
    this.#output[item.index] = item.close(item.index === cutOff ? 'incomplete' : 'completed');
  }

  #closeCall(index: number, call: OpenCall, status: ItemStatus): void {
    this.#calls.delete(index);
    this.#closedCalls.add(index);
    this.#output[call.index] = call.close(status);
  }
}
