/** The grammars in which vendors write when a rate limit is full again. */
export type ResetGrammar = 'duration' | 'seconds' | 'epoch-seconds' | 'epoch-milliseconds' | 'rfc3339';

/**
 * Milliseconds from `nowMs` until the point that a reset header names, by the vendor's own grammar; 0 for a past point.
 * Undefined if the value is not of that grammar, since a guess turns `6m0s` into 6 and `5` into a date.
 */
export function resetAfterMs(value: string | undefined, grammar: ResetGrammar, nowMs: number): number | undefined {
  if (value === undefined) return undefined;
  const text = value.trim();
  switch (grammar) {
    case 'duration':
      return durationMs(text);
    case 'seconds':
      return DECIMAL.test(text) ? Number(text) * 1000 : undefined;
    case 'epoch-seconds':
      return DECIMAL.test(text) ? Math.max(0, Number(text) * 1000 - nowMs) : undefined;
    case 'epoch-milliseconds':
      return DECIMAL.test(text) ? Math.max(0, Number(text) - nowMs) : undefined;
    case 'rfc3339':
      return RFC_3339.test(text) ? Math.max(0, Date.parse(text) - nowMs) : undefined;
  }
}

/** `6m0s`, `12ms`, `1h2m3.5s`, `34.4s`: Go's durations, as OpenAI, Groq and Google write them. In milliseconds. */
export function durationMs(text: string): number | undefined {
  if (!DURATION.test(text)) return undefined;
  let total = 0;
  for (const [, amount, unit] of text.matchAll(DURATION_PART)) total += Number(amount) * (UNIT_MS.get(unit ?? '') ?? 0);
  return total;
}

const DECIMAL = /^\d{1,15}(\.\d{1,9})?$/;
const RFC_3339 = /^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})$/;
const DURATION = /^(\d{1,9}(\.\d{1,9})?(ms|us|µs|ns|d|h|m|s)){1,6}$/;
const DURATION_PART = /(\d{1,9}(?:\.\d{1,9})?)(ms|us|µs|ns|d|h|m|s)/g;
const UNIT_MS: ReadonlyMap<string, number> = new Map([
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
  ['ms', 1],
  ['us', 1e-3],
  ['µs', 1e-3],
  ['ns', 1e-6],
]);
