import { MemoryNotes } from '../../stores/memory-notes.ts';
import type { MaybePromise, Store } from '../../stores/store.ts';

/** Longer ids are nobody's; what has one is left to the lapse of its lease. */
const LONGEST_ID = 256;

/** The key of a note on something at a provider; undefined for an id that is none. */
export function noteKey(provider: string, id: string): string | undefined {
  return id.length === 0 || id.length > LONGEST_ID ? undefined : `${provider}|${id}`;
}

/**
 * Notes in the store, and in this process: there for a store that keeps none, and for one that has lost them. What the
 * store says goes first, because other processes write there.
 */
export class Notes {
  readonly #own = new MemoryNotes();

  keep(store: Store, key: string, text: string, untilMs: number, now: number): MaybePromise<void> {
    this.#own.keep(key, text, untilMs, now);
    return store.keepNote?.(key, text, untilMs, now);
  }

  read(store: Store, key: string, now: number): MaybePromise<string | undefined> {
    const found = store.readNote?.(key, now);
    if (found instanceof Promise) return found.then((text) => text ?? this.#own.read(key, now));
    return found ?? this.#own.read(key, now);
  }

  /** What this process knows, whether or not the store can be asked. */
  known(key: string, now: number): string | undefined {
    return this.#own.read(key, now);
  }
}
