import { parsePattern } from './rules/pattern-syntax.ts';
import { RuleSet } from './rules/rule-set.ts';

const PLACEHOLDER = '\\[[A-Z][A-Z0-9_]{0,62}_[0-9]{1,6}\\]';
let made: RuleSet | undefined;

/** Finds what may be a placeholder. */
export function placeholderRules(): RuleSet {
  made ??= new RuleSet([{ kind: 'placeholder', pattern: parsePattern(PLACEHOLDER, false) }]);
  return made;
}

/** What looks like a placeholder in some texts. */
export function writtenIn(texts: readonly { readonly text: string }[]): ReadonlySet<string> {
  const written = new Set<string>();
  for (const { text } of texts) for (const [placeholder] of text.matchAll(new RegExp(PLACEHOLDER, 'g'))) written.add(placeholder);
  return written;
}

/**
 * What stands in a call's input in place of what was found there: `[EMAIL_1]`. The same text has the same placeholder, and
 * they are numbered as they come, so that equal inputs stay equal. Lives as long as its call.
 */
export class Placeholders {
  readonly #originals = new Map<string, string>();
  readonly #byOriginal = new Map<string, string>();
  readonly #counts = new Map<string, number>();
  readonly #tag: string;
  readonly #written: ReadonlySet<string>;

  /** `written`: those that the caller itself wrote. `turn`: name of the turn of a talk whose earlier ones the provider keeps, so that theirs have other placeholders. */
  constructor(written: ReadonlySet<string>, turn?: string) {
    this.#written = written;
    this.#tag = turn === undefined ? '' : `_${tagOf(turn)}`;
  }

  get isEmpty(): boolean {
    return this.#originals.size === 0;
  }

  /** The placeholder of an original, a new one if need be. */
  of(original: string, kind: string): string {
    const known = this.#byOriginal.get(original);
    if (known !== undefined) return known;
    const label = labelOf(kind) + this.#tag;
    let count = this.#counts.get(label) ?? 0;
    let placeholder: string;
    do {
      count += 1;
      placeholder = `[${label}_${count}]`;
    } while (this.#written.has(placeholder));
    this.#counts.set(label, count);
    this.#byOriginal.set(original, placeholder);
    this.#originals.set(placeholder, original);
    return placeholder;
  }

  /** What a placeholder stands for; undefined if the model made it up. */
  original(placeholder: string): string | undefined {
    return this.#originals.get(placeholder);
  }
}

/** Four letters and digits that tell names apart (FNV-1a). */
function tagOf(name: string): string {
  let hash = 0x811c9dc5;
  for (let at = 0; at < name.length; at += 1) hash = Math.imul(hash ^ name.charCodeAt(at), 0x01000193);
  return `T${(hash >>> 0).toString(36).toUpperCase().padStart(7, '0').slice(-4)}`;
}

/** What stands in an answer in place of what nobody may see: `[EMAIL]`. */
export function maskOf(kind: string): string {
  return `[${labelOf(kind)}]`;
}

function labelOf(kind: string): string {
  const label = kind
    .toUpperCase()
    .replaceAll(/[^A-Z0-9]+/g, '_')
    .replaceAll(/^_+|_+$/g, '');
  return /^[A-Z]/.test(label) ? label.slice(0, 48) : `X${label.slice(0, 47)}`;
}
