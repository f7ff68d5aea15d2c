import type { MaybePromise } from '../../core/maybe-promise.ts';
import type { AttemptAnswer } from '../attempts/attempt-answer.ts';

declare const GUARDED: unique symbol;

/** An answer that may go out. Only `guardOutput` makes one, so that no other is handed out. */
export type GuardedAnswer = AttemptAnswer & { readonly [GUARDED]: true };

/**
 * Asks whether what was answered may go out: what an attempt brought has been charged by now, and nobody has read it.
 * Nothing is asked of it yet: it goes on as the same object. Items of a stream pass in `CallerStream`, after the tally.
 */
export function guardOutput(answered: AttemptAnswer): MaybePromise<GuardedAnswer> {
  return answered as GuardedAnswer;
}
