import type { JsonRecord } from '../../core/json.ts';
import type { ChannelFacts, Channels, ItemsForm } from './items-form.ts';

/** Events with a type, as of the Responses API and of transcriptions: pieces in `….delta`, the whole text again in `….done`. */
export class TypedItems implements ItemsForm {
  readonly #channels: Channels;
  /** The last piece of each text that has not ended. */
  readonly #open = new Map<string, JsonRecord>();
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
    if (facts !== undefined) return this.#piece(event, facts);
    const left = this.#close(event);
    return [...left, ...this.#whole(event)];
  }

  end(): readonly unknown[] {
    return [...this.#open.keys()].flatMap((key) => this.#left(key));
  }

  #piece(event: JsonRecord, facts: ChannelFacts): readonly unknown[] {
    this.#open.set(facts.key, event);
    const channel = this.#channels.of(facts);
    const delta = channel.push(String(event.delta));
    if (delta === '') return [];
    return [this.#numbered(delta === event.delta ? event : withDelta(event, delta))];
  }

  #whole(event: JsonRecord): readonly unknown[] {
    const rewritten = this.#channels.rewriteRest(event);
    return rewritten === undefined ? [] : [this.#numbered(rewritten)];
  }

  /** What is left of the texts that an event ends: of one, or, where it ends the answer, of all. */
  #close(event: JsonRecord): readonly unknown[] {
    const type = String(event.type);
    if (ENDS.test(type)) return this.end();
    return type.endsWith('.done') ? this.#left(keyOf(event, type.slice(0, -'.done'.length))) : [];
  }

  #left(key: string): readonly unknown[] {
    const event = this.#open.get(key);
    if (event === undefined) return [];
    this.#open.delete(key);
    const text = this.#channels.close(key);
    return text === '' ? [] : [this.#numbered(withDelta(event, text))];
  }

  /** Events are numbered without gaps. */
  #numbered(event: JsonRecord): JsonRecord {
    if (this.#number === undefined || typeof event.sequence_number !== 'number') return event;
    const number = this.#number;
    this.#number += 1;
    return number === event.sequence_number ? event : { ...event, sequence_number: number };
  }
}

const ENDS = /^response\.(?:completed|incomplete|failed|cancelled)$/;

/** Of an event with a piece of a text; sound comes in pieces, too. */
function factsOf(event: JsonRecord): ChannelFacts | undefined {
  const { type, delta } = event;
  if (typeof type !== 'string' || typeof delta !== 'string' || !type.endsWith('.delta') || type.endsWith('audio.delta'))
    return undefined;
  const stem = type.slice(0, -'.delta'.length);
  return { key: keyOf(event, stem), kind: kindOf(stem), isJson: stem.endsWith('arguments') };
}

function kindOf(stem: string): ChannelFacts['kind'] {
  if (stem.includes('reasoning')) return 'reasoning';
  return /arguments|call/.test(stem) ? 'tool-call' : 'text';
}

function keyOf({ item_id, output_index, content_index, summary_index }: JsonRecord, stem: string): string {
  return [stem, output_index ?? item_id, content_index ?? summary_index].map((part) => String(part ?? '')).join(' ');
}

/** Probabilities tell of the tokens as they came, and obfuscation hides their length. */
function withDelta(event: JsonRecord, delta: string): JsonRecord {
  return 'logprobs' in event ? { ...event, delta, logprobs: [] } : { ...event, delta };
}
