import type { Assertion, PatternNode } from './pattern-syntax.ts';
import { type Neighbour, NOTHING, UnitClasses, WORD } from './unit-classes.ts';

/** One step of an automaton: units to read, a fork, a condition on the place, or the end of a rule. */
export type NfaStep =
  | { readonly kind: 'read'; readonly ranges: readonly number[]; next: number }
  | { readonly kind: 'fork'; readonly next: number[] }
  | { readonly kind: 'assert'; readonly what: Assertion; next: number }
  | { readonly kind: 'accept'; readonly rule: number };

/** The rules of a guard as one automaton (Thompson's construction), and the classes of units that it tells apart. */
export class Nfa {
  readonly steps: NfaStep[] = [];
  /** First step of each rule. */
  readonly starts: number[] = [];
  /** Classes of units; their count itself stands for the end of the text. */
  readonly classes: UnitClasses;
  /** Classes that each reading step reads. */
  readonly #reads: readonly (Uint8Array | undefined)[];

  constructor(patterns: readonly PatternNode[]) {
    for (const [rule, pattern] of patterns.entries()) {
      const accept = this.#add({ kind: 'accept', rule });
      this.starts.push(this.#compile(pattern, accept));
    }
    const sets = new Map<string, readonly number[]>();
    for (const step of this.steps) if (step.kind === 'read') sets.set(step.ranges.join(), step.ranges);
    this.classes = new UnitClasses([...sets.values()]);
    const reads = new Map([...sets].map(([key, ranges]) => [key, this.classes.in(ranges)]));
    this.#reads = this.steps.map((step) => (step.kind === 'read' ? reads.get(step.ranges.join()) : undefined));
  }

  /** Whether a step reads the units of a class. */
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
}

/** Whether a condition holds between two neighbours. */
export function holds(what: Assertion, before: Neighbour, after: Neighbour): boolean {
  if (what === 'start') return before === NOTHING;
  if (what === 'end') return after === NOTHING;
  const isBoundary = (before === WORD) !== (after === WORD);
  return what === 'boundary' ? isBoundary : !isBoundary;
}
