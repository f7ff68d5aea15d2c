import { holds, type Nfa } from './nfa.ts';
import { endOf, StateTable, UNMADE } from './state-table.ts';
import { type Neighbour, NO_WORD, NOTHING, WORD } from './unit-classes.ts';

/** Where somebody who reads a text stands. */
export interface Place {
  table: StateTable;
  state: number;
}

/** Whether no rule is under way. */
export function isIdle({ table, state }: Place): boolean {
  return state < table.idleEnd;
}

/**
 * A deterministic automaton of the rules, made as far as texts ask for it. Not anchored, a match may begin at each place;
 * anchored, only where the run began.
 */
export class Dfa {
  readonly nfa: Nfa;
  /** Times that a full table was left for a new one. */
  renewals = 0;
  readonly #starts: readonly number[];
  readonly #isAnchored: boolean;
  #table: StateTable;
  /** By what stands before. */
  #startStates: readonly [number, number, number];

  constructor(nfa: Nfa, anchoredAt?: readonly number[]) {
    this.nfa = nfa;
    this.#isAnchored = anchoredAt !== undefined;
    this.#starts = anchoredAt ?? nfa.starts;
    this.#table = new StateTable(nfa.classes.count + 1);
    this.#startStates = this.#statesAtStart();
  }

  /** The place where nothing is under way, or, of an anchored one, where the run begins. */
  startAfter(before: Neighbour): Place {
    return { table: this.#table, state: this.#startStates[before] };
  }

  /** Goes over a unit of the class; gives the rules of which a match ends before it. */
  step(place: Place, unitClass: number): readonly number[] | undefined {
    if (place.table.cells[place.state + unitClass] === UNMADE) this.#make(place, unitClass);
    const { table } = place;
    const cell = place.state + unitClass;
    const next = table.cells[cell] ?? 0;
    place.state = next < 0 ? endOf(next) : next;
    return next < 0 ? table.acceptsAt(cell) : undefined;
  }

  #statesAtStart(): readonly [number, number, number] {
    const kernel = this.#isAnchored ? this.#starts : [];
    const table = this.#table;
    return [table.stateOf(kernel, NOTHING), table.stateOf(kernel, NO_WORD), table.stateOf(kernel, WORD)];
  }

  #make(place: Place, unitClass: number): void {
    if (place.table.isFull) this.#move(place);
    const { nfa } = this;
    const { table, state } = place;
    const before = table.beforeOf(state);
    const after: Neighbour = unitClass === nfa.classes.count ? NOTHING : (nfa.classes.neighbours[unitClass] ?? NO_WORD);
    const kernel = table.kernelOf(state);
    const reached = reach(nfa, this.#isAnchored ? kernel : [...kernel, ...this.#starts], before, after);
    const next = new Set<number>();
    const accepts = new Set<number>();
    for (const index of reached) {
      const step = nfa.steps[index];
      if (step?.kind === 'accept') accepts.add(step.rule);
      else if (step?.kind === 'read' && nfa.reads(index, unitClass)) next.add(step.next);
    }
    const sorted = [...next].sort((a, b) => a - b);
    table.fill(state + unitClass, table.stateOf(sorted, after), [...accepts]);
  }

  /** To the same state in a table that has room; who stands in the full one goes on in it as far as it leads. */
  #move(place: Place): void {
    if (this.#table.isFull) {
      this.#table = new StateTable(this.#table.stride);
      this.#startStates = this.#statesAtStart();
      this.renewals += 1;
    }
    const { table, state } = place;
    place.table = this.#table;
    place.state = this.#table.stateOf(table.kernelOf(state), table.beforeOf(state));
  }
}

/** All steps that are reached without reading, in the order of where they come from. */
export function reach(nfa: Nfa, from: readonly number[], before: Neighbour, after: Neighbour): Set<number> {
  const reached = new Set<number>();
  const open = [...from].reverse();
  for (let index = open.pop(); index !== undefined; index = open.pop()) {
    if (reached.has(index)) continue;
    reached.add(index);
    const step = nfa.steps[index];
    if (step?.kind === 'fork') open.push(...step.next.toReversed());
    else if (step?.kind === 'assert' && holds(step.what, before, after)) open.push(step.next);
  }
  return reached;
}

export function neighbourAt(nfa: Nfa, text: string, index: number): Neighbour {
  if (index < 0 || index >= text.length) return NOTHING;
  return nfa.classes.neighbours[nfa.classes.of[text.charCodeAt(index)] ?? 0] ?? NO_WORD;
}
