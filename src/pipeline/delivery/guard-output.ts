import type { MaybePromise } from '../../core/maybe-promise.ts';
import type { AttemptAnswer } from '../attempts/attempt-answer.ts';
import type { KeptReply } from './kept-reply.ts';

declare const GUARDED: unique symbol;

type Guarded<Answered> = Answered & { readonly [GUARDED]: true };

/** An answer that may go out. Only `guardOutput` makes one, so that no other is handed out. */
export type GuardedAnswer = Guarded<AttemptAnswer>;
/** The same of one that was kept: whole, also if the call asks for a stream, which is made of what the guards leave. */
export type GuardedReply = Guarded<KeptReply>;

/**
 * Asks whether what was answered may go out: what an attempt brought has been charged by now, and nobody has read it.
 * Nothing is asked of it yet: it goes on as the same object. Items of a stream pass in `CallerStream`, after the tally.
 */
export function guardOutput<Answered extends AttemptAnswer | KeptReply>(answered: Answered): MaybePromise<Guarded<Answered>> {
  return answered as Guarded<Answered>;
}
