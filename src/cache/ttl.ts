const UNIT_MS = new Map([
  ['s', 1_000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
]);

/** Ten years. */
const LONGEST_TTL_MS = 3_653 * 86_400_000;

/** Milliseconds of a length such as `15m`, or of a number of them; undefined for anything else, and for none. */
export function ttlMsOf(ttl: unknown): number | undefined {
  const ms = typeof ttl === 'string' ? lengthMs(ttl) : ttl;
  return Number.isSafeInteger(ms) && (ms as number) > 0 && (ms as number) <= LONGEST_TTL_MS ? (ms as number) : undefined;
}

function lengthMs(text: string): number | undefined {
  const found = /^([1-9]\d{0,8})([smhd])$/.exec(text);
  return found === null ? undefined : Number(found[1]) * (UNIT_MS.get(found[2] ?? '') ?? Number.NaN);
}
