import type { PartialAnswer } from '../../errors/stream-interrupted-error.ts';
import type { CallTally } from './turn-keeper.ts';

/** The words of an answer that is still coming: text, reasoning and tool calls, as far as they have gone by. */
export class WordsSoFar {
  readonly toolCalls = new Map<number, CallTally>();
  /** Of all of it. */
  characters = 0;
  readonly #text = new Pieces();
  readonly #reasoning = new Pieces();

  get reasoning(): readonly string[] {
    return this.#reasoning.all;
  }

  addText(text: string | null | undefined): void {
    if (!text) return;
    this.#text.add(text);
    this.characters += text.length;
  }

  addReasoning(text: string): void {
    this.#reasoning.add(text);
    this.characters += text.length;
  }

  addToolCall(index: number, id: string | undefined, name: string | undefined, fragment: string | undefined): CallTally {
    let call = this.toolCalls.get(index);
    if (call === undefined) {
      call = { id: id ?? '', name: name ?? '', fragments: [] };
      this.toolCalls.set(index, call);
    }
    this.characters += (name?.length ?? 0) + (fragment?.length ?? 0);
    if (fragment) call.fragments.push(fragment);
    return call;
  }

  /** Forgets the text: nobody asks for it any more. */
  forgetText(): void {
    this.#text.clear();
  }

  partial(): PartialAnswer {
    return {
      text: this.#text.all.join(''),
      reasoning: this.reasoning.join(''),
      toolCalls: [...this.toolCalls.values()].map(({ id, name, fragments }) => ({ id, name, arguments: fragments.join('') })),
    };
  }
}

/** A piece may be a slice of all that came with it, which stays in memory as long as the piece; so they are copied together. */
class Pieces {
  readonly #all: string[] = [];
  #loose = 0;

  get all(): readonly string[] {
    return this.#all;
  }

  add(piece: string): void {
    this.#all.push(piece);
    this.#loose += 1;
    if (this.#loose < TOGETHER) return;
    this.#all.push(this.#all.splice(-TOGETHER).join(''));
    this.#loose = 0;
  }

  clear(): void {
    this.#all.length = 0;
    this.#loose = 0;
  }
}

const TOGETHER = 256;
