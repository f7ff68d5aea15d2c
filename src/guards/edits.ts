/** A piece of a text that something else takes the place of. */
export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly kind: string;
  /** What stands there instead; undefined: it is made when the edit is applied. */
  readonly text?: string | undefined;
}

/** The same without overlaps, from the left: pieces that share a unit become one, of the kind of the first. */
export function mergedEdits(edits: readonly Edit[]): Edit[] {
  const sorted = [...edits].sort((a, b) => a.start - b.start || b.end - a.end);
  const merged: Edit[] = [];
  for (const edit of sorted) {
    const last = merged.at(-1);
    if (last === undefined || edit.start >= last.end) merged.push(edit);
    else if (edit.end > last.end || last.text !== undefined) merged[merged.length - 1] = united(last, edit);
  }
  return merged;
}

/** A piece that would stand in the other's way is part of what is hidden: an original is shown only if nothing is. */
function united(first: Edit, second: Edit): Edit {
  const { kind } = first.text === undefined ? first : second;
  return { start: first.start, end: Math.max(first.end, second.end), kind };
}

/** The text with every edit applied; they are in order and do not overlap. */
export function applied(text: string, edits: readonly Edit[], replacement: (original: string, kind: string) => string): string {
  let result = '';
  let from = 0;
  for (const { start, end, kind, text: given } of edits) {
    result += text.slice(from, start) + (given ?? replacement(text.slice(start, end), kind));
    from = end;
  }
  return result + text.slice(from);
}

/** A text as it stands within a string of JSON. */
export function jsonEscaped(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

/** What a piece of a string of JSON says; itself if it is no such piece. */
export function jsonUnescaped(text: string): string {
  try {
    const value: unknown = JSON.parse(`"${text}"`);
    return typeof value === 'string' ? value : text;
  } catch {
    return text;
  }
}
