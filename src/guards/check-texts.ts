import type { Cancellation } from '../core/cancellation.ts';
import type { GuardFinding, GuardPart } from '../core/guard.ts';
import type { MaybePromise } from '../core/maybe-promise.ts';
import { isArgumentsRun, type TextRun } from './content/text-run.ts';
import { type Edit, jsonEscaped, mergedEdits } from './edits.ts';
import type { Tally } from './guard-report.ts';
import type { GuardGroup } from './guard-selection.ts';
import type { GuardMatch, GuardRule, JointRules } from './joint-rules.ts';
import type { Placeholders } from './placeholders.ts';
import { placeholderRules } from './placeholders.ts';
import type { ReadyGuard } from './ready-guard.ts';
import { JsonScanner } from './rules/json-scanner.ts';
import { atOnce, inTurns, type Steps } from './rules/steps.ts';
import { TextScanner } from './rules/text-scanner.ts';

/** What a finding may be called, since everybody is told of it: a word, not a text. */
const KIND = /^[A-Za-z][\w-]{0,63}$/;
const UNNAMED = 'finding';

/** Edits of each run of texts, by its index. */
export type EditsByRun = (Edit[] | undefined)[];

/** A longer input or answer is read while others have their turns, in UTF-16 units. */
const AT_ONCE = 32_768;
/** Pieces that are hidden in one input or answer; one with more is refused. */
const MOST_HIDDEN = 50_000;

/** How the guards of a call are asked. */
export interface GuardAsking {
  ask(guard: ReadyGuard, parts: readonly GuardPart[]): MaybePromise<readonly GuardFinding[]>;
  /** Of the call: nobody waits for an answer any more. */
  readonly cancellation: Cancellation;
}

/**
 * Lets every guard look at whole texts, side by side; what they find is counted, and what is to be hidden given back as
 * edits. Synchronous if each guard is and the texts are short. `isJson`: texts that are no arguments of tools are JSON, too.
 */
export function checkTexts(
  { guards, rules }: GuardGroup,
  runs: readonly TextRun[],
  tally: Tally,
  asking: GuardAsking,
  isJson: boolean,
): MaybePromise<EditsByRun> {
  const edits: EditsByRun = [];
  let waiting: Promise<void>[] | undefined;
  if (rules !== undefined) {
    const steps = scanRuns(rules, runs, isJson, edits, counting(tally));
    if (charactersOf(runs) > AT_ONCE) waiting = [inTurns(steps, asking.cancellation)];
    else atOnce(steps);
  }
  for (const guard of guards) {
    const { check } = guard;
    if (check.by === 'size') checkSize(guard, check.maxCharacters, runs, tally);
    if (check.by !== 'content') continue;
    const found = asking.ask(guard, partsOf(runs));
    if (found instanceof Promise) {
      waiting ??= [];
      waiting.push(found.then((findings) => take(guard, findings, runs, tally, edits)));
    } else take(guard, found, runs, tally, edits);
  }
  return waiting === undefined ? edits : Promise.all(waiting).then(() => edits);
}

/** What one guard sees: copies, so that nothing that it does to them reaches the others, or what is sent. */
function partsOf(runs: readonly TextRun[]): GuardPart[] {
  return runs.flatMap(({ isEcho, parts }) => (isEcho ? [] : parts.map(({ part }) => ({ ...part }))));
}

/** The same by the guards' rules alone. */
export function checkRules(
  rules: JointRules,
  runs: readonly TextRun[],
  isJson: boolean,
  edits: EditsByRun,
  count: (guard: ReadyGuard, kind: string) => void,
): void {
  const counted = (guard: ReadyGuard, kind: string) => {
    count(guard, kind);
    return true;
  };
  atOnce(scanRuns(rules, runs, isJson, edits, counted));
}

/** Counts what is found, and says whether it can still be hidden. */
function counting(tally: Tally): (guard: ReadyGuard, kind: string) => boolean {
  let hidden = 0;
  return (guard, kind) => {
    tally.add(guard, kind);
    if (guard.plan.mode === 'redact') hidden += 1;
    if (hidden === MOST_HIDDEN + 1) tally.refuse(guard, 'too-many');
    return !tally.blocks;
  };
}

function* scanRuns(
  rules: JointRules,
  runs: readonly TextRun[],
  isJson: boolean,
  edits: EditsByRun,
  count: (guard: ReadyGuard, kind: string) => boolean,
): Steps<void> {
  for (const [index, run] of runs.entries()) {
    if (run.isEcho) continue;
    yield* scanRun(rules, run, isJson || isArgumentsRun(run), ({ rule, start, end }) => {
      const isKept = count(rule.guard, rule.kind);
      if (isKept && rule.guard.plan.mode === 'redact') addEdit(edits, index, { start, end, kind: rule.kind });
    });
  }
}

/** Parts are read each by itself and together: what stands in one of them, and what begins in one and ends in another. */
function* scanRun(
  rules: JointRules,
  { text, parts, starts }: TextRun,
  isJson: boolean,
  onMatch: (match: GuardMatch) => void,
): Steps<void> {
  if (parts.length === 1) {
    yield* rules.scan(text, isJson, onMatch);
    return;
  }
  const found: GuardMatch[] = [];
  yield* rules.scan(text, isJson, (match) => found.push(match));
  for (const [index, { part }] of parts.entries()) {
    const offset = starts[index] ?? 0;
    yield* rules.scan(part.text, isJson, (match) =>
      found.push({ ...match, start: match.start + offset, end: match.end + offset }),
    );
  }
  for (const match of withoutRepeats(found)) onMatch(match);
}

/** What a rule has found twice, or of which it has found a piece, counts once. */
function withoutRepeats(found: readonly GuardMatch[]): GuardMatch[] {
  const last = new Map<GuardRule, number>();
  const distinct: GuardMatch[] = [];
  for (const match of [...found].sort((a, b) => a.start - b.start || b.end - a.end)) {
    const place = last.get(match.rule);
    const known = place === undefined ? undefined : distinct[place];
    if (place === undefined || known === undefined || match.start >= known.end) {
      last.set(match.rule, distinct.push(match) - 1);
    } else if (match.end > known.end) distinct[place] = { ...known, end: match.end };
  }
  return distinct;
}

function checkSize(guard: ReadyGuard, maxCharacters: number, runs: readonly TextRun[], tally: Tally): void {
  if (charactersOf(runs) > maxCharacters) tally.add(guard, 'too-long');
}

function charactersOf(runs: readonly TextRun[]): number {
  let characters = 0;
  for (const { text, isEcho } of runs) if (!isEcho) characters += text.length;
  return characters;
}

/** Findings of the user's own guards, whose places are not trusted to be in the text. */
function take(
  guard: ReadyGuard,
  findings: readonly GuardFinding[],
  runs: readonly TextRun[],
  tally: Tally,
  edits: EditsByRun,
): void {
  for (const finding of findings) {
    const kind = KIND.test(finding.kind) ? finding.kind : UNNAMED;
    tally.add(guard, kind);
    if (guard.plan.mode === 'redact') addFinding({ ...finding, kind }, runs, edits);
  }
}

function addFinding({ kind, part, start, end }: GuardFinding, runs: readonly TextRun[], edits: EditsByRun): void {
  const shownParts = runs.reduce((sum, { parts, isEcho }) => (isEcho ? sum : sum + parts.length), 0);
  const isUnknown = part !== undefined && !(Number.isInteger(part) && part >= 0 && part < shownParts);
  let place = 0;
  for (const [index, { parts, starts, isEcho }] of runs.entries()) {
    if (isEcho) continue;
    for (const [which, { part: shown }] of parts.entries()) {
      const isMeant = part === undefined || isUnknown || part === place;
      place += 1;
      if (!isMeant) continue;
      const offset = starts[which] ?? 0;
      const [from, to] = isUnknown ? [0, shown.text.length] : spanIn(shown.text, start, end);
      if (to > from) addEdit(edits, index, { start: offset + from, end: offset + to, kind });
    }
  }
}

/** Where a finding stands, in whole characters; places that mean no piece of the text are all of it, so that nothing is let out. */
function spanIn(text: string, start = 0, end = text.length): readonly [from: number, to: number] {
  const from = Math.max(0, Math.floor(start));
  const to = Math.min(text.length, Math.ceil(end));
  if (!(to > from)) return [0, text.length];
  return [isWithinPair(text, from) ? from - 1 : from, isWithinPair(text, to) ? to + 1 : to];
}

/** Whether a place is between the two units of one character. */
function isWithinPair(text: string, place: number): boolean {
  return place > 0 && place < text.length && (text.codePointAt(place - 1) ?? 0) > 0xffff;
}

/** Puts the originals back where a placeholder stands. */
export function restore(runs: readonly TextRun[], placeholders: Placeholders, edits: EditsByRun, isJson: boolean): void {
  for (const [index, run] of runs.entries()) {
    if (!/[[\\]/.test(run.text)) continue;
    const isRead = isJson || isArgumentsRun(run);
    const Scanner = isRead ? JsonScanner : TextScanner;
    const scanner = new Scanner(placeholderRules(), ({ start, end, text, rule }) => {
      const original = placeholders.original(text);
      if (original === undefined) return;
      addEdit(edits, index, { start, end, kind: rule.kind, text: isRead ? jsonEscaped(original) : original });
    });
    scanner.feed(run.text);
    scanner.end();
  }
}

export function merged(edits: EditsByRun): EditsByRun {
  return edits.map((list) => (list === undefined ? undefined : mergedEdits(list)));
}

function addEdit(edits: EditsByRun, index: number, edit: Edit): void {
  const list = edits[index] ?? [];
  list.push(edit);
  edits[index] = list;
}
