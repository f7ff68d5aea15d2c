/**
 * Ids of the calls in a history as a wire takes them that wants letters, digits, `_` and `-` only, and each id once: some
 * vendors number their calls anew in every turn. The same history always gives the same ids.
 */
export class CallIds {
  readonly #longest: number;
  readonly #taken = new Set<string>();
  /** By an id that came again: the last number behind it, so that the thousandth is not tried against all before it. */
  readonly #numbers = new Map<string, number>();
  /** By the history's id: the newest call. */
  readonly #newest = new Map<string, string>();
  /** By the history's id: calls of the turn that have no result yet. */
  readonly #waiting = new Map<string, string[]>();

  constructor(longest = Number.POSITIVE_INFINITY) {
    this.#longest = longest;
  }

  /** An assistant message begins: results that follow are of its calls. */
  beginTurn(): void {
    this.#waiting.clear();
  }

  /** The id under which a call goes out. */
  add(id: string): string {
    const stem = (id.replaceAll(/[^a-zA-Z0-9_-]/g, '_') || 'call').slice(0, this.#longest);
    let own = stem;
    let number = this.#numbers.get(stem) ?? 0;
    while (this.#taken.has(own)) {
      number += 1;
      const suffix = `_${number}`;
      own = stem.slice(0, this.#longest - suffix.length) + suffix;
    }
    if (number > 0) this.#numbers.set(stem, number);
    this.#taken.add(own);
    this.#newest.set(id, own);
    const waiting = this.#waiting.get(id);
    if (waiting) waiting.push(own);
    else this.#waiting.set(id, [own]);
    return own;
  }

  /** The id of the call that a result is of: calls of one id get theirs in order. Undefined if no call has it. */
  ofResult(id: string): string | undefined {
    return this.#waiting.get(id)?.shift() ?? this.#newest.get(id);
  }
}
