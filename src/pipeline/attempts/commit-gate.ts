import type { Cancellation } from '../../core/cancellation.ts';
import { StreamTimeout } from '../../core/cancellation-reasons.ts';
import type { Clock } from '../../core/clock.ts';
import type { ItemSource } from '../../core/item-source.ts';
import { untilCancelled } from '../../core/sleep.ts';
import { Watchdog } from '../../core/watchdog.ts';
import type { StreamTally } from '../reading/stream-tally.ts';
import type { StreamLease } from './stream-lease.ts';

/** A stream whose first content has come; `held` are the items up to it, the content included. */
export interface CommittedStream {
  readonly held: unknown[];
  readonly items: ItemSource<unknown>;
  readonly tally: StreamTally;
  /** True if the stream ended, regularly, without any content. */
  readonly ended: boolean;
}

// Role, ping and metadata items are a few hundred bytes each: this is some 64 KiB.
const MOST_HELD = 256;

/**
 * Holds a stream back until its first content, tool, reasoning or refusal delta. Until then a failure leaves no trace, so
 * that another deployment may answer; it rejects with whatever broke the stream.
 */
export async function commitGate(
  items: ItemSource<unknown>,
  facts: {
    tally: StreamTally;
    lease?: Pick<StreamLease, 'noteReport'> | undefined;
    cancellation: Cancellation;
    clock: Clock;
    firstTokenMs: number;
    /** True if another model is to answer what this one declines: a refusal is held back until it is seen to be one. */
    holdsRefusals?: boolean;
  },
): Promise<CommittedStream> {
  const { tally, lease, cancellation, clock, firstTokenMs, holdsRefusals } = facts;
  const held: unknown[] = [];
  const watchdog = new Watchdog<'content'>(clock, (_phase, limitMs) =>
    cancellation.cancel(new StreamTimeout('first_token_timeout', limitMs)),
  );
  watchdog.wait('content', firstTokenMs);
  try {
    while (held.length < MOST_HELD) {
      const next = items.next();
      if (next instanceof Promise) lease?.noteReport(tally);
      const item = next instanceof Promise ? await untilCancelled(next, cancellation) : next;
      if (item === undefined) return { held, items, tally, ended: true };
      held.push(item);
      if (tally.add(item) && !(holdsRefusals && tally.onlyRefused)) break;
    }
    lease?.noteReport(tally);
    return { held, items, tally, ended: false };
  } catch (error) {
    items.cancel();
    throw error;
  } finally {
    watchdog.stop();
  }
}
