import { Dfa, isIdle, neighbourAt, reach } from './dfa.ts';
import { Nfa } from './nfa.ts';
import type { PatternNode } from './pattern-syntax.ts';
import type { Steps } from './steps.ts';
import { type Neighbour, NOTHING } from './unit-classes.ts';

/** One thing that is looked for. */
export interface Rule {
  /** What a match is reported as. */
  readonly kind: string;
  readonly pattern: PatternNode;
  /** Whether a match of the pattern really is one: a checksum, a length. */
  readonly check?: ((text: string) => boolean) | undefined;
}

/** A match in a text; `start` and `end` in UTF-16 units, the end excluded. */
export interface Match<R extends Rule = Rule> {
  readonly rule: R;
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Longest match of a rule with a check: each place is tried for itself. */
const MAX_CHECKED = 256;

/** What following a thread over a unit, all ways from one place, and a check take, in about a microsecond; at most so much is one step. */
const WORK = { thread: 1, start: 1, check: 10 } as const;
const WORK_PER_STEP = 2_000;

/**
 * Rules, made ready when a text is first read. For each rule the matches are those from the left, each as long as it can be, none over
 * another; with a check, each as long as the check allows.
 */
export class RuleSet<R extends Rule = Rule> {
  readonly rules: readonly R[];
  #nfa: Nfa | undefined;
  #dfa: Dfa | undefined;
  #anchored: Dfa | undefined;
  readonly #ofRule: (Dfa | undefined)[] = [];

  constructor(rules: readonly R[]) {
    this.rules = rules;
  }

  /** All rules at once, a match may begin anywhere. */
  get dfa(): Dfa {
    this.#dfa ??= new Dfa(this.#made());
    return this.#dfa;
  }

  /** All rules at once, from one place on. */
  get anchored(): Dfa {
    this.#anchored ??= new Dfa(this.#made(), this.#made().starts);
    return this.#anchored;
  }

  /**
   * Matches of some of the rules in a piece of a text, in which nothing is under way at its start and its end.
   * `before` is what stood before it; `isEnd`: nothing comes after it. In steps.
   */
  *find(indexes: Iterable<number>, text: string, before: Neighbour, isEnd: boolean): Steps<Match<R>[]> {
    const matches: Match<R>[] = [];
    for (const index of indexes) {
      const rule = this.rules[index];
      if (rule !== undefined) yield* this.#findRule(rule, index, text, before, isEnd, matches);
    }
    return matches.sort((a, b) => a.start - b.start || b.end - a.end);
  }

  /** Whether a rule matches the text from its start to its end. */
  matchesWhole(text: string): boolean {
    const { anchored } = this;
    const { classes } = anchored.nfa;
    const place = anchored.startAfter(NOTHING);
    for (let at = 0; at < text.length && !isIdle(place); at += 1) {
      anchored.step(place, classes.of[text.charCodeAt(at)] as number);
    }
    return anchored.step(place, classes.count) !== undefined;
  }

  *#findRule(rule: R, index: number, text: string, before: Neighbour, isEnd: boolean, into: Match<R>[]): Steps<void> {
    let from = 0;
    while (from < text.length) {
      const found = rule.check
        ? yield* this.#firstChecked(rule.check, index, text, from, before, isEnd)
        : yield* this.#first(index, text, from, before, isEnd);
      if (found === undefined) return;
      into.push({ rule, ...found, text: text.slice(found.start, found.end) });
      from = found.end;
    }
  }

  /** Of all threads that came to the same step, only the one that began first is followed: linear in the text. */
  *#first(rule: number, text: string, from: number, before: Neighbour, isEnd: boolean): Steps<Span | undefined> {
    const { nfa } = this.dfa;
    const start = nfa.starts[rule] ?? 0;
    let threads: Thread[] = [];
    let best: Span | undefined;
    let work = 0;
    for (let at = from; at < text.length || (isEnd && at === text.length); at += 1) {
      if (best === undefined) threads.push({ step: start, start: at });
      if (threads.length === 0) break;
      work += threads.length * WORK.thread;
      if (work >= WORK_PER_STEP) {
        yield work;
        work = 0;
      }
      const previous = at === 0 ? before : neighbourAt(nfa, text, at - 1);
      const unitClass = at === text.length ? nfa.classes.count : (nfa.classes.of[text.charCodeAt(at)] ?? 0);
      const next: Thread[] = [];
      const taken = new Set<number>();
      const seen = new Set<number>();
      for (const thread of threads) {
        if (best !== undefined && thread.start > best.start) continue;
        for (const step of reach(nfa, [thread.step], previous, neighbourAt(nfa, text, at))) {
          if (seen.has(step)) continue;
          seen.add(step);
          const facts = nfa.steps[step];
          if (facts?.kind === 'accept' && at > thread.start) best = { start: thread.start, end: at };
          if (facts?.kind !== 'read' || !nfa.reads(step, unitClass) || taken.has(facts.next)) continue;
          taken.add(facts.next);
          next.push({ step: facts.next, start: thread.start });
        }
      }
      threads = next;
    }
    yield work;
    return best;
  }

  *#firstChecked(
    check: (text: string) => boolean,
    rule: number,
    text: string,
    from: number,
    before: Neighbour,
    isEnd: boolean,
  ): Steps<Span | undefined> {
    let work = 0;
    for (let start = from; start < text.length; start += 1) {
      const previous = start === 0 ? before : neighbourAt(this.dfa.nfa, text, start - 1);
      const ends = this.#endsFrom(rule, text, start, previous, isEnd);
      const end = ends?.findLast((candidate) => check(text.slice(start, candidate)));
      work += WORK.start + (ends?.length ?? 0) * WORK.check;
      if (end !== undefined || work >= WORK_PER_STEP) {
        yield work;
        work = 0;
      }
      if (end !== undefined) return { start, end };
    }
    return undefined;
  }

  #endsFrom(rule: number, text: string, start: number, before: Neighbour, isEnd: boolean): number[] | undefined {
    const dfa = this.#dfaOf(rule);
    const { nfa } = dfa;
    const last = Math.min(text.length, start + MAX_CHECKED);
    let ends: number[] | undefined;
    const place = dfa.startAfter(before);
    for (let at = start; at < last || (isEnd && at === text.length); at += 1) {
      const unitClass = at === text.length ? nfa.classes.count : (nfa.classes.of[text.charCodeAt(at)] ?? 0);
      const accepts = dfa.step(place, unitClass);
      if (at > start && accepts !== undefined) {
        ends ??= [];
        ends.push(at);
      }
      if (isIdle(place)) break;
    }
    return ends;
  }

  #made(): Nfa {
    this.#nfa ??= new Nfa(this.rules.map(({ pattern }) => pattern));
    return this.#nfa;
  }

  #dfaOf(rule: number): Dfa {
    const { nfa } = this.dfa;
    const dfa = this.#ofRule[rule] ?? new Dfa(nfa, [nfa.starts[rule] ?? 0]);
    this.#ofRule[rule] = dfa;
    return dfa;
  }
}

interface Thread {
  readonly step: number;
  readonly start: number;
}

interface Span {
  readonly start: number;
  readonly end: number;
}
