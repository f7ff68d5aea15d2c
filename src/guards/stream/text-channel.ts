import type { Edit } from '../edits.ts';
import { applied, jsonEscaped, mergedEdits } from '../edits.ts';
import type { Tally } from '../guard-report.ts';
import type { GuardSelection } from '../guard-selection.ts';
import type { GuardMatch, GuardScanner } from '../joint-rules.ts';
import { maskOf, type Placeholders, placeholderRules } from '../placeholders.ts';
import type { ReadyGuard } from '../ready-guard.ts';
import { JsonScanner } from '../rules/json-scanner.ts';
import type { Match } from '../rules/rule-set.ts';
import { TextScanner } from '../rules/text-scanner.ts';

/** What all texts of a streamed answer share. */
export interface StreamFacts {
  readonly selection: GuardSelection;
  readonly placeholders: Placeholders | undefined;
  readonly tally: Tally;
  /** Characters that each guard of sizes has seen. */
  readonly sizes: Map<ReadyGuard, number>;
}

const NONE: readonly GuardScanner[] = [];

/** One text of a streamed answer: the content of a choice, the arguments of a tool. Nothing leaves that may become a match. */
export class TextChannel {
  readonly #facts: StreamFacts;
  readonly #isJson: boolean;
  readonly #scanners: (GuardScanner | TextScanner | JsonScanner)[];
  /** What only flags is told, and holds nothing. */
  readonly #flagging: readonly GuardScanner[];
  /** Raw text that has not left. */
  #held = '';
  /** Length of the raw text that has left. */
  #left = 0;
  #edits: Edit[];
  /** From here on nothing leaves any more. */
  #blockedAt = Number.POSITIVE_INFINITY;
  /** Whether anything was replaced in what has left. */
  isEdited = false;

  constructor(facts: StreamFacts, isJson: boolean, known: readonly Edit[]) {
    this.#facts = facts;
    this.#isJson = isJson;
    this.#edits = [...known];
    const { following, flagging } = facts.selection;
    this.#scanners = following?.scanners(isJson, (match) => this.#found(match)) ?? [];
    this.#flagging = flagging?.scanners(isJson, ({ rule }) => facts.tally.add(rule.guard, rule.kind)) ?? NONE;
    if (facts.placeholders?.isEmpty === false) this.#scanners.push(this.#placeholderScanner(facts.placeholders));
  }

  get isBlocked(): boolean {
    return this.#blockedAt < Number.POSITIVE_INFINITY;
  }

  get isHolding(): boolean {
    return this.#held !== '';
  }

  /** Takes the next piece, gives what may leave. */
  push(piece: string): string {
    this.#countSize(piece);
    this.#held += piece;
    for (const scanner of this.#flagging) scanner.feed(piece);
    for (const scanner of this.#scanners) scanner.feed(piece);
    return this.#release();
  }

  /** Nothing comes any more: gives what is left. */
  end(): string {
    for (const scanner of this.#flagging) scanner.end();
    for (const scanner of this.#scanners) scanner.end();
    return this.#release();
  }

  #release(): string {
    let safe = Math.min(this.#left + this.#held.length, this.#blockedAt);
    for (const scanner of this.#scanners) safe = Math.min(safe, scanner.safe);
    if (this.#edits.length > 0) return this.#releaseEdited(safe);
    const text = this.#held.slice(0, safe - this.#left);
    this.#held = this.#held.slice(text.length);
    this.#left = safe;
    return text;
  }

  /** An edit leaves as a whole, or not yet. */
  #releaseEdited(limit: number): string {
    const edits = mergedEdits(this.#edits);
    const cut = edits.find(({ start, end }) => start < limit && end > limit);
    const safe = cut === undefined ? limit : cut.start;
    const leaving = edits.filter(({ end }) => end <= safe);
    this.#edits = this.#edits.filter(({ start, end }) => end > safe || start >= safe);
    const moved = leaving.map((edit) => ({ ...edit, start: edit.start - this.#left, end: edit.end - this.#left }));
    const text = applied(this.#held.slice(0, safe - this.#left), moved, (_, kind) => maskOf(kind));
    if (leaving.length > 0) this.isEdited = true;
    this.#held = this.#held.slice(safe - this.#left);
    this.#left = safe;
    return text;
  }

  #found({ rule: { guard, kind }, start, end }: GuardMatch): void {
    this.#facts.tally.add(guard, kind);
    if (guard.plan.mode === 'block') this.#blockedAt = Math.min(this.#blockedAt, start);
    if (guard.plan.mode === 'redact') this.#edits.push({ start, end, kind });
  }

  #placeholderScanner(placeholders: Placeholders): TextScanner | JsonScanner {
    const onMatch = ({ rule, start, end, text }: Match) => {
      const original = placeholders.original(text);
      if (original === undefined) return;
      this.#edits.push({ start, end, kind: rule.kind, text: this.#isJson ? jsonEscaped(original) : original });
    };
    return this.#isJson ? new JsonScanner(placeholderRules(), onMatch) : new TextScanner(placeholderRules(), onMatch);
  }

  #countSize(piece: string): void {
    for (const guard of this.#facts.selection.sizing) {
      const { check, plan } = guard;
      if (check.by !== 'size') continue;
      const before = this.#facts.sizes.get(guard) ?? 0;
      this.#facts.sizes.set(guard, before + piece.length);
      const room = check.maxCharacters - before;
      if (piece.length <= room || room < 0) continue;
      this.#facts.tally.add(guard, 'too-long');
      if (plan.mode === 'block') this.#blockedAt = Math.min(this.#blockedAt, this.#left + this.#held.length + room);
    }
  }
}
