import { bytesOf, type CacheEntry, isCurrent } from './cache-entry.ts';

/** Entries in memory, bounded by their bytes: what was used least recently goes first. What is too old goes when it is met. */
export class MemoryEntries {
  /** Least recently used first. */
  readonly #entries = new Map<string, CacheEntry>();
  #bytes = 0;
  #maxBytes: number;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** The bound from now on, of what is there too. */
  bound(maxBytes: number): void {
    if (maxBytes === this.#maxBytes) return;
    this.#maxBytes = maxBytes;
    this.#dropExcess();
  }

  find(key: string, nowMs: number): CacheEntry | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    if (!isCurrent(entry, nowMs)) {
      this.#forget(entry);
      return undefined;
    }
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry;
  }

  keep(entry: CacheEntry): void {
    const earlier = this.#entries.get(entry.key);
    if (earlier !== undefined) this.#forget(earlier);
    const bytes = bytesOf(entry);
    if (bytes > this.#maxBytes) return;
    this.#entries.set(entry.key, entry);
    this.#bytes += bytes;
    this.#dropExcess();
  }

  clear(): void {
    this.#entries.clear();
    this.#bytes = 0;
  }

  #dropExcess(): void {
    for (const oldest of this.#entries.values()) {
      if (this.#bytes <= this.#maxBytes) return;
      this.#forget(oldest);
    }
  }

  #forget(entry: CacheEntry): void {
    if (this.#entries.delete(entry.key)) this.#bytes -= bytesOf(entry);
  }
}
