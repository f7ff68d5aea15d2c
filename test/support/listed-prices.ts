import { type ModelPrice, type Provider, waitForUpdate } from '@pydantic/genai-prices';

const list = (await waitForUpdate()) as Provider[];

/** Dollars per million tokens that the price list in force has under a key, for the smallest input. */
export function listedUsd(provider: string, model: string, key: string): number {
  const value = listedPrice(provider, model)[key];
  const usd = typeof value === 'object' ? value.base : value;
  if (usd === undefined) throw new Error(`the list has no ${key} of ${provider}/${model}`);
  return usd;
}

/** Whether the list has a rate under a key. */
export function isListed(provider: string, model: string, key: string): boolean {
  return listedPrice(provider, model)[key] !== undefined;
}

/** Nano-dollars of tokens at so many dollars per million; exact as long as the price has at most three decimals. */
export function nano(tokens: number, usdPerMillion: number): number {
  return (tokens * Math.round(usdPerMillion * 1_000_000)) / 1_000;
}

function listedPrice(provider: string, model: string): ModelPrice {
  const entry = list.find(({ id }) => id === provider)?.models.find(({ id }) => id === model);
  if (entry === undefined || Array.isArray(entry.prices)) throw new Error(`${provider}/${model} has no one price in the list`);
  return entry.prices;
}
