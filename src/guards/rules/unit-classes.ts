import { WORD_RANGES } from './pattern-syntax.ts';

/** What stood before a place, or comes after it: nothing, what is no part of a word, or what is. */
export const NOTHING = 0;
export const NO_WORD = 1;
export const WORD = 2;
export type Neighbour = 0 | 1 | 2;

/** The classes of UTF-16 units that some sets of units tell apart. */
export class UnitClasses {
  /** Class of each unit. */
  readonly of = new Uint16Array(65_536);
  readonly count: number;
  /** Of each class, what it is to its neighbours. */
  readonly neighbours: Neighbour[] = [];
  /** The edges of all ranges cut the line of units into pieces; by the unit that each begins with. */
  readonly #pieceAt: ReadonlyMap<number, number>;
  readonly #classOfPiece: readonly number[];

  constructor(sets: readonly (readonly number[])[]) {
    const all = [WORD_RANGES, ...sets];
    const starts = startsOf(all);
    this.#pieceAt = new Map(starts.map((start, piece) => [start, piece]));
    let classes = starts.map(() => 0);
    for (const ranges of all) classes = this.#split(classes, ranges);
    this.#classOfPiece = classes;
    this.count = Math.max(...classes) + 1;
    for (const [piece, start] of starts.entries()) {
      const unitClass = classes[piece] ?? 0;
      this.of.fill(unitClass, start, starts[piece + 1] ?? 65_536);
      this.neighbours[unitClass] = isWord(start) ? WORD : NO_WORD;
    }
  }

  /** One for each class whose units are in the ranges, which were among the sets. */
  in(ranges: readonly number[]): Uint8Array {
    const classes = new Uint8Array(this.count + 1);
    for (const piece of this.#piecesIn(ranges)) classes[this.#classOfPiece[piece] ?? 0] = 1;
    return classes;
  }

  /** Parts the pieces of a class that are in the ranges from those that are not. */
  #split(classes: readonly number[], ranges: readonly number[]): number[] {
    const inside = this.#piecesIn(ranges);
    const numbers = new Map<number, number>();
    return classes.map((old, piece) => {
      const pair = old * 2 + (inside.has(piece) ? 1 : 0);
      const number = numbers.get(pair) ?? numbers.size;
      numbers.set(pair, number);
      return number;
    });
  }

  #piecesIn(ranges: readonly number[]): Set<number> {
    const pieces = new Set<number>();
    for (let index = 0; index < ranges.length; index += 2) {
      const first = this.#pieceAt.get(ranges[index] ?? 0) ?? 0;
      const end = this.#pieceAt.get((ranges[index + 1] ?? 0) + 1) ?? this.#pieceAt.size;
      for (let piece = first; piece < end; piece += 1) pieces.add(piece);
    }
    return pieces;
  }
}

function startsOf(sets: readonly (readonly number[])[]): number[] {
  const starts = new Set([0]);
  for (const ranges of sets) {
    // The unit after a range is the first that is not in it.
    for (const [index, edge] of ranges.entries()) starts.add(index % 2 === 0 ? edge : edge + 1);
  }
  return [...starts].filter((start) => start < 65_536).sort((a, b) => a - b);
}

function isWord(unit: number): boolean {
  return (unit >= 0x30 && unit <= 0x39) || (unit >= 0x41 && unit <= 0x5a) || unit === 0x5f || (unit >= 0x61 && unit <= 0x7a);
}
