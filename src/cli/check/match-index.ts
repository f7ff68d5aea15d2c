import type { Caller } from '../../core/caller.ts';
import { GlobIndex } from './glob-index.ts';

type Match = Readonly<Record<string, readonly string[]>>;

/** The matches of many rules, by their places: whom they match is found without trying them all. */
export class MatchIndex {
  /** Places of matches without a dimension. */
  readonly #always: number[] = [];
  readonly #dimensions: readonly number[];
  readonly #all = new Map<string, GlobIndex<number>>();
  /** Each match by its first dimension alone. */
  readonly #first = new Map<string, GlobIndex<number>>();

  constructor(matches: readonly Match[]) {
    this.#dimensions = matches.map((match) => Object.keys(match).length);
    for (const [place, match] of matches.entries()) {
      const dimensions = Object.keys(match);
      if (dimensions.length === 0) this.#always.push(place);
      for (const [position, dimension] of dimensions.entries()) {
        for (const glob of match[dimension] ?? []) {
          globsOf(this.#all, dimension).add(glob, place);
          if (position === 0) globsOf(this.#first, dimension).add(glob, place);
        }
      }
    }
  }

  /** Places of all matches that a caller meets, in order. */
  metBy(caller: Caller): number[] {
    const met = new Map<number, number>();
    for (const [dimension, value] of Object.entries(caller)) {
      const values: readonly string[] = typeof value === 'string' ? [value] : (value ?? []);
      const places = values.flatMap((each) => this.#all.get(dimension)?.matching(each) ?? []);
      for (const place of new Set(places)) met.set(place, (met.get(place) ?? 0) + 1);
    }
    const whole = [...met].flatMap(([place, count]) => (count === this.#dimensions[place] ? [place] : []));
    return [...this.#always, ...whole].toSorted((a, b) => a - b);
  }

  /** Places of the matches that may be met by all who meet this one, and of some more. */
  mayCover(match: Match): number[] {
    const places = Object.entries(match).flatMap(([dimension, [glob = '']]) => this.#first.get(dimension)?.matching(glob) ?? []);
    return [...this.#always, ...places];
  }
}

function globsOf(indexes: Map<string, GlobIndex<number>>, dimension: string): GlobIndex<number> {
  const known = indexes.get(dimension);
  if (known !== undefined) return known;
  const index = new GlobIndex<number>();
  indexes.set(dimension, index);
  return index;
}
