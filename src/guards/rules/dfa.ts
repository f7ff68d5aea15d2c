import { holds, type Neighbour, type Nfa, NO_WORD, NOTHING, WORD } from './nfa.ts';

/** Where all rules stand after what was read; made when it is first reached. */
export class DfaState {
  /** Steps that a rule has come to. */
  readonly kernel: readonly number[];
  readonly before: Neighbour;
  /** By the class of the next unit. */
  readonly next: (DfaState | undefined)[];
  /** Rules of which a match ends here, by the class of what comes next. */
  readonly accepts: (readonly number[] | undefined)[];
  /** No rule is under way: what has been read can't become a part of a match any more. */
  readonly isIdle: boolean;

  constructor(kernel: readonly number[], before: Neighbour, classes: number) {
    this.kernel = kernel;
    this.before = before;
    this.isIdle = kernel.length === 0;
    this.next = new Array<DfaState | undefined>(classes + 1).fill(undefined);
    this.accepts = new Array<readonly number[] | undefined>(classes + 1).fill(undefined);
  }
}

/** States that are kept; beyond it all are forgotten and made anew. */
const MAX_STATES = 4000;
const NO_RULES: readonly number[] = [];

/**
 * A deterministic automaton of the rules, made as far as texts ask for it: one look-up for each unit of a text. Not anchored,
 * a match may begin at each place; anchored, only where the run began.
 */
export class Dfa {
  readonly nfa: Nfa;
  readonly #starts: readonly number[];
  readonly #isAnchored: boolean;
  #states = new Map<string, DfaState>();

  constructor(nfa: Nfa, anchoredAt?: readonly number[]) {
    this.nfa = nfa;
    this.#isAnchored = anchoredAt !== undefined;
    this.#starts = anchoredAt ?? nfa.starts;
  }

  /** The state at a place where nothing is under way, or, of an anchored one, where the run begins. */
  startAfter(before: Neighbour): DfaState {
    return this.#stateOf(this.#isAnchored ? this.#starts : NO_RULES, before);
  }

  /** The state after a unit of the class; what ends before that unit stands in `accepts` of the old state. */
  step(state: DfaState, unitClass: number): DfaState {
    return state.next[unitClass] ?? this.#make(state, unitClass);
  }

  #make(state: DfaState, unitClass: number): DfaState {
    const { nfa } = this;
    const after: Neighbour = unitClass === nfa.classes ? NOTHING : (nfa.neighbourOf[unitClass] ?? NO_WORD);
    const reached = reach(nfa, this.#isAnchored ? state.kernel : [...state.kernel, ...this.#starts], state.before, after);
    const kernel = new Set<number>();
    const accepts = new Set<number>();
    for (const index of reached) {
      const step = nfa.steps[index];
      if (step?.kind === 'accept') accepts.add(step.rule);
      else if (step?.kind === 'read' && nfa.reads(index, unitClass)) kernel.add(step.next);
    }
    const next = this.#stateOf(
      [...kernel].sort((a, b) => a - b),
      after,
    );
    state.next[unitClass] = next;
    if (accepts.size > 0) state.accepts[unitClass] = [...accepts];
    return next;
  }

  #stateOf(kernel: readonly number[], before: Neighbour): DfaState {
    const key = `${before} ${kernel.join()}`;
    let state = this.#states.get(key);
    if (state === undefined) {
      if (this.#states.size >= MAX_STATES) this.#forget();
      state = new DfaState(kernel, before, this.nfa.classes);
      this.#states.set(key, state);
    }
    return state;
  }

  /** Who stands on a state that is forgotten goes on with it; only its ways lead to new ones. */
  #forget(): void {
    for (const state of this.#states.values()) {
      state.next.fill(undefined);
      state.accepts.fill(undefined);
    }
    this.#states = new Map();
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
  return nfa.neighbourOf[nfa.classOf[text.charCodeAt(index)] ?? 0] ?? WORD;
}
