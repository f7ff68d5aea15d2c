import type { Edit } from '../edits.ts';
import { applied, jsonEscaped, mergedEdits } from '../edits.ts';
import type { Tally } from '../guard-report.ts';
import type { GuardSelection } from '../guard-selection.ts';
import type { GuardMatch, GuardRule, GuardScanner } from '../joint-rules.ts';
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
  /** What guards of the whole have found in a text, by its key. */
  edits(key: string): readonly Edit[];
}

/** One of the texts, which is told what of it may leave. */
export interface RunPart {
  readonly key: string;
  /** `text` leaves in place of so much of what came. */
  decide(text: string, rawLength: number, isEdited: boolean): void;
}

/** A stretch of the joined text, which one part tells. */
interface Segment {
  readonly channel: RunPart;
  readonly start: number;
}

const NONE: readonly GuardScanner[] = [];

/**
 * Texts of a streamed answer that are read as one, part by part and together, as whole answers are: most are of one part.
 * Places are those of the joined text.
 */
export class ChannelRun {
  readonly #facts: StreamFacts;
  readonly #isJson: boolean;
  /** Of the text as it goes on over its parts. What only flags is told, and holds nothing. */
  readonly #following: readonly GuardScanner[];
  readonly #flagging: readonly GuardScanner[];
  readonly #originals: TextScanner | JsonScanner | undefined;
  /** The same of a further part by itself. */
  #followingAlone = NONE;
  #flaggingAlone = NONE;
  /** What is not decided, in the order in which it came. */
  #segments: Segment[] = [];
  #isPartOpen = false;
  #hasEnded = false;
  /** Raw text that is not decided. */
  #held = '';
  /** Length of the raw text that is. */
  #left = 0;
  #edits: Edit[] = [];
  /** From here on nothing leaves any more. */
  #blockedAt = Number.POSITIVE_INFINITY;
  /** To where each rule has been told of: what it finds in a part and over its end is one. */
  readonly #told = new Map<GuardRule, number>();

  constructor(facts: StreamFacts, isJson: boolean) {
    this.#facts = facts;
    this.#isJson = isJson;
    this.#following = this.#followers(0);
    this.#flagging = this.#flaggers(0);
    if (facts.placeholders?.isEmpty === false) this.#originals = this.#placeholderScanner(facts.placeholders);
  }

  /** Takes the next piece of a channel; each is told what of it may leave. */
  feed(channel: RunPart, piece: string): void {
    if (!this.#isPartOpen || this.#segments.at(-1)?.channel !== channel) this.#begin(channel);
    this.#countSize(piece);
    this.#held += piece;
    for (const scanner of this.#flagging) scanner.feed(piece);
    for (const scanner of this.#flaggingAlone) scanner.feed(piece);
    for (const scanner of this.#following) scanner.feed(piece);
    for (const scanner of this.#followingAlone) scanner.feed(piece);
    this.#originals?.feed(piece);
    this.#release();
  }

  /** Nothing more comes for the channel, if it is the last; another part may follow. */
  endPart(channel: RunPart): void {
    if (!this.#isPartOpen || this.#segments.at(-1)?.channel !== channel) return;
    this.#endPart();
    this.#release();
  }

  /** Nothing comes any more. */
  end(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    if (this.#isPartOpen) this.#endAlone();
    this.#isPartOpen = false;
    for (const scanner of this.#flagging) scanner.end();
    for (const scanner of this.#following) scanner.end();
    this.#originals?.end();
    this.#release();
  }

  #begin(channel: RunPart): void {
    if (this.#isPartOpen) this.#endPart();
    const start = this.#left + this.#held.length;
    this.#isPartOpen = true;
    this.#hasEnded = false;
    this.#segments.push({ channel, start });
    if (start > 0) {
      this.#followingAlone = this.#followers(start);
      this.#flaggingAlone = this.#flaggers(start);
    }
    for (const edit of this.#facts.edits(channel.key)) {
      this.#edits.push({ ...edit, start: edit.start + start, end: edit.end + start });
    }
  }

  /** A first part has been read alone so far; what it holds may end with it, or go on. */
  #endPart(): void {
    this.#isPartOpen = false;
    if (this.#segments.at(-1)?.start === 0) {
      for (const scanner of this.#flagging) scanner.endHere();
      for (const scanner of this.#following) scanner.endHere();
    }
    this.#endAlone();
  }

  #endAlone(): void {
    for (const scanner of this.#flaggingAlone) scanner.end();
    for (const scanner of this.#followingAlone) scanner.end();
    this.#flaggingAlone = NONE;
    this.#followingAlone = NONE;
  }

  #release(): void {
    let safe = Math.min(this.#left + this.#held.length, this.#blockedAt);
    for (const scanner of this.#following) safe = Math.min(safe, scanner.safe);
    const [alone] = this.#followingAlone;
    if (alone !== undefined) safe = Math.min(safe, this.#safeAlone());
    if (this.#originals !== undefined) safe = Math.min(safe, this.#originals.safe);
    if (safe <= this.#left) return;
    const [only] = this.#segments;
    if (this.#edits.length === 0 && this.#segments.length === 1 && only !== undefined) {
      only.channel.decide(this.#held.slice(0, safe - this.#left), safe - this.#left, false);
      this.#leave(safe);
    } else this.#releaseEdited(safe);
  }

  #safeAlone(): number {
    const start = this.#segments.at(-1)?.start ?? 0;
    return start + Math.min(...this.#followingAlone.map(({ safe }) => safe));
  }

  /** An edit leaves as a whole, or not yet; over several parts it stands where it begins. */
  #releaseEdited(limit: number): void {
    const edits = mergedEdits(this.#edits);
    const cut = edits.find(({ start, end }) => start < limit && end > limit);
    const safe = cut === undefined ? limit : cut.start;
    const leaving = edits.filter(({ end }) => end <= safe);
    this.#edits = this.#edits.filter(({ start, end }) => end > safe || start >= safe);
    for (const [index, { channel, start }] of this.#segments.entries()) {
      const from = Math.max(start, this.#left);
      const to = Math.min(this.#segments[index + 1]?.start ?? safe, safe);
      if (to <= from) continue;
      const inside = leaving.filter((edit) => edit.start < to && edit.end > from);
      const moved = inside.map((edit) => ({
        kind: edit.kind,
        start: Math.max(edit.start, from) - from,
        end: Math.min(edit.end, to) - from,
        text: edit.start < from ? '' : edit.text,
      }));
      const raw = this.#held.slice(from - this.#left, to - this.#left);
      channel.decide(
        applied(raw, moved, (_, kind) => maskOf(kind)),
        to - from,
        inside.length > 0,
      );
    }
    this.#leave(safe);
  }

  /** Segments of which nothing is left to decide are forgotten, but for the last. */
  #leave(safe: number): void {
    this.#held = this.#held.slice(safe - this.#left);
    this.#left = safe;
    while ((this.#segments[1]?.start ?? Number.POSITIVE_INFINITY) <= safe) this.#segments.shift();
  }

  #followers(offset: number): readonly GuardScanner[] {
    return this.#facts.selection.following?.scanners(this.#isJson, (match) => this.#found(match, offset)) ?? NONE;
  }

  #flaggers(offset: number): readonly GuardScanner[] {
    return this.#facts.selection.flagging?.scanners(this.#isJson, (match) => this.#count(match, offset)) ?? NONE;
  }

  #found(match: GuardMatch, offset: number): void {
    const { guard, kind } = match.rule;
    const start = match.start + offset;
    this.#count(match, offset);
    if (guard.plan.mode === 'block') this.#blockedAt = Math.min(this.#blockedAt, start);
    if (guard.plan.mode === 'redact') this.#edits.push({ start, end: match.end + offset, kind });
  }

  #count({ rule, start, end }: GuardMatch, offset: number): void {
    const known = this.#told.get(rule) ?? 0;
    if (start + offset >= known) this.#facts.tally.add(rule.guard, rule.kind);
    this.#told.set(rule, Math.max(known, end + offset));
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
