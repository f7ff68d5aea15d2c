import type { BudgetWindow, CalendarWindow } from '../core/budget.ts';
import type { ChargeWindow } from '../stores/store.ts';

/** One window of a budget: its key in the counter's name, its first instant and the first one after it. */
export interface WindowSpan {
  /** `2026-11`, `2026-W48`, `2026-11-25`, `2026-11-25T14:05+01:00`, `lifetime`. */
  readonly label: string;
  readonly startsAt: number;
  /** Null: never. */
  readonly endsAt: number | null;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
const LIFETIME: WindowSpan = { label: 'lifetime', startsAt: 0, endsAt: null };

/**
 * The current calendar window of one unit in one time zone. The time zone's rules are asked only when a window ends;
 * a clock that goes back stays in the latest window seen.
 */
export class CalendarClock {
  readonly #unit: CalendarWindow;
  readonly #timezone: string;
  #span: WindowSpan | undefined;
  #window: ChargeWindow | undefined;

  constructor(unit: CalendarWindow, timezone: string) {
    this.#unit = unit;
    this.#timezone = timezone;
  }

  at(now: number): WindowSpan {
    const span = this.#span;
    if (span !== undefined && (span.endsAt === null || now < span.endsAt)) return span;
    this.#span = calendarWindow(this.#unit, this.#timezone, now);
    this.#window = undefined;
    return this.#span;
  }

  /** The same as charges tell it, one object for all counters. */
  windowAt(now: number): ChargeWindow {
    const { endsAt } = this.at(now);
    this.#window ??= { kind: 'calendar', endsAt };
    return this.#window;
  }
}

/** The calendar window that holds `now`. Days have 23 to 25 hours, months are months, weeks start on Monday (ISO 8601). */
export function calendarWindow(unit: CalendarWindow, timezone: string, now: number): WindowSpan {
  if (unit === 'lifetime') return LIFETIME;
  const offset = offsetAt(timezone, now);
  const local = new Date(now + offset);
  if (unit === 'minute' || unit === 'hour') return clockWindow(unit, local.getTime(), offset);
  const year = local.getUTCFullYear();
  const month = local.getUTCMonth();
  const day = local.getUTCDate();
  const span = (label: string, from: number, to: number): WindowSpan => ({
    label,
    startsAt: firstInstant(timezone, from),
    endsAt: firstInstant(timezone, to),
  });
  if (unit === 'year') return span(`${year}`, Date.UTC(year, 0), Date.UTC(year + 1, 0));
  if (unit === 'quarter') {
    const quarter = Math.floor(month / 3);
    return span(`${year}-Q${quarter + 1}`, Date.UTC(year, quarter * 3), Date.UTC(year, quarter * 3 + 3));
  }
  if (unit === 'month') return span(`${year}-${two(month + 1)}`, Date.UTC(year, month), Date.UTC(year, month + 1));
  if (unit === 'day') {
    return span(`${year}-${two(month + 1)}-${two(day)}`, Date.UTC(year, month, day), Date.UTC(year, month, day + 1));
  }
  const monday = Date.UTC(year, month, day) - ((local.getUTCDay() + 6) % 7) * DAY_MS;
  return span(isoWeek(monday), monday, monday + 7 * DAY_MS);
}

/** `90s`, `15m`, `24h`, `30d`: the largest unit that divides the length. */
export function rollingLabel(lengthMs: number): string {
  if (lengthMs % DAY_MS === 0) return `${lengthMs / DAY_MS}d`;
  if (lengthMs % HOUR_MS === 0) return `${lengthMs / HOUR_MS}h`;
  if (lengthMs % MINUTE_MS === 0) return `${lengthMs / MINUTE_MS}m`;
  return lengthMs % 1000 === 0 ? `${lengthMs / 1000}s` : `${lengthMs}ms`;
}

/** Whether a budget with this window is a rate limit: 60 s or shorter. */
export function isShortWindow(window: BudgetWindow): boolean {
  return window.kind === 'rolling' ? window.lengthMs <= MINUTE_MS : window.unit === 'minute';
}

/** Minutes and hours follow the offset, which is in the label because an hour repeats when clocks are set back. */
function clockWindow(unit: 'minute' | 'hour', localMs: number, offset: number): WindowSpan {
  const lengthMs = unit === 'minute' ? MINUTE_MS : HOUR_MS;
  const from = Math.floor(localMs / lengthMs) * lengthMs;
  const sign = offset < 0 ? '-' : '+';
  const minutes = Math.round(Math.abs(offset) / MINUTE_MS);
  const zone = offset === 0 ? 'Z' : `${sign}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
  const stamp = new Date(from).toISOString();
  return {
    label: `${stamp.slice(0, unit === 'minute' ? 16 : 13)}${zone}`,
    startsAt: from - offset,
    endsAt: from - offset + lengthMs,
  };
}

function isoWeek(monday: number): string {
  const year = new Date(monday + 3 * DAY_MS).getUTCFullYear();
  const january4 = Date.UTC(year, 0, 4);
  const firstMonday = january4 - ((new Date(january4).getUTCDay() + 6) % 7) * DAY_MS;
  return `${year}-W${two(Math.round((monday - firstMonday) / (7 * DAY_MS)) + 1)}`;
}

/** The first instant whose local time is at or after `localMs` (local time written as if it were UTC). */
function firstInstant(timezone: string, localMs: number): number {
  const reaches = (instant: number) => instant + offsetAt(timezone, instant) >= localMs;
  const offsets = [offsetAt(timezone, localMs - DAY_MS), offsetAt(timezone, localMs + DAY_MS)];
  let low = localMs - Math.max(...offsets);
  if (reaches(low) && !reaches(low - 1)) return low;
  let high = localMs - Math.min(...offsets);
  low -= 1;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (reaches(middle)) high = middle;
    else low = middle;
  }
  return high;
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** Local time minus UTC at an instant, milliseconds. Throws a RangeError for an unknown time zone. */
function offsetAt(timezone: string, instant: number): number {
  if (timezone === 'UTC') return 0;
  let format = formats.get(timezone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: timezone,
      calendar: 'gregory',
      numberingSystem: 'latn',
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    formats.set(timezone, format);
  }
  const parts = new Map(format.formatToParts(instant).map(({ type, value }) => [type, Number(value)]));
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? 0;
  const local = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'));
  return local - Math.floor(instant / 1000) * 1000;
}

function two(value: number): string {
  return value < 10 ? `0${value}` : String(value);
}
