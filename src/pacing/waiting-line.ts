/** Classes of priority, first admitted first. */
export const PRIORITIES = ['high', 'normal', 'low'] as const;
export type Priority = (typeof PRIORITIES)[number];

/** Someone in the line: `party` is whose turn it takes. */
export interface Waiting {
  readonly priority: Priority;
  readonly party: string;
}

/**
 * Who is next: the highest priority first and, within one priority, the parties in turn, each party's calls in the
 * order they came. So a burst of one party does not hold up another's single call.
 */
export class WaitingLine<T extends Waiting> {
  readonly #parties: Readonly<Record<Priority, Map<string, Set<T>>>> = { high: new Map(), normal: new Map(), low: new Map() };
  #length = 0;

  get length(): number {
    return this.#length;
  }

  join(waiting: T): void {
    const parties = this.#parties[waiting.priority];
    const own = parties.get(waiting.party);
    if (own) own.add(waiting);
    else parties.set(waiting.party, new Set([waiting]));
    this.#length += 1;
  }

  /** False if it is not in the line any more. */
  leave(waiting: T): boolean {
    const parties = this.#parties[waiting.priority];
    const own = parties.get(waiting.party);
    if (!own?.delete(waiting)) return false;
    if (own.size === 0) parties.delete(waiting.party);
    this.#length -= 1;
    return true;
  }

  next(): T | undefined {
    for (const priority of PRIORITIES) {
      const parties = this.#parties[priority];
      for (const [party, own] of parties) return this.#take(parties, party, own);
    }
    return undefined;
  }

  #take(parties: Map<string, Set<T>>, party: string, own: Set<T>): T | undefined {
    // Deleted and set again, the party goes behind the others.
    parties.delete(party);
    const [first] = own;
    if (first === undefined) return undefined;
    own.delete(first);
    if (own.size > 0) parties.set(party, own);
    this.#length -= 1;
    return first;
  }
}
