import type { DfaState } from './dfa.ts';
import type { Neighbour } from './nfa.ts';
import { NOTHING } from './nfa.ts';
import type { Match, RuleSet } from './rule-set.ts';

/** Steps that may be spent for each unit of a text on finding the first live one among several beginnings. */
const STEPS_PER_UNIT = 8;

/**
 * Looks for rules in a text that comes in pieces. What it finds depends on the text alone, not on where it was cut: the text
 * falls into stretches at the places where no rule is under way, and a stretch is judged once it is whole.
 */
export class TextScanner {
  readonly #rules: RuleSet;
  readonly #onMatch: (match: Match) => void;
  #state: DfaState;
  /** What has come since `safe`. */
  #held = '';
  #before: Neighbour = NOTHING;
  /** Rules that have matched in the held text. */
  #accepted: Set<number> | undefined;
  /** Length of the text up to which all is decided. */
  safe = 0;
  /** The run from `safe` on alone: as long as it lives, the held text may become a match as a whole. */
  #anchor: { state: DfaState; at: number } | undefined;
  #steps = 0;

  constructor(rules: RuleSet, onMatch: (match: Match) => void) {
    this.#rules = rules;
    this.#onMatch = onMatch;
    this.#state = rules.dfa.startAfter(NOTHING);
  }

  /** Takes the next piece; matches are told with places in the whole text. */
  feed(piece: string): void {
    const { dfa } = this.#rules;
    const { classOf } = dfa.nfa;
    const text = this.#held === '' ? piece : this.#held + piece;
    let state = this.#state;
    let from = 0;
    let idle: DfaState | undefined;
    for (let at = this.#held.length; at < text.length; at += 1) {
      const unitClass = classOf[text.charCodeAt(at)] as number;
      const next = state.next[unitClass] ?? dfa.step(state, unitClass);
      const accepted = state.accepts[unitClass];
      if (accepted !== undefined) this.#accept(accepted);
      state = next;
      if (!next.isIdle) continue;
      if (this.#accepted !== undefined) {
        if (idle !== undefined) this.#before = idle.before;
        this.#judge(text.slice(from, at + 1), from, false);
      }
      from = at + 1;
      idle = next;
    }
    if (idle !== undefined) {
      this.#before = idle.before;
      this.#anchor = undefined;
    }
    this.#state = state;
    this.safe += from;
    this.#held = from === 0 ? text : text.slice(from);
    if (this.#held !== '' && this.#accepted === undefined) this.#release(piece.length);
  }

  /** Nothing comes any more. */
  end(): void {
    const { dfa } = this.#rules;
    dfa.step(this.#state, dfa.nfa.classes);
    const accepted = this.#state.accepts[dfa.nfa.classes];
    if (accepted !== undefined) this.#accept(accepted);
    if (this.#accepted !== undefined) this.#judge(this.#held, 0, true);
    this.safe += this.#held.length;
    this.#held = '';
    this.#state = dfa.startAfter(NOTHING);
  }

  #accept(rules: readonly number[]): void {
    this.#accepted ??= new Set();
    for (const rule of rules) this.#accepted.add(rule);
  }

  #judge(text: string, offset: number, isEnd: boolean): void {
    const accepted = this.#accepted ?? [];
    this.#accepted = undefined;
    const base = this.safe + offset;
    for (const { rule, start, end, text: matched } of this.#rules.find(accepted, text, this.#before, isEnd)) {
      this.#onMatch({ rule, start: base + start, end: base + end, text: matched });
    }
  }

  /** Moves `safe` to the first place from which a rule is still under way; nothing has matched before it. */
  #release(added: number): void {
    const { anchored } = this.#rules;
    const { classOf, neighbourOf } = anchored.nfa;
    const text = this.#held;
    let start = 0;
    let { state, at } = this.#anchor ?? { state: anchored.startAfter(this.#before), at: 0 };
    this.#steps = Math.min(this.#steps + added * STEPS_PER_UNIT, 65_536);
    while (at < text.length && this.#steps > 0) {
      this.#steps -= 1;
      state = anchored.step(state, classOf[text.charCodeAt(at)] as number);
      at += 1;
      if (!state.isIdle) continue;
      this.#before = neighbourOf[classOf[text.charCodeAt(start)] as number] as Neighbour;
      start += 1;
      at = start;
      state = anchored.startAfter(this.#before);
    }
    this.safe += start;
    this.#held = start === 0 ? text : text.slice(start);
    this.#anchor = { state, at: at - start };
  }
}
