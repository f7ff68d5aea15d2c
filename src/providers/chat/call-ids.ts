/**
 * Ids of the calls in a history as a wire takes them that wants letters, digits, `_` and `-` only, and each id once: some
 * vendors number their calls anew in every turn. The same history always gives the same ids.
 */
export class CallIds {
  readonly #longest: number;
  readonly #taken = new Set<string>();
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
    const stem = id.replaceAll(/[^a-zA-Z0-9_-]/g, '_') || 'call';
    let own = stem.slice(0, this.#longest);
    for (let count = 1; this.#taken.has(own); count += 1) {
      const suffix = `_${count}`;
      own = stem.slice(0, this.#longest - suffix.length) + suffix;
    }
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
