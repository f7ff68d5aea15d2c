import { NOTHING_LEFT } from '../content/text-run.ts';
import type { ChannelRun, RunPart } from './channel-run.ts';

/** A text that a stream tells once more as a whole: as it came, and as it left. */
export interface ToldText {
  readonly raw: string;
  readonly said: string;
}

/** One text of a streamed answer: the content of a choice, the arguments of a tool. Nothing leaves that may become a match. */
export class TextChannel implements RunPart {
  readonly key: string;
  readonly #run: ChannelRun;
  /** Undefined for one that is never told again. */
  readonly #told: { raw: string; said: string } | undefined;
  /** May leave, and has not. */
  #ready = '';
  #length = 0;
  /** Length of the text that may leave, or has left. */
  #decided = 0;
  #isBlank = true;
  /** Whether anything was replaced in what has left. */
  isEdited = false;

  constructor(key: string, run: ChannelRun, isTold: boolean) {
    this.key = key;
    this.#run = run;
    this.#told = isTold ? { raw: '', said: '' } : undefined;
  }

  get told(): ToldText | undefined {
    return this.#told;
  }

  get isHolding(): boolean {
    return this.#decided < this.#length;
  }

  /** Takes the next piece, gives what may leave. */
  push(piece: string): string {
    this.feed(piece);
    return this.take();
  }

  /** Takes the next piece. */
  feed(piece: string): void {
    this.#length += piece.length;
    if (this.#told !== undefined) this.#told.raw += piece;
    this.#run.feed(this, piece);
  }

  /** What may leave by now. */
  take(): string {
    const text = this.#ready;
    if (text === '') return text;
    this.#ready = '';
    if (this.#isBlank && text.trim() !== '') this.#isBlank = false;
    if (this.#told !== undefined) this.#told.said += text;
    return text;
  }

  /** Nothing more comes for it; what follows on it may. */
  endPart(): void {
    this.#run.endPart(this);
  }

  /** Nothing comes any more, for it and for what it is read with. */
  end(): void {
    this.#run.end();
  }

  /** What was left of it, once all of it is decided; providers refuse a text that is empty. */
  last(): string {
    const text = this.take();
    if (!this.isEdited || !this.#isBlank) return text;
    this.#isBlank = false;
    if (this.#told !== undefined) this.#told.said += NOTHING_LEFT;
    return text + NOTHING_LEFT;
  }

  /** Its run has decided on a piece of it. */
  decide(text: string, rawLength: number, isEdited: boolean): void {
    this.#ready += text;
    this.#decided += rawLength;
    if (isEdited) this.isEdited = true;
  }
}
