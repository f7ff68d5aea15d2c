import type { ItemSource } from '../../core/item-source.ts';
import type { StreamTally } from '../reading/stream-tally.ts';

// The chunk of the usage, and whatever a vendor puts around it.
const MOST_ITEMS = 8;

/**
 * Counts what is already there of a stream whose answer is finished and whose reader leaves: only its usage is still to
 * come, which tells more than any count.
 */
export function takeLateUsage(items: ItemSource<unknown>, tally: StreamTally): void {
  if (tally.finishReason === undefined || tally.isComplete) return;
  try {
    for (let taken = 0; taken < MOST_ITEMS; taken += 1) {
      const item = items.next();
      if (item instanceof Promise) item.catch(() => {});
      if (item === undefined || item instanceof Promise) return;
      tally.add(item);
    }
  } catch {
    // It broke after its finish, which the reader did not wait for.
  }
}
