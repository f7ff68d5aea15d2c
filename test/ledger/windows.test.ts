import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CalendarWindow } from '../../src/core/budget.ts';
import { CalendarClock, calendarWindow, isShortWindow, rollingLabel } from '../../src/ledger/windows.ts';

const HOUR_MS = 3_600_000;
const at = (text: string) => Date.parse(text);
const hours = (unit: CalendarWindow, timezone: string, time: string) => {
  const { startsAt, endsAt } = calendarWindow(unit, timezone, at(time));
  return ((endsAt ?? Number.NaN) - startsAt) / HOUR_MS;
};

describe('a calendar window', () => {
  it('is a month by the calendar of its time zone, not thirty days', () => {
    const january = calendarWindow('month', 'Europe/Berlin', at('2026-01-31T23:30:00Z'));
    expect(january).toEqual({ label: '2026-02', startsAt: at('2026-01-31T23:00:00Z'), endsAt: at('2026-02-28T23:00:00Z') });
    expect(calendarWindow('month', 'UTC', at('2028-02-29T12:00:00Z')).endsAt).toBe(at('2028-03-01T00:00:00Z'));
  });

  it.each([
    ['2026-03-29T12:00:00Z', 23],
    ['2026-10-25T12:00:00Z', 25],
    ['2026-06-01T12:00:00Z', 24],
  ])('on the day of %s has %i hours in Berlin', (time, expected) => {
    expect(hours('day', 'Europe/Berlin', time)).toBe(expected);
  });

  it('starts a day whose midnight does not exist when its first instant comes', () => {
    const { label, startsAt, endsAt } = calendarWindow('day', 'America/Sao_Paulo', at('2018-11-04T12:00:00Z'));
    expect({ label, startsAt, endsAt }).toEqual({
      label: '2018-11-04',
      startsAt: at('2018-11-04T03:00:00Z'),
      endsAt: at('2018-11-05T02:00:00Z'),
    });
  });

  it('tells the two hours apart that a clock set back shows twice', () => {
    const first = calendarWindow('hour', 'Europe/Berlin', at('2026-10-25T00:30:00Z'));
    const second = calendarWindow('hour', 'Europe/Berlin', at('2026-10-25T01:30:00Z'));
    expect([first.label, second.label]).toEqual(['2026-10-25T02+02:00', '2026-10-25T02+01:00']);
    expect(first.endsAt).toBe(second.startsAt);
  });

  it.each([
    ['week', '2026-11-25T12:00:00Z', '2026-W48', '2026-11-23T00:00:00Z', '2026-11-30T00:00:00Z'],
    ['week', '2027-01-02T12:00:00Z', '2026-W53', '2026-12-28T00:00:00Z', '2027-01-04T00:00:00Z'],
    ['quarter', '2026-11-25T12:00:00Z', '2026-Q4', '2026-10-01T00:00:00Z', '2027-01-01T00:00:00Z'],
    ['year', '2026-11-25T12:00:00Z', '2026', '2026-01-01T00:00:00Z', '2027-01-01T00:00:00Z'],
    ['day', '2026-11-25T12:00:00Z', '2026-11-25', '2026-11-25T00:00:00Z', '2026-11-26T00:00:00Z'],
    ['hour', '2026-11-25T12:34:56Z', '2026-11-25T12Z', '2026-11-25T12:00:00Z', '2026-11-25T13:00:00Z'],
    ['minute', '2026-11-25T12:34:56Z', '2026-11-25T12:34Z', '2026-11-25T12:34:00Z', '2026-11-25T12:35:00Z'],
  ] as const)('of a %s at %s is %s', (unit, time, label, from, to) => {
    expect(calendarWindow(unit, 'UTC', at(time))).toEqual({ label, startsAt: at(from), endsAt: at(to) });
  });

  it('west of Greenwich has its offset in the name of its hours', () => {
    const { label, startsAt } = calendarWindow('hour', 'America/St_Johns', at('2026-01-10T12:00:00Z'));
    expect({ label, startsAt }).toEqual({ label: '2026-01-10T08-03:30', startsAt: at('2026-01-10T11:30:00Z') });
    expect(calendarWindow('hour', 'Europe/London', at('2026-01-10T12:00:00Z')).label).toBe('2026-01-10T12Z');
  });

  it('writes the tenth as such', () => {
    expect(calendarWindow('day', 'UTC', at('2026-10-10T00:00:00Z')).label).toBe('2026-10-10');
    expect(calendarWindow('day', 'UTC', at('2026-01-09T00:00:00Z')).label).toBe('2026-01-09');
  });

  it('of a week belongs to the year that has its Thursday', () => {
    expect(calendarWindow('week', 'UTC', at('2025-12-31T12:00:00Z')).label).toBe('2026-W01');
    expect(calendarWindow('week', 'UTC', at('2024-12-29T12:00:00Z')).label).toBe('2024-W52');
    expect(calendarWindow('week', 'UTC', at('2021-01-03T12:00:00Z')).label).toBe('2020-W53');
  });

  it('of a lifetime never ends', () => {
    expect(calendarWindow('lifetime', 'Asia/Kolkata', 5)).toEqual({ label: 'lifetime', startsAt: 0, endsAt: null });
  });

  it('holds its moment, and the next begins where it ends, in every time zone', () => {
    const zones = fc.constantFrom(
      'UTC',
      'Europe/Berlin',
      'America/New_York',
      'Asia/Kathmandu',
      'Australia/Lord_Howe',
      'Pacific/Apia',
    );
    const units = fc.constantFrom<CalendarWindow>('minute', 'hour', 'day', 'week', 'month', 'quarter', 'year');
    const moments = fc.integer({ min: at('2005-01-01T00:00:00Z'), max: at('2035-01-01T00:00:00Z') });
    fc.assert(
      fc.property(zones, units, moments, (zone, unit, now) => {
        const window = calendarWindow(unit, zone, now);
        const endsAt = window.endsAt ?? Number.NaN;
        expect(window.startsAt).toBeLessThanOrEqual(now);
        expect(endsAt).toBeGreaterThan(now);
        const next = calendarWindow(unit, zone, endsAt);
        expect(next.label).not.toBe(window.label);
        if (unit !== 'hour' && unit !== 'minute') {
          expect(next.startsAt).toBe(endsAt);
          expect(calendarWindow(unit, zone, window.startsAt)).toEqual(window);
        }
      }),
      { numRuns: 400 },
    );
  });

  it('is not reopened by a clock that goes back', () => {
    const clock = new CalendarClock('month', 'UTC');
    expect(clock.at(at('2026-11-30T23:59:59Z')).label).toBe('2026-11');
    expect(clock.at(at('2026-12-01T00:00:00Z')).label).toBe('2026-12');
    expect(clock.at(at('2026-11-30T23:00:00Z')).label).toBe('2026-12');
    expect(clock.at(at('2027-01-01T00:00:00Z')).label).toBe('2027-01');
  });
});

it('is short up to a minute', () => {
  const short = (lengthMs: number) => isShortWindow({ kind: 'rolling', lengthMs });
  expect([short(1_000), short(60_000), short(60_001)]).toEqual([true, true, false]);
  const calendar = (unit: CalendarWindow) => isShortWindow({ kind: 'calendar', unit, timezone: 'UTC' });
  expect([calendar('minute'), calendar('hour'), calendar('lifetime')]).toEqual([true, false, false]);
});

it('names a rolling window by its largest whole unit', () => {
  expect([90_000, 60_000, 86_400_000, 2_592_000_000, 7_200_000, 1_500].map(rollingLabel)).toEqual([
    '90s',
    '1m',
    '1d',
    '30d',
    '2h',
    '1500ms',
  ]);
});
