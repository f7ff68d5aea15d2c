import type { Budget, BudgetUnit } from '../../core/budget.ts';
import type { MaybePromise, Store } from '../../stores/store.ts';
import { keyOfValues } from '../bound-limit.ts';

/** A raise as the store keeps it. Amounts are integers, `usd` in nano-dollars. */
export interface RaiseNote {
  readonly by?: Partial<Record<BudgetUnit, number>> | undefined;
  readonly limit?: Partial<Record<BudgetUnit, number>> | undefined;
  readonly until: number | null;
  readonly at: number;
  readonly reason?: string | undefined;
  readonly actor?: string | undefined;
}

/** A reset of one counter. */
export interface ResetNote {
  /** What the counter had spent by then. */
  readonly spent: number;
  readonly at: number;
  readonly reason?: string | undefined;
  readonly actor?: string | undefined;
}

/** Notes have an end; this one is never reached. */
export const FOREVER_MS = Number.MAX_SAFE_INTEGER;

/** Whether anything of a budget was ever changed by hand: one look for all its counters. */
export const markKey = (budget: Budget) => `~changed|${budget.name}`;

const raiseKey = (budget: Budget, values: Readonly<Record<string, string>>) =>
  `~raise|${budget.name}|${keyOfValues(new Map(Object.entries(values)))}`;

const resetKey = (counter: string) => `~reset|${counter}`;

export function keepRaise(
  store: Store,
  budget: Budget,
  values: Readonly<Record<string, string>>,
  note: RaiseNote,
  now: number,
): MaybePromise<void> {
  return store.keepNote?.(raiseKey(budget, values), JSON.stringify(note), note.until ?? FOREVER_MS, now);
}

export function keepReset(store: Store, counter: string, note: ResetNote, untilMs: number, now: number): MaybePromise<void> {
  return store.keepNote?.(resetKey(counter), JSON.stringify(note), untilMs, now);
}

export async function readRaise(
  store: Store,
  budget: Budget,
  values: Readonly<Record<string, string>>,
  now: number,
): Promise<RaiseNote | undefined> {
  return read(await store.readNote?.(raiseKey(budget, values), now));
}

export async function readReset(store: Store, counter: string, now: number): Promise<ResetNote | undefined> {
  return read(await store.readNote?.(resetKey(counter), now));
}

/** What stands under these keys was written by this file; should it be anything else, nothing is raised. */
function read<T>(text: string | undefined): T | undefined {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as T;
  } catch {
    return undefined;
  }
}

/** The configured limit with a raise, without a reset. */
export function raisedLimit(limit: number, unit: BudgetUnit, raise: RaiseNote | undefined): number {
  if (raise === undefined) return limit;
  const raised = raise.limit?.[unit] ?? limit + (raise.by?.[unit] ?? 0);
  return Math.min(Math.max(limit, raised), Number.MAX_SAFE_INTEGER);
}
