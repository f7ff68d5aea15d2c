import { isDeepStrictEqual } from 'node:util';
import type { Charge, Store, UsageTotals } from '../stores/store.ts';

/** A time far from every window's end, at the start of an hour. */
export const START = 1_800_000_000_000;
export const HOUR = 3_600_000;

let names = 0;

/** A counter's name that no other case uses. */
export function nameOf(): string {
  names += 1;
  return `contract-${names}`;
}

/** A charge in a window that ends an hour after `START`. */
export function charge(counter: string, amount: number, limit: number): Charge {
  return { counter, amount, limit, enforced: true, window: { kind: 'calendar', endsAt: START + HOUR } };
}

export function rolling(counter: string, amount: number, limit: number, lengthMs: number): Charge {
  return { counter, amount, limit, enforced: true, window: { kind: 'rolling', lengthMs } };
}

export async function balance(store: Store, counter: string, now: number): Promise<{ spent: number; reserved: number }> {
  const found = (await store.balances({ counters: [counter] }, now)).find((each) => each.counter === counter);
  return { spent: found?.spent ?? 0, reserved: found?.reserved ?? 0 };
}

export function totals(at: number, team: string, tokens: number, requests = 1): UsageTotals {
  return {
    hourStartsAt: at,
    team,
    app: '',
    user: '',
    key: '',
    model: 'fast',
    deployment: 'openai/gpt-5-mini',
    provider: 'openai',
    requests,
    failures: 0,
    costNanoUsd: tokens * 1000,
    inputTokens: tokens,
    outputTokens: 0,
    cachedInputTokens: 0,
    cacheWriteTokens: 0,
    reasoningTokens: 0,
    unpricedRequests: 0,
  };
}

export function equal(actual: unknown, expected: unknown): void {
  if (isDeepStrictEqual(actual, expected)) return;
  throw new Error(`expected ${JSON.stringify(expected)}, got ${JSON.stringify(actual)}`);
}

/** The store must throw a RangeError, at once or later. */
export async function refuses(command: () => unknown): Promise<void> {
  try {
    await command();
  } catch (error) {
    if (error instanceof RangeError) return;
    throw error;
  }
  throw new Error('expected a RangeError');
}

/** One demand on a store. `run` throws if the store does not meet it. */
export interface ContractCase {
  readonly name: string;
  run(store: Store): Promise<void>;
}
