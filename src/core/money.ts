/** Money is an integer count of nano-dollars everywhere inside; dollars only at the edges. */
const NANO_PER_USD = 1_000_000_000;

/** The largest limit in dollars whose nano-dollars stay a safe integer. */
export const LARGEST_LIMIT_USD = 9_000_000;

export function usdToNano(usd: number): number {
  return Math.round(usd * NANO_PER_USD);
}

export function nanoToUsd(nanoUsd: number): number {
  return nanoUsd / NANO_PER_USD;
}
