import { toGlob } from '../../core/glob.ts';

/** Names in order, so that those with one beginning stand together. */
const sorted = new WeakMap<ReadonlySet<string>, readonly string[]>();

/** Whether a glob matches one of the names; only those that begin as it does are tried. */
export function matchesOne(glob: string, names: ReadonlySet<string>): boolean {
  if (names.has(glob)) return true;
  if (!/[*?]/.test(glob)) return false;
  const matches = toGlob(glob);
  const literal = literalOf(glob);
  const inOrder = sortedOf(names);
  for (let place = firstFrom(literal, inOrder); inOrder[place]?.startsWith(literal); place += 1)
    if (matches(inOrder[place] ?? '')) return true;
  return false;
}

/** Whether a glob can match a name that begins with one of `prefixes` and goes on. */
export function meetsOne(glob: string, prefixes: ReadonlySet<string>): boolean {
  const literal = literalOf(glob);
  const isExact = literal.length === glob.length;
  const longest = isExact ? literal.length - 1 : literal.length;
  for (let length = 0; length <= longest; length += 1) if (prefixes.has(literal.slice(0, length))) return true;
  if (isExact) return false;
  const inOrder = sortedOf(prefixes);
  return inOrder[firstFrom(literal, inOrder)]?.startsWith(literal) ?? false;
}

function literalOf(glob: string): string {
  const wild = glob.search(/[*?]/);
  return wild < 0 ? glob : glob.slice(0, wild);
}

function sortedOf(names: ReadonlySet<string>): readonly string[] {
  const known = sorted.get(names);
  if (known !== undefined) return known;
  const inOrder = [...names].sort((one, other) => (one < other ? -1 : 1));
  sorted.set(names, inOrder);
  return inOrder;
}

/** The place of the first name that is not before a text. */
function firstFrom(text: string, inOrder: readonly string[]): number {
  let low = 0;
  let high = inOrder.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((inOrder[middle] ?? '') < text) low = middle + 1;
    else high = middle;
  }
  return low;
}
