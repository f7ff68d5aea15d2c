import { isIdle, neighbourAt, type Place } from './dfa.ts';
import type { Match, Rule, RuleSet } from './rule-set.ts';
import { atOnce, type Steps } from './steps.ts';
import { type Neighbour, NOTHING } from './unit-classes.ts';

/** Steps that may be spent for each unit of a text on finding the first live one among several beginnings. */
const STEPS_PER_UNIT = 8;
/** Matches that are told in one step. */
const MATCHES_PER_STEP = 4_096;

/**
 * Looks for rules in a text that comes in pieces. What it finds depends on the text alone, not on where it was cut: the text
 * falls into stretches at the places if no rule is under way, and a stretch is judged once it is whole.
 */
export class TextScanner<R extends Rule = Rule> {
  readonly #rules: RuleSet<R>;
  readonly #onMatch: (match: Match<R>) => void;
  #place: Place;
  /** What has come since `safe`. */
  #held = '';
  #before: Neighbour = NOTHING;
  /** Rules that have matched in the held text. */
  #accepted: Set<number> | undefined;
  /** In which matches are still to be told. */
  #stretches: Stretch[] | undefined;
  /** Length of the text up to which all is decided. */
  safe = 0;
  /** The run from `safe` on alone: as long as it lives, the held text may become a match as a whole. */
  #anchor: { readonly place: Place; at: number } | undefined;
  #steps = 0;

  constructor(rules: RuleSet<R>, onMatch: (match: Match<R>) => void) {
    this.#rules = rules;
    this.#onMatch = onMatch;
    this.#place = rules.dfa.startAfter(NOTHING);
  }

  /** Takes the next piece; matches are told with places in the whole text. */
  feed(piece: string): void {
    this.take(piece);
    if (this.#stretches !== undefined) atOnce(this.judge());
  }

  /** Nothing comes any more. */
  end(): void {
    this.takeEnd();
    if (this.#stretches !== undefined) atOnce(this.judge());
  }

  /** The next piece, whose matches `judge` tells. */
  take(piece: string): void {
    const { dfa } = this.#rules;
    const classOf = dfa.nfa.classes.of;
    const text = this.#held === '' ? piece : this.#held + piece;
    const place = this.#place;
    let { state } = place;
    let { cells, idleEnd } = place.table;
    let from = 0;
    for (let at = this.#held.length; at < text.length; at += 1) {
      const unitClass = classOf[text.charCodeAt(at)] as number;
      const next = cells[state + unitClass] as number;
      if (next >= 0) state = next;
      else {
        place.state = state;
        this.#accept(dfa.step(place, unitClass));
        ({ state } = place);
        ({ cells, idleEnd } = place.table);
      }
      if (state >= idleEnd) continue;
      if (this.#accepted !== undefined) this.#put(text, from, at + 1);
      from = at + 1;
    }
    place.state = state;
    this.#keep(text, from, piece.length);
  }

  /** The end, before which `judge` tells the last matches. */
  takeEnd(): void {
    const { dfa } = this.#rules;
    this.#accept(dfa.step(this.#place, dfa.nfa.classes.count));
    if (this.#accepted !== undefined) this.#put(this.#held, 0, undefined);
    this.safe += this.#held.length;
    this.#held = '';
    this.#before = NOTHING;
    this.#place = dfa.startAfter(NOTHING);
  }

  /** Tells what is found if the text ends here, and goes on as if it did not. */
  endHere(): void {
    const alone = this.fork();
    alone.end();
  }

  /** Another one that has read the same, and tells the same listener. */
  fork(): TextScanner<R> {
    const fork = new TextScanner(this.#rules, this.#onMatch);
    fork.#place = { ...this.#place };
    fork.#held = this.#held;
    fork.#before = this.#before;
    fork.#accepted = this.#accepted && new Set(this.#accepted);
    fork.safe = this.safe;
    return fork;
  }

  /** Holds what is not decided: the text from a place on. */
  #keep(text: string, from: number, added: number): void {
    if (from > 0) {
      this.#before = neighbourAt(this.#rules.dfa.nfa, text, from - 1);
      this.#anchor = undefined;
    }
    this.safe += from;
    this.#held = from === 0 ? text : text.slice(from);
    if (this.#held !== '' && this.#accepted === undefined) this.#release(added);
  }

  #accept(rules: readonly number[] | undefined): void {
    if (rules === undefined) return;
    this.#accepted ??= new Set();
    for (const rule of rules) this.#accepted.add(rule);
  }

  /** Tells the matches in what was taken. */
  *judge(): Steps<void> {
    const stretches = this.#stretches ?? [];
    this.#stretches = undefined;
    for (const { accepted, text, before, isEnd, at } of stretches) {
      const found = yield* this.#rules.find(accepted, text, before, isEnd);
      for (const [index, match] of found.entries()) {
        this.#onMatch({ ...match, start: at + match.start, end: at + match.end });
        if (index % MATCHES_PER_STEP === MATCHES_PER_STEP - 1) yield MATCHES_PER_STEP;
      }
    }
  }

  /** A stretch of a text that begins where the held one does, in which something matches; without an end, to the end of all. */
  #put(text: string, from: number, end: number | undefined): void {
    const accepted = this.#accepted ?? [];
    this.#accepted = undefined;
    const before = from === 0 ? this.#before : neighbourAt(this.#rules.dfa.nfa, text, from - 1);
    this.#stretches ??= [];
    this.#stretches.push({ accepted, text: text.slice(from, end), before, isEnd: end === undefined, at: this.safe + from });
  }

  /** Moves `safe` to the first place from which a rule is still under way; nothing has matched before it. */
  #release(added: number): void {
    const { anchored } = this.#rules;
    const { of: classOf, neighbours } = anchored.nfa.classes;
    const text = this.#held;
    let start = 0;
    let { place, at } = this.#anchor ?? { place: anchored.startAfter(this.#before), at: 0 };
    this.#steps = Math.min(this.#steps + added * STEPS_PER_UNIT, 65_536);
    while (at < text.length && this.#steps > 0) {
      this.#steps -= 1;
      anchored.step(place, classOf[text.charCodeAt(at)] as number);
      at += 1;
      if (!isIdle(place)) continue;
      this.#before = neighbours[classOf[text.charCodeAt(start)] as number] as Neighbour;
      start += 1;
      at = start;
      place = anchored.startAfter(this.#before);
    }
    this.safe += start;
    this.#held = start === 0 ? text : text.slice(start);
    this.#anchor = { place, at: at - start };
  }
}

/** A piece of a text in which rules have matched, and nothing is under way at its ends. */
interface Stretch {
  readonly accepted: Iterable<number>;
  readonly text: string;
  readonly before: Neighbour;
  /** Nothing comes after it. */
  readonly isEnd: boolean;
  /** Where it begins in the whole text. */
  readonly at: number;
}
