import { isRecord, type JsonRecord } from '../../core/json.ts';
import type { ChannelFacts, Channels, ItemsForm } from './items-form.ts';

/** A text that has not ended, and the last of its pieces. */
interface OpenText {
  event: JsonRecord;
  readonly item: string;
}

/** Events with a type, as of the Responses API and of transcriptions: pieces in `….delta`, the whole text again in `….done`. */
export class TypedItems implements ItemsForm {
  readonly #channels: Channels;
  readonly #open = new Map<string, OpenText>();
  /** Events that come after a text whose end may become a match in the part that follows on it; its pieces have been read. */
  #waiting: JsonRecord[] = [];
  #number: number | undefined;

  constructor(channels: Channels) {
    this.#channels = channels;
  }

  static textsOf(item: JsonRecord): readonly { readonly facts: ChannelFacts; readonly text: string }[] {
    const facts = factsOf(item);
    return facts === undefined ? [] : [{ facts, text: String(item.delta) }];
  }

  push(event: JsonRecord): readonly unknown[] {
    this.#number ??= typeof event.sequence_number === 'number' ? event.sequence_number : undefined;
    const facts = factsOf(event);
    if (facts === undefined) this.#noteEnds(event);
    else this.#read(event, facts);
    if (this.#waiting.length === 0 && this.#isReady(event)) return this.#leaving(event, facts);
    this.#waiting.push(event);
    return this.#drained();
  }

  end(): readonly unknown[] {
    for (const key of this.#open.keys()) this.#channels.known(key)?.end();
    return [...this.#drained(), ...[...this.#open.keys()].flatMap((key) => this.#last(key))];
  }

  #read(event: JsonRecord, facts: ChannelFacts): void {
    const open = this.#open.get(facts.key);
    if (open === undefined) this.#open.set(facts.key, { event, item: itemOf(event) });
    else open.event = event;
    this.#channels.of(facts).feed(String(event.delta));
  }

  /** Tells the texts that an event ends of it: a part, which another may follow; those of an item, or of the answer. */
  #noteEnds(event: JsonRecord): void {
    const type = String(event.type);
    if (type.endsWith('_part.done')) return;
    for (const key of this.#endedBy(event)) {
      const channel = this.#channels.known(key);
      if (PART_STEMS.has(type.slice(0, -'.done'.length))) channel?.endPart();
      else channel?.end();
    }
  }

  #endedBy(event: JsonRecord): readonly string[] {
    const type = String(event.type);
    if (ENDS.test(type)) return [...this.#open.keys()];
    if (type === 'response.output_item.done') {
      const item = itemOf(event);
      return [...this.#open].flatMap(([key, open]) => (open.item === item ? [key] : []));
    }
    const key = toldKey(event);
    return key !== undefined && this.#open.has(key) ? [key] : NONE;
  }

  #isReady(event: JsonRecord): boolean {
    return this.#endedBy(event).every((key) => this.#channels.known(key)?.isHolding !== true);
  }

  #drained(): readonly unknown[] {
    const items: unknown[] = [];
    for (let event = this.#waiting[0]; event !== undefined && this.#isReady(event); event = this.#waiting[0]) {
      this.#waiting.shift();
      items.push(...this.#leaving(event, factsOf(event)));
    }
    // A part that waits for the next one tells what of it may leave.
    const waits = this.#waiting[0];
    if (waits !== undefined) items.push(...this.#endedBy(waits).flatMap((key) => this.#some(key)));
    return items;
  }

  /** What leaves with an event: what is left of the texts that it ends, and the event with what may be told of it. */
  #leaving(event: JsonRecord, facts: ChannelFacts | undefined): readonly unknown[] {
    if (facts !== undefined) return this.#piece(event, facts);
    const key = toldKey(event);
    const left = this.#endedBy(event).flatMap((ended) => this.#last(ended));
    const told = key === undefined ? undefined : this.#channels.known(key)?.told;
    const whole = told === undefined ? this.#channels.rewriteRest(event) : this.#channels.rewriteTold(event, told);
    return whole === undefined ? left : [...left, this.#numbered(whole)];
  }

  #piece(event: JsonRecord, facts: ChannelFacts): readonly unknown[] {
    const before = facts.run === undefined || this.#open.size === 1 ? NONE : this.#partsBefore(facts, itemOf(event));
    const delta = this.#channels.known(facts.key)?.take() ?? '';
    if (delta === '') return before;
    const piece = this.#numbered(delta === event.delta ? event : withDelta(event, delta));
    return before.length === 0 ? [piece] : [...before, piece];
  }

  /** What this piece has decided of parts before, of which nobody told that they ended. */
  #partsBefore({ key }: ChannelFacts, item: string): readonly unknown[] {
    return [...this.#open].flatMap(([other, open]) => (other !== key && open.item === item ? this.#some(other) : []));
  }

  #some(key: string): readonly unknown[] {
    const text = this.#channels.known(key)?.take() ?? '';
    const open = this.#open.get(key);
    return text === '' || open === undefined ? NONE : [this.#numbered(withDelta(open.event, text))];
  }

  #last(key: string): readonly unknown[] {
    const open = this.#open.get(key);
    if (open === undefined) return NONE;
    this.#open.delete(key);
    const text = this.#channels.known(key)?.last() ?? '';
    return text === '' ? NONE : [this.#numbered(withDelta(open.event, text))];
  }

  /** Events are numbered without gaps. */
  #numbered(event: JsonRecord): JsonRecord {
    if (this.#number === undefined || typeof event.sequence_number !== 'number') return event;
    const number = this.#number;
    this.#number += 1;
    return number === event.sequence_number ? event : { ...event, sequence_number: number };
  }
}

const NONE: readonly never[] = [];
const ENDS = /^response\.(?:completed|incomplete|failed|cancelled)$/;

/** Texts that are parts of an item, as `content` and `summary` list them: read as one, as they follow on each other. */
const PART_STEMS: ReadonlySet<string> = new Set([
  'response.output_text',
  'response.reasoning_text',
  'response.reasoning_summary_text',
]);

/** Of an event with a piece of a text; sound comes in pieces, too. */
function factsOf(event: JsonRecord): ChannelFacts | undefined {
  const { type, delta } = event;
  if (typeof type !== 'string' || typeof delta !== 'string' || !type.endsWith('.delta') || type.endsWith('audio.delta'))
    return undefined;
  const stem = type.slice(0, -'.delta'.length);
  const run = PART_STEMS.has(stem) ? `${stem} ${itemOf(event)}` : undefined;
  return { key: keyOf(event, stem), run, kind: kindOf(stem), isJson: stem.endsWith('arguments'), isTold: true };
}

function kindOf(stem: string): ChannelFacts['kind'] {
  if (stem.includes('reasoning')) return 'reasoning';
  return /arguments|call/.test(stem) ? 'tool-call' : 'text';
}

function keyOf(event: JsonRecord, stem: string): string {
  return `${stem} ${itemOf(event)} ${String(event.content_index ?? event.summary_index ?? '')}`;
}

function itemOf({ output_index, item_id, item }: JsonRecord): string {
  return String(output_index ?? item_id ?? (isRecord(item) ? item.id : undefined) ?? '');
}

/** The text that an event tells again as a whole. */
function toldKey(event: JsonRecord): string | undefined {
  const type = String(event.type);
  if (!type.endsWith('.done')) return undefined;
  if (type === 'response.reasoning_summary_part.done') return keyOf(event, 'response.reasoning_summary_text');
  if (type !== 'response.content_part.done') return keyOf(event, type.slice(0, -'.done'.length));
  return isRecord(event.part) ? keyOf(event, `response.${String(event.part.type)}`) : undefined;
}

/** Probabilities tell of the tokens as they came, and obfuscation hides their length. */
function withDelta(event: JsonRecord, delta: string): JsonRecord {
  return 'logprobs' in event ? { ...event, delta, logprobs: [] } : { ...event, delta };
}
