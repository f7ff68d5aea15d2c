import { type Glob, toGlob } from '../../core/glob.ts';

interface Entry<T> {
  readonly glob: Glob;
  readonly value: T;
}

/** Many patterns with a value each: which of them match a text is found without trying them all. */
export class GlobIndex<T> {
  readonly #exact = new Map<string, T[]>();
  /** By what stands before a pattern's first `*` or `?`. */
  readonly #byStart = new Map<string, Entry<T>[]>();
  #longestStart = 0;

  add(pattern: string, value: T): void {
    const start = pattern.search(/[*?]/);
    if (start < 0) listIn(this.#exact, pattern).push(value);
    else listIn(this.#byStart, pattern.slice(0, start)).push({ glob: toGlob(pattern), value });
    this.#longestStart = Math.max(this.#longestStart, start);
  }

  /** Values whose pattern matches; one that was added with several may come several times. */
  matching(text: string): T[] {
    const found = [...(this.#exact.get(text) ?? [])];
    for (let length = Math.min(text.length, this.#longestStart); length >= 0; length -= 1) {
      for (const { glob, value } of this.#byStart.get(text.slice(0, length)) ?? []) if (glob(text)) found.push(value);
    }
    return found;
  }
}

function listIn<T>(lists: Map<string, T[]>, key: string): T[] {
  const known = lists.get(key);
  if (known !== undefined) return known;
  const list: T[] = [];
  lists.set(key, list);
  return list;
}
