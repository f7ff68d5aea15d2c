// Enough to find where a model took up the thread.
const LONGEST = 200;
// Shorter than this, a repetition is likely to be chance: "a" and "apple".
const SHORTEST = 10;

/**
 * Takes out of a continued answer the words at its start that repeat the end of what was said. Text that may still turn
 * out as a repetition is held back.
 */
export class Overlap {
  readonly #said: string;
  #held = '';
  #decided: boolean;

  constructor(said: string) {
    this.#said = said.slice(-LONGEST);
    this.#decided = this.#said.length < SHORTEST;
  }

  /** What of the text so far can be handed on. */
  take(text: string): string {
    if (this.#decided) return text;
    this.#held += text;
    return this.#mayBeInside() ? '' : this.flush();
  }

  /** What is held back, at the end of the answer. */
  flush(): string {
    const held = this.#held;
    this.#held = '';
    this.#decided = true;
    for (let length = Math.min(this.#said.length, held.length); length >= SHORTEST; length -= 1) {
      if (this.#said.endsWith(held.slice(0, length))) return held.slice(length);
    }
    return held;
  }

  /** Whether the held text stands in what was said, before its end. */
  #mayBeInside(): boolean {
    const position = this.#said.indexOf(this.#held);
    return position >= 0 && position + this.#held.length < this.#said.length;
  }
}
