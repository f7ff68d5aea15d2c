import { toGlob } from '../../core/glob.ts';

/** Whether a glob matches all that another one matches. False if that cannot be told from the texts. */
function globCovers(wider: string, narrower: string): boolean {
  if (wider === narrower) return true;
  // Read as a text, a `*` could be taken for one character by a `?`, which it is not.
  if (wider.includes('?') && /[*?]/.test(narrower)) return false;
  return toGlob(wider)(narrower);
}

/** The same of lists, each of which matches what any of its globs does. */
export function globsCover(wider: readonly string[], narrower: readonly string[]): boolean {
  return narrower.every((glob) => wider.some((other) => globCovers(other, glob)));
}

/** Whether all callers that meet `narrower` meet `wider` too. */
export function matchCovers(
  wider: Readonly<Record<string, readonly string[]>>,
  narrower: Readonly<Record<string, readonly string[]>>,
): boolean {
  return Object.entries(wider).every(([dimension, globs]) => {
    const others = Object.hasOwn(narrower, dimension) ? narrower[dimension] : undefined;
    return others !== undefined && globsCover(globs, others);
  });
}
