import type { ChatChunk, ChatDelta, ReasoningDetail } from '../../core/chat.ts';
import { NamedEvent } from '../../core/named-event.ts';
import type { Operation } from '../../core/operation.ts';
import { type Served, servedOf, servedOrAsked } from '../../core/served.ts';
import { withToolUses } from '../../core/tool-uses.ts';
import { largerUsage, type OpenAiUsage, reportedFromOpenAi, type Usage } from '../../core/usage.ts';
import { toolUsedIn } from '../../core/vendor-tools.ts';
import { type Work, workInItem } from '../../core/work.ts';
import type { PartialAnswer } from '../../errors/stream-interrupted-error.ts';
import type { Delivered } from '../../ledger/delivered.ts';
import { bytesOfBase64, bytesWritten, secondsHeard } from './answer-facts.ts';
import { EventTail } from './event-tail.ts';
import { ENDS, NO_CALLS, type OtherItem, type ResponsesEvent } from './responses-event.ts';
import type { UsageCompleter } from './show-counts.ts';
import type { TurnKeeper } from './turn-keeper.ts';
import { WordsSoFar } from './words-so-far.ts';

/** What has gone by in a stream: whether an item commits it, what was delivered, and the usage that was reported. */
export class StreamTally {
  readonly #operation: Operation;
  readonly #reported: (() => OpenAiUsage | undefined) | undefined;
  readonly #goesOn: boolean;
  readonly #words = new WordsSoFar();
  #details: ReasoningDetail[] | undefined;
  /** The most that was reported so far, class by class: cumulative counts do not shrink. */
  usage: Usage | undefined;
  /** True if the usage came after the finish, so that it is that of the whole answer. */
  isComplete = false;
  finishReason: string | undefined;
  /** True if a filter withheld the answer or cut it off. */
  isFiltered = false;
  /** True if an item showed that the vendor ran a tool, before any content it may be. */
  usedTools = false;
  /** As the stream last told of it: work that goes on without its reader, or that somebody reads. */
  work: Work | undefined;
  #served: Served | undefined;
  /** Set if the items bear the name of another model. */
  #madeBy: { readonly model: string | undefined } | undefined;
  /** The first item, which says how the answer is served before its usage comes. */
  #head: unknown;
  #refusedCharacters = 0;
  #otherBytes = 0;
  #spokenBytes = 0;
  #audioBytes = 0;
  #images = 0;
  #isRendering = false;
  #heardSeconds: number | undefined;
  #eventTail: EventTail | undefined;
  /** Asked before the caller sees a usage of which only a part was told. */
  completer: UsageCompleter | undefined;
  /** Told of the whole turn when it has finished; undefined if nobody is to remember it. */
  keeper: TurnKeeper | undefined;

  /** `reported`: what the wire has told beside its items. `goesOn`: the provider goes on by itself with what is asked for. */
  constructor(operation: Operation, reported?: () => OpenAiUsage | undefined, goesOn = false) {
    this.#operation = operation;
    this.#reported = reported;
    this.#goesOn = goesOn;
  }

  /** Counts an item; true if it has content, so that it commits the stream. */
  add(item: unknown): boolean {
    if (this.#operation === 'chat') return this.#addChunk(item as ChatChunk);
    if (this.#operation === 'responses') return this.#addResponsesEvent(item as ResponsesEvent);
    if (item instanceof Uint8Array) return this.#addBytes(item);
    const shown = item instanceof NamedEvent && !item.isOfThread ? item.data : item;
    return typeof shown !== 'object' || shown === null || this.#addOther(shown);
  }

  /** A tally of the same stream whose items are changed on their way: who made them, and what they used, stays as it is. */
  forChangedItems(): StreamTally {
    const tally = new StreamTally(this.#operation, this.#reported, this.#goesOn);
    tally.#served = this.served;
    tally.completer = this.completer;
    tally.keeper = this.keeper;
    tally.#madeBy = { model: this.served?.model };
    return tally;
  }

  get characters(): number {
    return this.#words.characters;
  }

  /** True if nothing but text was delivered. */
  get onlyText(): boolean {
    return this.#words.toolCalls.size === 0;
  }

  /** True if all that was delivered is a refusal. */
  get onlyRefused(): boolean {
    return this.#refusedCharacters > 0 && this.#refusedCharacters === this.#words.characters;
  }

  /** How the answer is served, as far as it has said so. */
  get served(): Served | undefined {
    return this.#served ?? servedOf(this.#head);
  }

  /** Tokens that were reported so far. */
  get reportedTokens(): number {
    const byItems = this.#tokensOfItems();
    return this.#reported === undefined ? byItems : Math.max(byItems, this.#tokensOfWire());
  }

  /** Whether the wire has told of more than the items did. */
  get hasMoreReported(): boolean {
    return this.#tokensOfWire() > this.#tokensOfItems();
  }

  /** Takes over what the wire has told beside the items. */
  settleReports(): void {
    const told = this.#reported === undefined ? undefined : this.#reported();
    if (told !== undefined) this.usage = largerUsage(this.usage, reportedFromOpenAi(told));
  }

  /** Usage that came with a failure. */
  addUsage(usage: Usage): void {
    this.usage = largerUsage(this.usage, usage);
  }

  /** Bytes of text that were taken out of the items; less than none if they were only held back. */
  addUnseen(bytes: number): void {
    this.#otherBytes += bytes;
  }

  partial(): PartialAnswer {
    return this.#words.partial();
  }

  /** The answer was delivered and accounted for, so that its text is not kept with the call's record. */
  forgetText(): void {
    this.#words.forgetText();
  }

  delivered(): Delivered {
    const { text, reasoning, toolCalls } = this.partial();
    let textBytes = Math.max(0, Buffer.byteLength(text) + Buffer.byteLength(reasoning) + this.#otherBytes);
    for (const call of toolCalls) textBytes += bytesWritten(call.name) + bytesWritten(call.arguments);
    return {
      textBytes,
      spokenBytes: this.#spokenBytes,
      audioBytes: this.#audioBytes,
      images: this.#images,
      isRendering: this.#isRendering,
      heardSeconds: this.#heardSeconds,
    };
  }

  #tokensOfItems(): number {
    return this.usage === undefined ? 0 : this.usage.inputTokens + this.usage.outputTokens;
  }

  #tokensOfWire(): number {
    const told = this.#reported === undefined ? undefined : this.#reported();
    return told === undefined ? 0 : (told.prompt_tokens ?? 0) + (told.completion_tokens ?? 0);
  }

  /** Usage that an item carries, and how the answer is served that it belongs to: its tier may stand on the first item alone. */
  #addReport(raw: unknown, answer: unknown): void {
    const told = withToolUses(reportedFromOpenAi(raw), answer);
    this.usage = largerUsage(this.usage, told);
    if (told?.unreported !== undefined) this.completer?.completeUsage(answer, told);
    const said = servedOf(answer);
    const served = said?.serviceTier === undefined ? servedOrAsked(said, servedOf(this.#head)) : said;
    this.#served = this.#madeBy === undefined ? served : { ...served, ...this.#madeBy };
  }

  #addChunk(chunk: ChatChunk): boolean {
    if (this.#head === undefined) this.#head = chunk;
    let [content, finished] = [false, false];
    for (const choice of chunk.choices) {
      if (choice.finish_reason) {
        this.#addFinish(choice.finish_reason);
        finished = true;
      }
      if (this.#addDelta(choice.delta)) content = true;
    }
    if (content) this.isComplete = false;
    if (finished || (content && this.finishReason !== undefined))
      this.keeper?.keepStreamed(this.#words.toolCalls, this.#words.reasoning, this.#details);
    if (chunk.usage) {
      this.#addReport(chunk.usage, chunk);
      this.isComplete = this.finishReason !== undefined;
    }
    return content;
  }

  #addFinish(reason: string): void {
    this.finishReason = reason;
    if (reason === 'content_filter') this.isFiltered = true;
  }

  #addDelta(delta: ChatDelta): boolean {
    const before = this.#words.characters;
    this.#words.addText(delta.content);
    this.#words.addText(delta.refusal);
    this.#refusedCharacters += delta.refusal?.length ?? 0;
    if (delta.reasoning_content) this.#words.addReasoning(delta.reasoning_content);
    for (const { index, id, function: called, extra_content } of delta.tool_calls ?? NO_CALLS) {
      const call = this.#words.addToolCall(index, id, called?.name, called?.arguments);
      if (extra_content) call.extraContent = extra_content;
    }
    if (delta.function_call) this.#words.addToolCall(0, '', delta.function_call.name, delta.function_call.arguments);
    const { images, audio, reasoning_details: details } = delta;
    if (Array.isArray(images)) this.#images += images.length;
    if (audio) this.#addAudio(audio);
    if (details && this.#details === undefined) this.#details = [...details];
    else if (details) this.#details?.push(...details);
    if (details && !delta.reasoning_content) this.#otherBytes += bytesWritten(details);
    return (
      this.#words.characters > before || !!delta.tool_calls?.length || details !== undefined || images !== undefined || !!audio
    );
  }

  #addAudio(audio: NonNullable<ChatDelta['audio']>): void {
    const spoken = bytesWritten(audio.transcript);
    this.#otherBytes += spoken;
    this.#spokenBytes += spoken;
    this.#audioBytes += bytesOfBase64(audio.data);
  }

  #addResponsesEvent({ type = '', response, item, delta, output_index: index = 0 }: ResponsesEvent): boolean {
    if (response !== undefined && this.#addResponse(response)) return true;
    if (item !== undefined && toolUsedIn(item) !== undefined) this.usedTools = true;
    if (type === 'response.output_item.added') return this.#addItem(item, index);
    if (typeof delta !== 'string' || delta === '') return false;
    if (type === 'response.audio.delta') this.#audioBytes += bytesOfBase64(delta);
    else if (type.includes('arguments') || type.includes('input')) this.#words.addToolCall(index, undefined, undefined, delta);
    else if (type.includes('reasoning')) this.#words.addReasoning(delta);
    else {
      this.#words.addText(delta);
      if (type === 'response.audio.transcript.delta') this.#spokenBytes += Buffer.byteLength(delta);
    }
    return true;
  }

  /** True if it is work whose id is for the reader, who can come back by it; elsewhere it would be begun anew. */
  #addResponse(response: NonNullable<ResponsesEvent['response']>): boolean {
    this.#head ??= response;
    if (response.status) this.finishReason = response.status;
    if (response.incomplete_details?.reason === 'content_filter') this.isFiltered = true;
    if (response.usage) {
      this.#addReport(response.usage, response);
      this.isComplete = ENDS.has(response.status);
    }
    if (this.keeper !== undefined && ENDS.has(response.status)) this.keeper.keepResponse(response);
    if (!this.#goesOn && response.background !== true) return false;
    const isNew = this.work === undefined;
    this.work = workInItem({ response }) ?? this.work;
    return isNew && this.work !== undefined;
  }

  #addItem(item: ResponsesEvent['item'], index: number): boolean {
    if (item?.type === 'image_generation_call') this.#images += 1;
    if (item?.type !== 'function_call') return false;
    this.#words.addToolCall(index, item.call_id, item.name, item.arguments);
    return true;
  }

  /** Speech, or a file. */
  #addBytes(bytes: Uint8Array): boolean {
    if (this.#operation !== 'audio.speech') return true;
    this.#audioBytes += bytes.byteLength;
    this.#eventTail ??= new EventTail();
    const told = this.#eventTail.add(bytes);
    this.usage = largerUsage(this.usage, told);
    if (told !== undefined) this.isComplete = true;
    return true;
  }

  #addOther(item: OtherItem): boolean {
    if (this.#head === undefined) this.#head = item;
    if (this.#operation === 'passthrough') this.work = workInItem(item) ?? this.work;
    const before = this.#words.characters;
    for (const choice of item.choices ?? []) {
      if (choice.finish_reason) this.#addFinish(choice.finish_reason);
      this.#words.addText(choice.text);
    }
    this.#words.addText(typeof item.delta === 'string' ? item.delta : undefined);
    if (item.audio !== undefined) this.#audioBytes += bytesOfBase64(item.audio);
    if (item.type !== undefined) this.#addTyped(item, item.type);
    const told = (this.work?.body ?? item) as OtherItem;
    if (told.usage) {
      this.#addReport(told.usage, told);
      this.#heardSeconds = secondsHeard(item);
      this.isComplete = !item.choices?.length || this.finishReason !== undefined;
    }
    return this.#operation !== 'completions' || this.#words.characters > before;
  }

  /** Partial images are steps of one that is to come; a transcript may come in one piece at its end. */
  #addTyped(item: OtherItem, type: string): void {
    if (type.endsWith('.partial_image')) this.#isRendering = true;
    else if (item.b64_json !== undefined || item.url !== undefined) this.#images += 1;
    else if (type === 'transcript.text.done') {
      if (this.#words.characters === 0) this.#words.addText(item.text);
      this.#heardSeconds = secondsHeard(item);
    }
  }
}
