/** More than what goes on within the days that notes are kept; the oldest goes first. */
const MOST_NOTES = 100_000;

interface Note {
  readonly text: string;
  readonly untilMs: number;
}

/** Texts by key, each until its time; lost with the process. */
export class MemoryNotes {
  readonly #notes = new Map<string, Note>();

  keep(key: string, text: string, untilMs: number, now: number): void {
    this.#notes.delete(key);
    this.#notes.set(key, { text, untilMs });
    if (this.#notes.size > MOST_NOTES) this.#makeRoom(now);
  }

  read(key: string, now: number): string | undefined {
    const note = this.#notes.get(key);
    if (note === undefined) return undefined;
    if (note.untilMs > now) return note.text;
    this.#notes.delete(key);
    return undefined;
  }

  #makeRoom(now: number): void {
    for (const [key, { untilMs }] of this.#notes) if (untilMs <= now) this.#notes.delete(key);
    for (const key of this.#notes.keys()) {
      if (this.#notes.size <= MOST_NOTES) return;
      this.#notes.delete(key);
    }
  }
}
