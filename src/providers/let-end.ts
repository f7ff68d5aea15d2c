import { type Clock, systemClock } from '../core/clock.ts';
import type { ItemSource } from '../core/item-source.ts';

// A socket is not worth more; one that stays open after its last event would keep the process alive.
const LONGEST_WAIT_MS = 1_000;

/**
 * Lets a body come to its end after the last event that matters, so that its socket can carry another request: the end
 * of a chunked body often comes in a packet of its own. A body that has more than its end, or does not end, is closed.
 */
export function letEnd(events: ItemSource<unknown>, clock: Clock = systemClock): void {
  // Closing what has ended does nothing.
  const close = () => events.cancel();
  try {
    const more = events.next();
    if (!(more instanceof Promise)) {
      close();
      return;
    }
    const timer = clock.setTimeout(close, LONGEST_WAIT_MS);
    const ended = () => {
      timer.cancel();
      close();
    };
    more.then(ended, ended);
  } catch {
    close();
  }
}
