/**
 * Waiting hints of an answer, each by its own grammar. Milliseconds from now; undefined where there is none or where
 * it is not what the grammar allows. Negative and past values are 0.
 *
 * - `retry-after-ms`, `x-ms-retry-after-ms`: milliseconds (OpenAI, Azure); before `retry-after`
 * - `retry-after`: whole or decimal seconds, or an HTTP date (RFC 9110 section 10.2.3), corrected by the server's `date`
 */
export function retryAfterMs(headers: Readonly<Record<string, string>>, nowMs: number): number | undefined {
  for (const name of ['retry-after-ms', 'x-ms-retry-after-ms']) {
    const milliseconds = toDecimal(headers[name]);
    if (milliseconds !== undefined) return milliseconds;
  }
  const value = headers['retry-after'];
  if (value === undefined) return undefined;
  const seconds = toDecimal(value);
  if (seconds !== undefined) return seconds * 1000;
  return untilHttpDate(value, headers.date, nowMs);
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
