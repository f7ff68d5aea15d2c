import { isRecord, type JsonRecord } from '../../core/json.ts';
import { isSealedHere } from '../../core/sealed.ts';

/** A text within an `encrypted_content` that was made here, and the way to it. */
export interface SealedText {
  readonly text: string;
  readonly keys: readonly (string | number)[];
}

export const SEALED_FIELD = 'encrypted_content';

/** What a reasoning item seals and does not show beside it: the seal hides nothing, so that guards are to read it. */
export function sealedTexts(item: JsonRecord): readonly SealedText[] {
  const sealed = item[SEALED_FIELD];
  if (!isSealedHere(sealed)) return NONE;
  const shown = shownIn(item.summary) + shownIn(item.content);
  const found: SealedText[] = [];
  for (const [place, block] of blocksIn(sealed).entries()) {
    for (const name of ['text', 'summary']) {
      const text = isRecord(block) ? block[name] : undefined;
      if (typeof text === 'string' && text !== '' && !shown.includes(text))
        found.push({ text, keys: [SEALED_FIELD, place, name] });
    }
  }
  return found;
}

/** Leaves out of a container what it seals of a text that was hidden in it. */
export function unsealed(container: Record<string | number, unknown>): void {
  if (isSealedHere(container[SEALED_FIELD])) delete container[SEALED_FIELD];
}

const NONE: readonly never[] = [];

function blocksIn(sealed: string): readonly unknown[] {
  try {
    const blocks: unknown = JSON.parse(Buffer.from(sealed, 'base64url').toString('utf8'));
    return Array.isArray(blocks) ? blocks : NONE;
  } catch {
    return NONE;
  }
}

function shownIn(parts: unknown): string {
  if (!Array.isArray(parts)) return '';
  return parts.map((part: unknown) => (isRecord(part) && typeof part.text === 'string' ? part.text : '')).join('');
}
