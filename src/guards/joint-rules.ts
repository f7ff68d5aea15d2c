import type { ReadyGuard } from './ready-guard.ts';
import { JsonScanner } from './rules/json-scanner.ts';
import { readWhole } from './rules/read-whole.ts';
import { type Match, type Rule, RuleSet } from './rules/rule-set.ts';
import type { Steps } from './rules/steps.ts';
import { TextScanner } from './rules/text-scanner.ts';

/** A rule, and the guard that looks for it. */
export interface GuardRule extends Rule {
  readonly guard: ReadyGuard;
}

export type GuardMatch = Match<GuardRule>;
export type GuardScanner = TextScanner<GuardRule> | JsonScanner<GuardRule>;

/** Times that the states of all rules together may outgrow their table before each guard reads texts by itself. */
const MAX_RENEWALS = 1;

/** The rules of several guards, as one: a text is read once for all of them. What is found is what each would find alone. */
export class JointRules {
  readonly #guards: readonly ReadyGuard[];
  readonly #joint: RuleSet<GuardRule>;
  #alone: readonly RuleSet<GuardRule>[] | undefined;

  constructor(guards: readonly ReadyGuard[]) {
    this.#guards = guards;
    this.#joint = new RuleSet(guards.flatMap(rulesOf));
  }

  /** What reads one text for all guards; tells the matches that no guard allows. `isJson`: it is read by what it says. */
  scanners(isJson: boolean, onMatch: (match: GuardMatch) => void): GuardScanner[] {
    const tell = (match: GuardMatch) => {
      const { check } = match.rule.guard;
      if (check.by === 'rules' && check.allow?.matchesWhole(match.text)) return;
      onMatch(match);
    };
    return this.#sets().map((rules) => (isJson ? new JsonScanner(rules, tell) : new TextScanner(rules, tell)));
  }

  /** Tells what is in a whole text. */
  *scan(text: string, isJson: boolean, onMatch: (match: GuardMatch) => void): Steps<void> {
    for (const scanner of this.scanners(isJson, onMatch)) yield* readWhole(scanner, text);
  }

  #sets(): readonly RuleSet<GuardRule>[] {
    if (this.#guards.length === 1 || this.#joint.dfa.renewals <= MAX_RENEWALS) return [this.#joint];
    this.#alone ??= this.#guards.map((guard) => new RuleSet(rulesOf(guard)));
    return this.#alone;
  }
}

function rulesOf(guard: ReadyGuard): GuardRule[] {
  return guard.check.by === 'rules' ? guard.check.rules.rules.map((rule) => ({ ...rule, guard })) : [];
}
