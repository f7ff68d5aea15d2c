/**
 * What waits to be taken, first in first out. The room of what was taken is used again: an array that is emptied loses its
 * own, so that each event of a stream would pay for a new one.
 */
export class ReadyItems<Item extends object> {
  #items: (Item | undefined)[] = [];
  #first = 0;
  #end = 0;

  /** Number of items waiting. */
  get length(): number {
    return this.#end - this.#first;
  }

  push(item: Item): void {
    this.#items[this.#end] = item;
    this.#end += 1;
  }

  /** The item that waited longest; undefined if none waits. */
  take(): Item | undefined {
    if (this.#first === this.#end) return undefined;
    const item = this.#items[this.#first];
    this.#items[this.#first] = undefined;
    this.#first += 1;
    if (this.#first === this.#end) this.#startAgain();
    else if (this.#first === MOST_ROOM_BEFORE_THEM) this.#moveUp();
    return item;
  }

  clear(): void {
    this.#items = [];
    this.#first = 0;
    this.#end = 0;
  }

  #startAgain(): void {
    if (this.#end > MOST_ROOM_KEPT) this.#items = [];
    this.#first = 0;
    this.#end = 0;
  }

  #moveUp(): void {
    this.#items = this.#items.slice(this.#first, this.#end);
    this.#end -= this.#first;
    this.#first = 0;
  }
}

const MOST_ROOM_BEFORE_THEM = 1_024;
const MOST_ROOM_KEPT = 64;
