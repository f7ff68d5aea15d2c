import { expect, it } from 'vitest';
import { retryAfterMs } from '../../src/providers/retry-after.ts';

const NOW_MS = Date.UTC(2026, 0, 15, 12);
const date = (ms: number) => new Date(ms).toUTCString();

it('is nothing without a header', () => {
  expect(retryAfterMs({}, NOW_MS)).toBeUndefined();
});

it.each([
  ['20', 20_000],
  ['1.5', 1_500],
  ['1.25', 1_250],
  ['0', 0],
  [' 7 ', 7_000],
  ['-5', 0],
  ['999999999999', 999_999_999_999_000],
  ['9999999999999', undefined],
  ['0.1234567891', undefined],
  ['1e309', undefined],
  ['soon', undefined],
  ['1,5', undefined],
  ['5s', undefined],
  ['x5', undefined],
  ['.5', undefined],
  ['5.', undefined],
  ['', undefined],
])('in seconds: %j is %s ms', (value, expected) => {
  expect(retryAfterMs({ 'retry-after': value }, NOW_MS)).toBe(expected);
});

it.each([
  [{ 'retry-after-ms': '250', 'retry-after': '1' }, 250],
  [{ 'x-ms-retry-after-ms': '6500', 'retry-after': '7' }, 6_500],
  [{ 'retry-after-ms': '7000', 'retry-after': '7' }, 7_000],
  [{ 'retry-after-ms': '0', 'retry-after': '1' }, 1_000],
  [{ 'retry-after-ms': '250', 'retry-after': '7' }, 250],
  [{ 'retry-after-ms': '9000', 'retry-after': '7' }, 9_000],
  [{ 'retry-after-ms': '0', 'retry-after': '0' }, 0],
  [{ 'retry-after-ms': '250', 'x-ms-retry-after-ms': '300' }, 300],
  [{ 'retry-after-ms': 'soon', 'retry-after': '7' }, 7_000],
  [{ 'retry-after-ms': '300', 'retry-after': 'soon' }, 300],
  [{ 'retry-after-ms': '-1' }, 0],
  [{ 'retry-after-ms': '12.5' }, 12.5],
])('of several hints the exact one, unless it asks for no wait and another does: %j is %s ms', (headers, expected) => {
  expect(retryAfterMs(headers, NOW_MS)).toBe(expected);
});

it('as a date counts from the server’s own clock where it tells it, else from ours', () => {
  const inAMinute = date(NOW_MS + 60_000);
  expect(retryAfterMs({ 'retry-after': inAMinute }, NOW_MS)).toBe(60_000);
  expect(retryAfterMs({ 'retry-after': inAMinute, date: date(NOW_MS + 50_000) }, NOW_MS)).toBe(10_000);
  expect(retryAfterMs({ 'retry-after': inAMinute, date: 'yesterday' }, NOW_MS)).toBe(60_000);
});

it('as a date that is past is no wait', () => {
  expect(retryAfterMs({ 'retry-after': date(NOW_MS - 1_000) }, NOW_MS)).toBe(0);
});

it.each([
  '2026-01-15T12:01:00Z',
  'Thursday, 15-Jan-26 12:01:00 GMT',
  'Thu, 15 Jan 2026 12:01:00 +0100',
  'x Thu, 15 Jan 2026 12:01:00 GMT',
  'Thu, 15 Jan 2026 12:01:00 GMT x',
  'Thu, 15 jan 2026 12:01:00 GMT',
  'Foo, 15 Jan 2026 12:01:00 GMT',
  'Thu, 5 Jan 2026 12:01:00 GMT',
])('as a date of another form is nothing: %s', (value) => {
  expect(retryAfterMs({ 'retry-after': value }, NOW_MS)).toBeUndefined();
});
