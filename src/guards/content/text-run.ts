import type { Params } from '../../core/params.ts';
import { applied, type Edit } from '../edits.ts';
import { type FoundText, isArguments } from './read-texts.ts';

/** Texts that are read as one: the parts of one message, which a model reads as they follow on each other. */
export interface TextRun {
  readonly text: string;
  readonly parts: readonly FoundText[];
  /** Where each part begins in the text. */
  readonly starts: readonly number[];
  /** The answer only repeats what was sent: nobody looks at it again. */
  readonly isEcho?: boolean;
}

/** Another text for one that was found. */
export interface TextChange {
  readonly found: FoundText;
  readonly text: string;
}

/** Stands in a part of which nothing is left, as providers refuse one that is empty. */
export const NOTHING_LEFT = '…';
const FROM_ITS_START: readonly number[] = [0];

/** Texts in runs: most by themselves, those that are parts of one message together. */
export function runsOf(texts: readonly FoundText[]): TextRun[] {
  const runs: TextRun[] = [];
  let message: FoundText[] | undefined;
  for (const found of texts) {
    const last = message?.at(-1);
    if (message !== undefined && last !== undefined && areParts(last, found)) {
      message.push(found);
      continue;
    }
    const parts = [found];
    if (isPart(found)) message = parts;
    runs.push({ text: found.part.text, parts, starts: FROM_ITS_START });
  }
  return runs.map((run) => (run.parts.length === 1 ? run : joined(run.parts)));
}

/** The texts of an answer; those of its params that it repeats are marked. */
export function answerRuns(texts: readonly FoundText[], sent: Params): TextRun[] {
  return runsOf(texts).map((run) => (run.parts.every((found) => isEcho(found, sent)) ? { ...run, isEcho: true } : run));
}

/** Whether the params have the same text at the same place, as the Responses API tells them again. */
function isEcho({ keys, part }: FoundText, sent: Params): boolean {
  let value: unknown = sent;
  for (const [depth, key] of keys.entries()) {
    if (depth === 0 && key === 'response') continue;
    if (typeof value !== 'object' || value === null) return false;
    value = (value as Readonly<Record<string | number, unknown>>)[key];
  }
  return value === part.text;
}

/** Whether the text is JSON by itself, as arguments of tools are. */
export function isArgumentsRun({ parts: [first] }: TextRun): boolean {
  return first !== undefined && isArguments(first);
}

/** What the edits make of a run's parts: they are in order and do not overlap. A piece over several is replaced where it begins, and left out of the rest. */
export function changesOf(
  { text, parts, starts }: TextRun,
  edits: readonly Edit[],
  replacement: (original: string, kind: string) => string,
): TextChange[] {
  const replaced = edits.map(({ start, end, kind, text: given }) => {
    return { start, end, kind, text: given ?? replacement(text.slice(start, end), kind) };
  });
  const changes: TextChange[] = [];
  let first = 0;
  for (const [index, found] of parts.entries()) {
    const start = starts[index] ?? 0;
    const own = found.part.text;
    const inside: Edit[] = [];
    while ((replaced[first]?.end ?? text.length + 1) <= start) first += 1;
    for (let at = first; (replaced[at]?.start ?? text.length) < start + own.length; at += 1) {
      const edit = replaced[at] as Edit;
      inside.push(start === 0 && edit.end <= own.length ? edit : within(edit, start, own.length));
    }
    if (inside.length === 0) continue;
    const left = applied(own, inside, () => '');
    changes.push({ found, text: left.trim() === '' ? left + NOTHING_LEFT : left });
  }
  return changes;
}

/** What an edit of a run is to one of its parts. */
function within(edit: Edit, start: number, length: number): Edit {
  return {
    kind: edit.kind,
    start: Math.max(0, edit.start - start),
    end: Math.min(length, edit.end - start),
    text: edit.start < start ? '' : edit.text,
  };
}

function joined(parts: readonly FoundText[]): TextRun {
  const starts: number[] = [];
  let text = '';
  for (const { part } of parts) {
    starts.push(text.length);
    text += part.text;
  }
  return { text, parts, starts };
}

/** `content[0].text`; answers of a completion are no parts of one. */
function isPart({ keys }: FoundText): boolean {
  return keys.at(-1) === 'text' && typeof keys.at(-2) === 'number' && keys.at(-3) !== 'choices';
}

/** Whether both are parts of one list: of a message, a tool's result, an input. */
function areParts(one: FoundText, other: FoundText): boolean {
  if (one.keys.length !== other.keys.length || !isPart(other)) return false;
  const list = one.keys.length - 2;
  return one.keys.every((key, index) => index >= list || key === other.keys[index]);
}
