/** More than what goes on within the days that notes are kept; the oldest goes first. */
const MOST_NOTES = 100_000;

interface Note {
  readonly text: string;
  readonly untilMs: number;
}

/** Texts by key, each until its time; lost with the process. */
export class MemoryNotes {
  readonly #notes = new Map<string, Note>();
  readonly #mostNotes: number;
  #keptSinceSweep = 0;

  constructor(mostNotes = MOST_NOTES) {
    this.#mostNotes = mostNotes;
  }

  keep(key: string, text: string, untilMs: number, now: number): void {
    this.#notes.delete(key);
    this.#notes.set(key, { text, untilMs });
    this.#keptSinceSweep += 1;
    if (this.#notes.size > this.#mostNotes) this.#makeRoom(now);
  }

  read(key: string, now: number): string | undefined {
    const note = this.#notes.get(key);
    if (note === undefined) return undefined;
    if (note.untilMs > now) return note.text;
    this.#notes.delete(key);
    return undefined;
  }

  /** What is over is looked for once in a tenth of all notes, so that a note does not cost a look at all others. */
  #makeRoom(now: number): void {
    if (this.#keptSinceSweep * 10 >= this.#mostNotes) {
      this.#keptSinceSweep = 0;
      for (const [key, { untilMs }] of this.#notes) if (untilMs <= now) this.#notes.delete(key);
    }
    for (const key of this.#notes.keys()) {
      if (this.#notes.size <= this.#mostNotes) return;
      this.#notes.delete(key);
    }
  }
}
