import type { Caller } from './caller.ts';
import { isLimitUsd, LARGEST_LIMIT_USD, SMALLEST_LIMIT_USD } from './money.ts';

/** Limits of one run: all that its caller may use in it, whatever fans out inside. One that is left out limits nothing. */
export interface RunLimits {
  /** Runs of the same id share their limits, over all processes of a shared store. Default: a run of its own, in memory. */
  readonly id?: string | undefined;
  /** Dollars. */
  readonly maxUsd?: number | undefined;
  /** Tokens of input and output together. */
  readonly maxTokens?: number | undefined;
  /** Calls that reached a provider, or may. */
  readonly maxCalls?: number | undefined;
  /** Calls of tools in answers, those that the vendor ran included; the next call is refused when there were so many. */
  readonly maxToolCalls?: number | undefined;
  /** Milliseconds from the start of the run; afterwards calls are refused, and those under way come to their end. */
  readonly maxMs?: number | undefined;
  /**
   * Asked before a call is refused, one question at a time; for 60 seconds at most, and no longer than the call may take.
   * `raise` has new limits, larger than those before.
   */
  readonly onLimit?: ((run: RunAtLimit) => Promise<RunAnswer | undefined> | RunAnswer | undefined) | undefined;
}

export const RUN_LIMITS = ['maxUsd', 'maxTokens', 'maxCalls', 'maxToolCalls', 'maxMs'] as const;

/** A limit that a run can have, by its name. */
export type RunLimit = (typeof RUN_LIMITS)[number];
/** In the units of `RunLimits`. */
export type RunAmounts = Readonly<Partial<Record<RunLimit, number>>>;

/** What `onLimit` answers: `raise` has new, larger limits, in the units of `RunLimits`; without them the call is refused. */
export interface RunAnswer {
  readonly raise?: RunAmounts | undefined;
}

/** What the calls of a run in this process have come to. Money is in dollars. */
export interface RunTotals {
  readonly calls: number;
  readonly usd: number;
  readonly tokens: number;
  readonly toolCalls: number;
  readonly models: Readonly<Record<string, { readonly calls: number; readonly usd: number; readonly tokens: number }>>;
  /** Calls of each tool, by its name. */
  readonly tools: Readonly<Record<string, number>>;
}

/** What a run was given, and what it has come to. */
export interface RunReport {
  readonly id: string;
  /** The run that this one is inside of. */
  readonly parent: string | undefined;
  readonly caller: Caller;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly limits: RunAmounts;
  readonly totals: RunTotals;
}

/** A run, and the limit that would refuse its next call. */
export interface RunAtLimit extends RunReport {
  /** The limit that refuses. */
  readonly limit: RunLimit;
  /** Against that limit, all processes together. */
  readonly spent: number;
}

const LONGEST_ID = 256;
const KNOWN: ReadonlySet<string> = new Set(['id', 'onLimit', ...RUN_LIMITS]);

/** Throws `TypeError` or `RangeError` naming the path, as for a malformed caller. */
export function checkRunLimits(limits: RunLimits): void {
  if (typeof limits !== 'object' || limits === null || Array.isArray(limits)) throw new TypeError('limits must be an object');
  for (const name of Object.keys(limits)) {
    if (!KNOWN.has(name)) throw new TypeError(`limits.${name} is unknown; expected one of ${[...KNOWN].join(', ')}`);
  }
  const { id, onLimit } = limits;
  if (id !== undefined) checkId(id);
  if (onLimit !== undefined && typeof onLimit !== 'function') throw new TypeError('limits.onLimit must be a function');
  checkRunAmounts(limits, 'limits');
}

/** Throws if an amount is none: dollars above 0, or a whole number from 1 on. */
export function checkRunAmounts(amounts: RunAmounts, path: string): void {
  for (const name of RUN_LIMITS) {
    const value: unknown = amounts[name];
    if (value === undefined) continue;
    if (typeof value !== 'number') throw new TypeError(`${path}.${name} must be a number`);
    if (name === 'maxUsd' && !(value > 0 && isLimitUsd(value))) {
      throw new RangeError(`${path}.maxUsd must be dollars from ${SMALLEST_LIMIT_USD} to ${LARGEST_LIMIT_USD}, got ${value}`);
    }
    if (name !== 'maxUsd' && !(Number.isSafeInteger(value) && value >= 1)) {
      throw new RangeError(`${path}.${name} must be a whole number from 1 on, got ${value}`);
    }
  }
}

function checkId(id: unknown): void {
  if (typeof id !== 'string') throw new TypeError('limits.id must be a string');
  if (id === '' || id.length > LONGEST_ID || /\p{Cc}/u.test(id)) {
    throw new RangeError(`limits.id must have 1 to ${LONGEST_ID} characters and no control characters`);
  }
}
