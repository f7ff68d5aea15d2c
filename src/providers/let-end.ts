import type { ItemSource } from '../core/item-source.ts';

/**
 * Lets a body come to its end after the last event that matters, so that its socket can carry another request: the end
 * of a chunked body often comes in a packet of its own. A body that has more than its end is closed.
 */
export function letEnd(events: ItemSource<unknown>): void {
  // Closing what has ended does nothing.
  const close = () => events.cancel();
  try {
    const more = events.next();
    if (more instanceof Promise) more.then(close, close);
    else close();
  } catch {
    close();
  }
}
