/**
 * Takes the reasoning out of a text that begins with it between tags, piece by piece: `push` gives what can be told
 * of the piece, `flush` the rest. Only a tag at the very head counts; later ones are text.
 */
export class ReasoningTagSplitter {
  readonly #open: string;
  readonly #close: string;
  #state: 'head' | 'inside' | 'behind' | 'text' = 'head';
  #held = '';
  #reasoned = false;

  constructor(tag: string) {
    this.#open = `<${tag}>`;
    this.#close = `</${tag}>`;
  }

  push(piece: string): SplitText {
    if (this.#state === 'text') return { text: piece, reasoning: '' };
    this.#held += piece;
    if (this.#state === 'head' && !this.#passHead()) return this.#state === 'head' ? NOTHING : this.#rest('');
    let reasoning = '';
    if (this.#state === 'inside') {
      reasoning = this.#takeReasoning();
      if (this.#state === 'inside') return { text: '', reasoning };
    }
    return this.#rest(reasoning);
  }

  flush(): SplitText {
    const held = this.#held;
    this.#held = '';
    return this.#state === 'inside' ? { text: '', reasoning: held } : { text: held, reasoning: '' };
  }

  /** True if the text begins with the tag; leaves the state at `head` while that cannot be told. */
  #passHead(): boolean {
    const start = this.#held.trimStart();
    if (start.startsWith(this.#open)) {
      this.#held = start.slice(this.#open.length);
      this.#state = 'inside';
      return true;
    }
    if (!this.#open.startsWith(start)) this.#state = 'text';
    return false;
  }

  #takeReasoning(): string {
    if (!this.#reasoned) this.#held = this.#held.trimStart();
    const end = this.#held.indexOf(this.#close);
    const inside = end === -1 ? this.#held.length - tailThatMayBegin(this.#close, this.#held) : end;
    // Blank space beside the tags is none of the reasoning: it waits for what comes after it.
    const reasoning = this.#held.slice(0, inside).trimEnd();
    if (reasoning !== '') this.#reasoned = true;
    if (end === -1) {
      this.#held = this.#held.slice(reasoning.length);
      return reasoning;
    }
    this.#held = this.#held.slice(end + this.#close.length);
    this.#state = 'behind';
    return reasoning;
  }

  /** Blank lines between the closing tag and the text belong to neither. */
  #rest(reasoning: string): SplitText {
    const text = this.#state === 'behind' ? this.#held.trimStart() : this.#held;
    this.#held = '';
    if (text !== '') this.#state = 'text';
    return { text, reasoning };
  }
}

export interface SplitText {
  readonly text: string;
  readonly reasoning: string;
}

const NOTHING: SplitText = { text: '', reasoning: '' };

function tailThatMayBegin(marker: string, text: string): number {
  for (let length = Math.min(marker.length - 1, text.length); length > 0; length -= 1) {
    if (text.endsWith(marker.slice(0, length))) return length;
  }
  return 0;
}
