/** More are not kept of one stream. */
const MOST_GAPS = 10_000;

/** The times from each item of a stream to the next, from its first content on, as a call's message tells them. */
export class ChunkGaps {
  readonly gapsMs: number[] = [];
  #lastMs: number;
  #chunks: number;

  /** `chunks`: how many had come by then, which have no gap. */
  constructor(nowMs: number, chunks: number) {
    this.#lastMs = nowMs;
    this.#chunks = chunks;
  }

  /** An item was waited for; those between it and the last one were there already. `chunks`: how many have come by now. */
  arrived(chunks: number, nowMs: number): void {
    this.passed(chunks - 1);
    this.#add(nowMs - this.#lastMs);
    this.#lastMs = nowMs;
    this.#chunks = chunks;
  }

  /** So many have come by now, and none was waited for. */
  passed(chunks: number): void {
    for (; this.#chunks < chunks; this.#chunks += 1) this.#add(0);
  }

  #add(gapMs: number): void {
    if (this.gapsMs.length < MOST_GAPS) this.gapsMs.push(gapMs);
  }
}
