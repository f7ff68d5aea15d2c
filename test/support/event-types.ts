import type { EventType } from 'tollgate';

// A type that is missing here does not compile.
const EVERY: Readonly<Record<EventType, true>> = {
  'request.start': true,
  'request.end': true,
  'attempt.start': true,
  'attempt.end': true,
  retry: true,
  failover: true,
  'cooldown.start': true,
  'cooldown.end': true,
  'budget.warn': true,
  'budget.exceed': true,
  'budget.exact': true,
  'budget.raise': true,
  'budget.reset': true,
  'access.deny': true,
  'background.settle': true,
  'prices.update': true,
  'usage.unpriced': true,
  'queue.enter': true,
  'queue.leave': true,
  'stream.commit': true,
  'stream.interrupt': true,
  'store.fail': true,
  'store.recover': true,
  'config.update': true,
  'guard.block': true,
  'guard.redact': true,
  'guard.flag': true,
  'run.start': true,
  'run.warn': true,
  'run.end': true,
  'listener.error': true,
};
/** Every type of event. */
export const EVENT_TYPES = Object.keys(EVERY) as readonly EventType[];
