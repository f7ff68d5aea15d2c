import { createHash } from 'node:crypto';

/** An id for a tool call that came without one: the same for the same answer and position, unique in the answer. */
export function toolCallId(responseId: string, choiceIndex: number, callIndex: number): string {
  return `call_${letters(`${responseId}/${choiceIndex}/${callIndex}`, 24)}`;
}

/** Any id as nine letters and digits, which is all that Mistral takes; the same id always gives the same nine. */
export function shortToolCallId(id: string): string {
  return NINE_CHARACTERS.test(id) ? id : letters(id, 9);
}

/** An id in at most so many characters, as some vendors bound them; the same id always gives the same. */
export function boundedToolCallId(id: string, most: number): string {
  return id.length <= most ? id : `call_${letters(id, 24)}`;
}

const NINE_CHARACTERS = /^[a-zA-Z0-9]{9}$/;
const ALPHABET = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';

function letters(text: string, length: number): string {
  const digest = createHash('sha256').update(text).digest();
  let result = '';
  for (const byte of digest.subarray(0, length)) result += ALPHABET.charAt(byte % ALPHABET.length);
  return result;
}
