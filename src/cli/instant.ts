import { systemClock } from '../core/clock.ts';
import { isoInstant } from '../core/iso-instant.ts';
import { CommandError } from './command-error.ts';

const DAY_MS = 86_400_000;

/** Milliseconds since the epoch of a date or time of ISO 8601, UTC if it has no offset. Throws `CommandError` for anything else. */
export function instant(text: string, option: string): number {
  const at = isoInstant(/T[\d:.]+$/.test(text) ? `${text}Z` : text);
  if (at === undefined) throw new CommandError(`${option}: expected a date or time as in 2027-01-31, got '${text}'`);
  return at;
}

/** The same for the end of a range: a date alone includes its day. */
export function endOf(text: string, option: string): number {
  return instant(text, option) + (text.includes('T') ? 0 : DAY_MS);
}

/** The same time, if it is still to come. Throws `CommandError` for one that is over; `text`: as it was written. */
export function stillToCome(at: number, text: string, option: string): number {
  if (at <= systemClock.now()) throw new CommandError(`${option}: '${text}' is over`);
  return at;
}
