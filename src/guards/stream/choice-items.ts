import { isRecord, type JsonRecord } from '../../core/json.ts';
import { withTexts } from '../content/read-texts.ts';
import { type ChoiceText, choiceTexts, FOLLOWED_FIELDS } from './choice-texts.ts';
import type { Channels, ItemsForm } from './items-form.ts';
import type { TextChannel } from './text-channel.ts';

/** What of a choice is still to come out. */
interface OpenChoice {
  /** The text that most chunks are a piece of, once one was. */
  content: TextChannel | undefined;
  /** How each of its texts is carried, by the text's key. */
  readonly texts: Map<string, ChoiceText>;
  /** Probabilities of tokens that are held back. */
  logprobs: unknown[];
  /** Once a text was changed, the probabilities tell of another one. */
  isEdited: boolean;
}

/** Chunks of chat and of text completions, whose texts come in choices. */
export class ChoiceItems implements ItemsForm {
  readonly #channels: Channels;
  readonly #open = new Map<unknown, OpenChoice>();
  #last: JsonRecord = {};

  constructor(channels: Channels) {
    this.#channels = channels;
  }

  static textsOf(item: JsonRecord): readonly ChoiceText[] {
    return choicesOf(item).flatMap((choice) => choiceTexts(choice));
  }

  push(chunk: JsonRecord): readonly unknown[] {
    this.#last = chunk;
    const plain = plainPieceOf(chunk);
    if (plain !== undefined && !this.#holdsLogprobs(plain.choice)) return this.#plainPiece(chunk, plain);
    const choices = choicesOf(chunk);
    if (choices.length === 0) return [chunk];
    const before: JsonRecord[] = [];
    const guarded = choices.map((choice) => this.#guarded(choice, before));
    const isSame = guarded.every((choice, index) => choice === choices[index]);
    const carriers = before.map((choice) => this.#carrier([choice]));
    if (isSame) return carriers.length === 0 ? [chunk] : [...carriers, chunk];
    if (!chunk.usage && guarded.every(saysNothing)) return carriers;
    return [...carriers, { ...chunk, choices: guarded }];
  }

  end(): readonly unknown[] {
    const left = [...this.#open].flatMap(([index, open]) => {
      this.#endTexts(open);
      return this.#told(index, open, true);
    });
    return left.map((choice) => this.#carrier([choice]));
  }

  /** What most chunks are: a piece of the content of one choice, and nothing else. */
  #plainPiece(chunk: JsonRecord, { choice, delta }: PlainPiece): readonly unknown[] {
    const open = this.#openOf(choice);
    if (open.content === undefined) {
      const [text] = choiceTexts(choice);
      if (text === undefined) return [chunk];
      open.content = this.#channels.of(text.facts);
      open.texts.set(text.facts.key, text);
    }
    const content = open.content.push(delta.content);
    if (open.content.isEdited) open.isEdited = true;
    if (content === delta.content) return [chunk];
    if (content === '' && delta.role === undefined && !chunk.usage) return NONE;
    return [{ ...chunk, choices: [{ ...choice, delta: { ...delta, content } }] }];
  }

  #guarded(choice: JsonRecord, before: JsonRecord[]): JsonRecord {
    const open = this.#openOf(choice);
    const texts = choiceTexts(choice);
    const isLast = Boolean(choice.finish_reason);
    const changes: { keys: readonly (string | number)[]; text: string }[] = [];
    let isHolding = false;
    for (const text of texts) this.#feed(text, open);
    if (isLast) this.#endTexts(open);
    for (const { facts, keys, text } of texts) {
      const channel = this.#channels.of(facts);
      const released = isLast ? channel.last() : channel.take();
      if (channel.isHolding) isHolding = true;
      if (channel.isEdited) open.isEdited = true;
      if (released !== text) changes.push({ keys, text: released });
    }
    before.push(...this.#told(choice.index, open, isLast));
    const rewritten = withTexts(this.#withoutUnread(choice), changes);
    return choice.logprobs || open.logprobs.length > 0 ? withLogprobs(rewritten, choice, open, isHolding) : rewritten;
  }

  #feed(text: ChoiceText, open: OpenChoice): void {
    const { facts } = text;
    open.texts.set(facts.key, text);
    this.#channels.of(facts).feed(text.text);
  }

  #endTexts(open: OpenChoice): void {
    for (const key of open.texts.keys()) this.#channels.known(key)?.end();
  }

  /** What a choice held back and may tell now, one for each text: what came before in the same list, or all at its end. */
  #told(index: unknown, open: OpenChoice, isLast: boolean): JsonRecord[] {
    const told: JsonRecord[] = [];
    for (const [key, { carry, facts }] of open.texts) {
      if (!isLast && facts.run === undefined) continue;
      const channel = this.#channels.known(key);
      const text = (isLast ? channel?.last() : channel?.take()) ?? '';
      if (text !== '') told.push({ index, ...carry(text), logprobs: null, finish_reason: null });
    }
    if (isLast) {
      open.texts.clear();
      open.content = undefined;
    }
    return told;
  }

  /** Whatever a delta has beside the texts that are followed. */
  #withoutUnread(choice: JsonRecord): JsonRecord {
    const { delta } = choice;
    if (!isRecord(delta)) return choice;
    for (const name of Object.keys(delta)) {
      if (FOLLOWED_FIELDS.has(name) || typeof delta[name] !== 'object') continue;
      return { ...choice, delta: this.#channels.rewriteRest(delta, FOLLOWED_FIELDS) ?? {} };
    }
    return choice;
  }

  #holdsLogprobs({ index }: JsonRecord): boolean {
    const open = this.#open.get(index);
    return open !== undefined && open.logprobs.length > 0;
  }

  #openOf({ index }: JsonRecord): OpenChoice {
    let open = this.#open.get(index);
    if (open === undefined) {
      open = { content: undefined, texts: new Map(), logprobs: [], isEdited: false };
      this.#open.set(index, open);
    }
    return open;
  }

  #carrier(choices: readonly JsonRecord[]): JsonRecord {
    const { usage: _, ...head } = this.#last;
    return { ...head, choices };
  }
}

interface PlainPiece {
  readonly choice: JsonRecord;
  readonly delta: JsonRecord & { readonly content: string };
}

const NONE: readonly unknown[] = [];

function plainPieceOf({ choices }: JsonRecord): PlainPiece | undefined {
  if (!Array.isArray(choices) || choices.length !== 1 || !isRecord(choices[0])) return undefined;
  const choice = choices[0];
  const { delta } = choice;
  if (choice.finish_reason || choice.logprobs || choice.text !== undefined || !isPlain(delta)) return undefined;
  return { choice, delta };
}

function isPlain(delta: unknown): delta is PlainPiece['delta'] {
  if (!isRecord(delta) || typeof delta.content !== 'string' || delta.content === '') return false;
  for (const name in delta) if (name !== 'content' && name !== 'role') return false;
  return true;
}

function choicesOf(item: JsonRecord): readonly JsonRecord[] {
  return Array.isArray(item.choices) ? item.choices.filter(isRecord) : [];
}

/** Probabilities wait with their tokens, and go with what was changed. */
function withLogprobs(rewritten: JsonRecord, { logprobs }: JsonRecord, open: OpenChoice, isHolding: boolean): JsonRecord {
  if (open.isEdited) open.logprobs = [];
  const content = isRecord(logprobs) && Array.isArray(logprobs.content) ? logprobs.content : [];
  if (!open.isEdited) {
    if (open.logprobs.length === 0 && !isHolding) return rewritten;
    open.logprobs.push(...content);
  }
  if (isHolding || open.isEdited || open.logprobs.length === 0) return { ...rewritten, logprobs: null };
  const told = { ...(isRecord(logprobs) ? logprobs : { refusal: null }), content: open.logprobs };
  open.logprobs = [];
  return { ...rewritten, logprobs: told };
}

/** Whether nothing of a choice is left that a caller could want: all of it is held back. */
function saysNothing(choice: JsonRecord): boolean {
  if (choice.finish_reason || choice.text) return false;
  const { delta } = choice;
  if (!isRecord(delta)) return true;
  return Object.entries(delta).every(([name, value]) => name !== 'role' && !saysSomething(value));
}

function saysSomething(value: unknown): boolean {
  if (value === '' || value === null || value === undefined) return false;
  if (Array.isArray(value)) return value.some(saysSomething);
  if (!isRecord(value)) return typeof value === 'string';
  return Object.entries(value).some(([name, field]) => name !== 'index' && saysSomething(field));
}
