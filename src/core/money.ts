/** Money is an integer count of nano-dollars everywhere inside; dollars only at the edges. */
const NANO_PER_USD = 1_000_000_000;

/** The largest limit in dollars whose nano-dollars stay a safe integer. */
export const LARGEST_LIMIT_USD = 9_000_000;

/** The smallest that is not nothing: a nano-dollar. Less would be rounded to a limit of 0 or to one that was not meant. */
export const SMALLEST_LIMIT_USD = 1e-9;

/** Whether a limit is none at all, or one that nano-dollars can tell. */
export function isLimitUsd(usd: number): boolean {
  return usd === 0 || (usd >= SMALLEST_LIMIT_USD && usd <= LARGEST_LIMIT_USD);
}

export function usdToNano(usd: number): number {
  return Math.round(usd * NANO_PER_USD);
}

export function nanoToUsd(nanoUsd: number): number {
  return nanoUsd / NANO_PER_USD;
}
