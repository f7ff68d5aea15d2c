import type { Neighbour } from './unit-classes.ts';

/** In a cell: nobody has gone there yet. */
export const UNMADE = -1;

/** States that are kept, and cells that all of them may have; about 4 MB. */
const MAX_STATES = 4_000;
const MAX_CELLS = 1_000_000;

/** The states in which nothing is under way come first, one for each neighbour. */
const IDLE_STATES = 3;

/**
 * States of an automaton and the ways between them, one number each, so that a unit of a text costs one look-up. A state is
 * the index of its first cell; the cell of a unit's class has the next state, or `endOf` it if a match ends before the unit.
 */
export class StateTable {
  cells: Int32Array;
  /** Cells of each state. */
  readonly stride: number;
  /** A state below it is idle: what has been read can't become a part of a match any more. */
  readonly idleEnd: number;
  /** Steps that the rules have come to, and what was read last, of each state. */
  readonly #states: { readonly kernel: readonly number[]; readonly before: Neighbour }[] = [];
  readonly #byKey = new Map<string, number>();
  readonly #accepts = new Map<number, readonly number[]>();

  constructor(stride: number) {
    this.stride = stride;
    this.idleEnd = IDLE_STATES * stride;
    this.cells = new Int32Array(16 * stride).fill(UNMADE);
    for (const before of [0, 1, 2] as const) this.stateOf([], before);
  }

  get isFull(): boolean {
    return this.#states.length >= MAX_STATES || (this.#states.length + 1) * this.stride > MAX_CELLS;
  }

  stateOf(kernel: readonly number[], before: Neighbour): number {
    const key = `${before} ${kernel.join()}`;
    let state = this.#byKey.get(key);
    if (state === undefined) {
      state = (this.#states.push({ kernel, before }) - 1) * this.stride;
      this.#byKey.set(key, state);
      if (state + this.stride > this.cells.length) this.#grow();
    }
    return state;
  }

  kernelOf(state: number): readonly number[] {
    return this.#states[state / this.stride]?.kernel ?? [];
  }

  beforeOf(state: number): Neighbour {
    return this.#states[state / this.stride]?.before ?? 0;
  }

  /** Rules of which a match ends before the unit of a cell. */
  acceptsAt(cell: number): readonly number[] | undefined {
    return this.#accepts.get(cell);
  }

  fill(cell: number, next: number, accepts: readonly number[]): void {
    this.cells[cell] = accepts.length === 0 ? next : endOf(next);
    if (accepts.length > 0) this.#accepts.set(cell, accepts);
  }

  #grow(): void {
    const grown = new Int32Array(this.cells.length * 2).fill(UNMADE);
    grown.set(this.cells);
    this.cells = grown;
  }
}

/** A state as it stands in a cell where a match ends; of such a number, the state. */
export function endOf(state: number): number {
  return UNMADE - 1 - state;
}
