/** A tokenizer makes a token of some 3 to 4 bytes of English; 0.3 is on the safe side before anything is learned. */
const FIRST_TOKENS_PER_BYTE = 0.3;
/** More than any tokenizer makes of a text. */
export const MOST_TOKENS_PER_BYTE = 2;
/** Long Cyrillic words come to 10 bytes a token and more; whole texts do not come to 16. */
export const FEWEST_TOKENS_PER_BYTE = 1 / 16;
const WEIGHT_OF_NEWEST = 0.1;
/** Safety margin on the expected input. */
const MARGIN = 1.2;
const OUTPUTS_KEPT = 64;
const OUTPUTS_NEEDED = 8;
const PERCENTILE = 0.95;
/** Shorter texts are mostly overhead and teach nothing. */
const FEWEST_BYTES = 64;

/** What one deployment's reported usage taught: tokens per byte of input, and the lengths of recent outputs. */
export class Calibration {
  #tokensPerByte = FIRST_TOKENS_PER_BYTE;
  readonly #outputs: number[] = [];
  #next = 0;
  #percentile: number | undefined;

  learn(bytes: number | undefined, inputTokens: number, outputTokens: number): void {
    if (bytes !== undefined && bytes >= FEWEST_BYTES) {
      const seen = Math.min(Math.max(inputTokens / bytes, 0.01), MOST_TOKENS_PER_BYTE);
      this.#tokensPerByte += WEIGHT_OF_NEWEST * (seen - this.#tokensPerByte);
    }
    this.#outputs[this.#next] = outputTokens;
    this.#next = (this.#next + 1) % OUTPUTS_KEPT;
    this.#percentile = undefined;
  }

  /** Tokens to expect of so many bytes of text, with a margin. */
  inputTokens(bytes: number): number {
    return Math.ceil(bytes * this.#tokensPerByte * MARGIN);
  }

  /** Tokens of a text by its length, without a margin; for usage that was not reported. */
  tokensOf(bytes: number): number {
    return Math.ceil(bytes * this.#tokensPerByte);
  }

  /** The 95th percentile of recent outputs; undefined before enough were seen. */
  outputTokens(): number | undefined {
    if (this.#outputs.length < OUTPUTS_NEEDED) return undefined;
    if (this.#percentile === undefined) {
      const sorted = this.#outputs.toSorted((a, b) => a - b);
      this.#percentile = sorted[Math.min(Math.floor(sorted.length * PERCENTILE), sorted.length - 1)];
    }
    return this.#percentile;
  }
}
