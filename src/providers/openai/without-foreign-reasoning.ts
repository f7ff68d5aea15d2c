import { isSealedHere } from '../../core/sealed.ts';
import { isRecord } from './wire-types.ts';

// An id that this gateway makes ends in its item's place; OpenAI's are one word.
const OWN_ID = /^rs_.+_\d+$/;

/**
 * The input of the Responses API for a vendor who verifies reasoning: without the items that this gateway made of other
 * makers' answers, "The encrypted content … could not be verified", and without what only it puts on calls.
 */
export function withoutForeignReasoning(input: unknown): unknown {
  if (!Array.isArray(input)) return input;
  if (!input.some((item) => isForeign(item) || hasExtraContent(item))) return input;
  return input
    .filter((item) => !isForeign(item))
    .map((item) => (hasExtraContent(item) ? { ...(item as object), extra_content: undefined } : item));
}

function isForeign(item: unknown): boolean {
  if (!isRecord(item) || item.type !== 'reasoning') return false;
  const { encrypted_content: sealed, id } = item;
  if (typeof sealed === 'string' && sealed !== '') return isSealedHere(sealed);
  return typeof id === 'string' && OWN_ID.test(id);
}

function hasExtraContent(item: unknown): boolean {
  return isRecord(item) && item.type === 'function_call' && item.extra_content !== undefined;
}
