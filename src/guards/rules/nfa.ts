import type { Assertion, PatternNode } from './pattern-syntax.ts';
import { WORD_RANGES } from './pattern-syntax.ts';

/** One step of an automaton: units to read, a fork, a condition on the place, or the end of a rule. */
export type NfaStep =
  | { readonly kind: 'read'; readonly ranges: readonly number[]; next: number }
  | { readonly kind: 'fork'; readonly next: number[] }
  | { readonly kind: 'assert'; readonly what: Assertion; next: number }
  | { readonly kind: 'accept'; readonly rule: number };

/** What stood before a place, or comes after it: nothing, what is no part of a word, or what is. */
export const NOTHING = 0;
export const NO_WORD = 1;
export const WORD = 2;
export type Neighbour = 0 | 1 | 2;

/** The rules of a guard as one automaton (Thompson's construction), and the classes of units that it tells apart. */
export class Nfa {
  readonly steps: NfaStep[] = [];
  /** First step of each rule. */
  readonly starts: number[] = [];
  /** Class of each UTF-16 unit; `classes` itself stands for the end of the text. */
  readonly classOf = new Uint16Array(65_536);
  readonly classes: number;
  /** Of each class, what it is to its neighbours. */
  readonly neighbourOf: Neighbour[] = [];
  /** Classes that each reading step reads. */
  readonly #reads: (Uint8Array | undefined)[] = [];

  constructor(patterns: readonly PatternNode[]) {
    for (const [rule, pattern] of patterns.entries()) {
      const accept = this.#add({ kind: 'accept', rule });
      this.starts.push(this.#compile(pattern, accept));
    }
    this.classes = this.#findClasses();
    this.#fillReads();
  }

  reads(step: number, unitClass: number): boolean {
    return this.#reads[step]?.[unitClass] === 1;
  }

  /** Compiled from its end: each node is given the step that follows it. */
  #compile(node: PatternNode, next: number): number {
    switch (node.kind) {
      case 'units':
        return this.#add({ kind: 'read', ranges: node.ranges, next });
      case 'assert':
        return this.#add({ kind: 'assert', what: node.what, next });
      case 'sequence':
        return node.nodes.reduceRight((after, part) => this.#compile(part, after), next);
      case 'choice':
        return this.#add({ kind: 'fork', next: node.nodes.map((branch) => this.#compile(branch, next)) });
      case 'repeat':
        return this.#repeat(node.node, node.min, node.max, next);
    }
  }

  #repeat(node: PatternNode, min: number, max: number, next: number): number {
    let after = next;
    if (max === Number.POSITIVE_INFINITY) {
      const loop: number[] = [];
      after = this.#add({ kind: 'fork', next: loop });
      loop.push(this.#compile(node, after), next);
    } else {
      for (let count = min; count < max; count += 1) {
        after = this.#add({ kind: 'fork', next: [this.#compile(node, after), next] });
      }
    }
    for (let count = 0; count < min; count += 1) after = this.#compile(node, after);
    return after;
  }

  #add(step: NfaStep): number {
    return this.steps.push(step) - 1;
  }

  /** Units that no step tells apart share a class: the edges of all ranges cut the line of units into pieces. */
  #findClasses(): number {
    const sets = new Map<string, readonly number[]>([['word', WORD_RANGES]]);
    for (const step of this.steps) if (step.kind === 'read') sets.set(step.ranges.join(), step.ranges);
    let count = 1;
    for (const ranges of sets.values()) count = this.#split(ranges, count);
    for (let unit = 0; unit < 65_536; unit += 1) this.neighbourOf[this.classOf[unit] ?? 0] ??= isWord(unit) ? WORD : NO_WORD;
    return count;
  }

  /** Gives the units of a set, class by class, a class of their own. */
  #split(ranges: readonly number[], count: number): number {
    const moved = new Map<number, number>();
    const seen = new Set<number>();
    let next = count;
    for (let index = 0; index < ranges.length; index += 2) {
      for (let unit = ranges[index] ?? 0; unit <= (ranges[index + 1] ?? 0); unit += 1) {
        if (seen.has(unit)) continue;
        seen.add(unit);
        const old = this.classOf[unit] ?? 0;
        let to = moved.get(old);
        if (to === undefined) {
          to = next;
          next += 1;
          moved.set(old, to);
        }
        this.classOf[unit] = to;
      }
    }
    return this.#packed(next);
  }

  /** Without the numbers of classes that have become empty. */
  #packed(count: number): number {
    const numbers = new Int32Array(count).fill(-1);
    let next = 0;
    for (let unit = 0; unit < 65_536; unit += 1) {
      const old = this.classOf[unit] ?? 0;
      if (numbers[old] === -1) {
        numbers[old] = next;
        next += 1;
      }
      this.classOf[unit] = numbers[old] ?? 0;
    }
    return next;
  }

  #fillReads(): void {
    const known = new Map<string, Uint8Array>();
    for (const [index, step] of this.steps.entries()) {
      if (step.kind !== 'read') continue;
      const key = step.ranges.join();
      let classes = known.get(key);
      if (classes === undefined) {
        classes = this.#classesIn(step.ranges);
        known.set(key, classes);
      }
      this.#reads[index] = classes;
    }
  }

  #classesIn(ranges: readonly number[]): Uint8Array {
    const classes = new Uint8Array(this.classes + 1);
    for (let index = 0; index < ranges.length; index += 2) {
      for (let unit = ranges[index] ?? 0; unit <= (ranges[index + 1] ?? 0); unit += 1) classes[this.classOf[unit] ?? 0] = 1;
    }
    return classes;
  }
}

function isWord(unit: number): boolean {
  return (unit >= 0x30 && unit <= 0x39) || (unit >= 0x41 && unit <= 0x5a) || unit === 0x5f || (unit >= 0x61 && unit <= 0x7a);
}

/** Whether a condition holds between two neighbours. */
export function holds(what: Assertion, before: Neighbour, after: Neighbour): boolean {
  if (what === 'start') return before === NOTHING;
  if (what === 'end') return after === NOTHING;
  const isBoundary = (before === WORD) !== (after === WORD);
  return what === 'boundary' ? isBoundary : !isBoundary;
}
