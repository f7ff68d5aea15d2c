/**
 * How long an answer asks to wait: milliseconds from now; undefined if it does not say, or not as the grammar allows.
 * Negative and past values are 0.
 *
 * - `retry-after-ms`, `x-ms-retry-after-ms`: milliseconds (OpenAI, Azure); before `retry-after`
 * - `retry-after`: whole or decimal seconds, or an HTTP date (RFC 9110 section 10.2.3), corrected by the server's `date`
 *
 * No wait at all gives way to a hint that asks for one: Azure was seen to send `retry-after: 1` beside `retry-after-ms: 0`,
 * and too early a try is one more refusal.
 */
export function retryAfterMs(headers: Readonly<Record<string, string>>, nowMs: number): number | undefined {
  const exactMs = larger(toDecimal(headers['retry-after-ms']), toDecimal(headers['x-ms-retry-after-ms']));
  const roundedMs = fromRetryAfter(headers, nowMs);
  return exactMs === undefined || exactMs === 0 ? (roundedMs ?? exactMs) : exactMs;
}

function fromRetryAfter(headers: Readonly<Record<string, string>>, nowMs: number): number | undefined {
  const value = headers['retry-after'];
  if (value === undefined) return undefined;
  const seconds = toDecimal(value);
  return seconds === undefined ? untilHttpDate(value, headers.date, nowMs) : seconds * 1000;
}

function larger(left: number | undefined, right: number | undefined): number | undefined {
  return left === undefined || right === undefined ? (left ?? right) : Math.max(left, right);
}

const HTTP_DATE = /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

function untilHttpDate(value: string, serverDate: string | undefined, nowMs: number): number | undefined {
  if (!HTTP_DATE.test(value)) return undefined;
  const serverNowMs = serverDate !== undefined && HTTP_DATE.test(serverDate) ? Date.parse(serverDate) : nowMs;
  return Math.max(0, Date.parse(value) - serverNowMs);
}

/** Non-negative decimals only: `1e309`, `soon`, `1,5` and the empty string are no number of seconds. */
function toDecimal(value: string | undefined): number | undefined {
  if (value === undefined || !/^-?\d{1,12}(\.\d{1,9})?$/.test(value.trim())) return undefined;
  return Math.max(0, Number(value));
}
