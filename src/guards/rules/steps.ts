import type { Cancellation } from '../../core/cancellation.ts';
import { nextTurn } from '../../core/next-turn.ts';

/** Work in steps; each tells what it took, in about a microsecond. */
export type Steps<T> = Generator<number, T, void>;

/** What is done of it in one turn of the event loop. */
const WORK_PER_TURN = 8_000;

/** Does all of it now. */
export function atOnce<T>(steps: Steps<T>): T {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

/** Does it while everything else has its turns. Rejects with the reason of a cancellation. */
export async function inTurns<T>(steps: Steps<T>, cancellation: Cancellation): Promise<T> {
  let work = 0;
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
    work += value;
    if (work < WORK_PER_TURN) continue;
    work = 0;
    await nextTurn();
    if (cancellation.cancelled) throw cancellation.reason;
  }
}
