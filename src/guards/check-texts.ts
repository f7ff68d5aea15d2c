import type { GuardFinding, GuardPart } from '../core/guard.ts';
import type { MaybePromise } from '../core/maybe-promise.ts';
import { type FoundText, isArguments } from './content/read-texts.ts';
import { type Edit, jsonEscaped, mergedEdits } from './edits.ts';
import type { Tally } from './findings.ts';
import type { Placeholders } from './placeholders.ts';
import { PLACEHOLDER_RULES } from './placeholders.ts';
import type { ReadyGuard } from './ready-guard.ts';
import { JsonScanner } from './rules/json-scanner.ts';
import type { Match, RuleSet } from './rules/rule-set.ts';
import { TextScanner } from './rules/text-scanner.ts';

/** Edits of each text, by its index. */
export type EditsByPart = (Edit[] | undefined)[];

export type AskGuard = (guard: ReadyGuard, parts: readonly GuardPart[]) => MaybePromise<readonly GuardFinding[]>;

/**
 * Lets every guard look at whole texts, side by side; what they find is counted, and what is to be hidden given back as
 * edits. Synchronous where each guard is. `isJson`: texts that are no arguments of tools are JSON, too.
 */
export function checkTexts(
  guards: readonly ReadyGuard[],
  texts: readonly FoundText[],
  tally: Tally,
  ask: AskGuard,
  isJson: boolean,
): MaybePromise<EditsByPart> {
  const edits: EditsByPart = [];
  let waiting: Promise<void>[] | undefined;
  let parts: GuardPart[] | undefined;
  for (const guard of guards) {
    const { check } = guard;
    if (check.by === 'rules') checkByRules(guard, check.rules, check.allow, texts, isJson, tally, edits);
    else if (check.by === 'size') checkSize(guard, check.maxCharacters, texts, tally);
    else {
      parts ??= texts.map(({ part }) => part);
      const shown = parts;
      const found = ask(guard, shown);
      if (found instanceof Promise) {
        waiting ??= [];
        waiting.push(found.then((findings) => take(guard, findings, shown, tally, edits)));
      } else take(guard, found, shown, tally, edits);
    }
  }
  return waiting === undefined ? edits : Promise.all(waiting).then(() => edits);
}

function checkByRules(
  guard: ReadyGuard,
  rules: RuleSet,
  allow: RuleSet | undefined,
  texts: readonly FoundText[],
  isJson: boolean,
  tally: Tally,
  edits: EditsByPart,
): void {
  for (const [index, found] of texts.entries()) {
    scan(rules, found, isJson, ({ rule, start, end, text }) => {
      if (allow?.matchesWhole(text)) return;
      tally.add(guard, rule.kind);
      if (guard.plan.mode === 'redact') addEdit(edits, index, { start, end, kind: rule.kind });
    });
  }
}

function checkSize(guard: ReadyGuard, maxCharacters: number, texts: readonly FoundText[], tally: Tally): void {
  let characters = 0;
  for (const { part } of texts) characters += part.text.length;
  if (characters > maxCharacters) tally.add(guard, 'too-long');
}

/** Findings of the user's own guards, whose places are not trusted to be in the text. */
function take(
  guard: ReadyGuard,
  findings: readonly GuardFinding[],
  parts: readonly GuardPart[],
  tally: Tally,
  edits: EditsByPart,
): void {
  for (const { kind, part, start, end } of findings) {
    tally.add(guard, kind);
    if (guard.plan.mode !== 'redact') continue;
    for (const [index, { text }] of parts.entries()) {
      if (part !== undefined && part !== index) continue;
      const from = Math.max(0, Math.min(start ?? 0, text.length));
      const to = Math.max(from, Math.min(end ?? text.length, text.length));
      if (to > from) addEdit(edits, index, { start: from, end: to, kind });
    }
  }
}

/** Puts the originals back where a placeholder stands. */
export function restore(texts: readonly FoundText[], placeholders: Placeholders, edits: EditsByPart, isJson: boolean): void {
  for (const [index, found] of texts.entries()) {
    if (!/[[\\]/.test(found.part.text)) continue;
    scan(PLACEHOLDER_RULES, found, isJson, ({ start, end, text, rule }) => {
      const original = placeholders.original(text);
      if (original === undefined) return;
      const shown = isJson || isArguments(found) ? jsonEscaped(original) : original;
      addEdit(edits, index, { start, end, kind: rule.kind, text: shown });
    });
  }
}

export function merged(edits: EditsByPart): EditsByPart {
  return edits.map((list) => (list === undefined ? undefined : mergedEdits(list)));
}

function addEdit(edits: EditsByPart, index: number, edit: Edit): void {
  const list = edits[index] ?? [];
  list.push(edit);
  edits[index] = list;
}

function scan(rules: RuleSet, found: FoundText, isJson: boolean, onMatch: (match: Match) => void): void {
  const scanner = isJson || isArguments(found) ? new JsonScanner(rules, onMatch) : new TextScanner(rules, onMatch);
  scanner.feed(found.part.text);
  scanner.end();
}
