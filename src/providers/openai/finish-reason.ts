import type { FinishReason } from '../../core/chat.ts';
import { meaningOfFinish } from '../meaning-of-finish.ts';

/** OpenAI's finish reason for a vendor's; `error` if the word says that the answer broke off. */
export function toFinishReason(native: string): FinishReason | 'error' {
  return meaningOfFinish(native) ?? 'stop';
}

/** Whether the word says that a filter withheld the answer, which may then have no message (Azure, Google's OpenAI route). */
export function isWithheld(native: unknown): boolean {
  return typeof native === 'string' && (meaningOfFinish(native) === 'content_filter' || native.includes('_filter: '));
}
