import type { DatabaseSync } from 'node:sqlite';
import { systemClock } from '../core/clock.ts';
import { systemRandom } from '../core/random.ts';
import { sleep } from '../core/sleep.ts';
import type { MaybePromise } from './store.ts';
import { StoreError } from './store-error.ts';

/** Pauses between tries, of which chance takes a part, so that processes that wait do not come at the same time again. */
const FIRST_PAUSE_MS = 2;
const LONGEST_PAUSE_MS = 25;

/**
 * Runs a transaction at once if no other process holds the file. If one does, tries again by timer, rather than
 * blocking the event loop, until the busy timeout is over; then the fault is thrown, as a rejection.
 */
export function withoutWaiting<T>(database: DatabaseSync, busyTimeoutMs: number, work: () => T): MaybePromise<T> {
  const first = tried(database, busyTimeoutMs, work);
  return first instanceof Busy ? again(database, busyTimeoutMs, work, first) : first;
}

class Busy {
  readonly error: StoreError;

  constructor(error: StoreError) {
    this.error = error;
  }
}

async function again<T>(database: DatabaseSync, busyTimeoutMs: number, work: () => T, first: Busy): Promise<T> {
  const untilMs = systemClock.monotonicMs() + busyTimeoutMs;
  let found: T | Busy = first;
  for (let pauseMs = FIRST_PAUSE_MS; found instanceof Busy; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    if (systemClock.monotonicMs() >= untilMs) throw found.error;
    await sleep(pauseMs * (0.5 + systemRandom()), systemClock);
    found = tried(database, busyTimeoutMs, work);
  }
  return found;
}

function tried<T>(database: DatabaseSync, busyTimeoutMs: number, work: () => T): T | Busy {
  // A closed database says so in its own words when it is used.
  if (database.isOpen) database.exec('PRAGMA busy_timeout = 0');
  try {
    return work();
  } catch (error) {
    if (error instanceof StoreError && error.code === 'store_busy') return new Busy(error);
    throw error;
  } finally {
    if (database.isOpen) database.exec(`PRAGMA busy_timeout = ${busyTimeoutMs}`);
  }
}
