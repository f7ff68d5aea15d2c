import type { Budget, BudgetUnit } from '../core/budget.ts';
import type { Deployment } from '../core/deployment.ts';
import type { Charge, ChargeWindow } from '../stores/store.ts';
import { CalendarClock, isShortWindow, rollingLabel } from './windows.ts';

const MINUTE_MS = 60_000;

/** One limit of one budget for one caller: knows its counter's key in the current window. */
export interface BoundLimit {
  readonly budget: Budget;
  readonly unit: BudgetUnit;
  readonly limit: number;
  readonly values: Readonly<Record<string, string>>;
  /** A small rate limit: its estimates are capped at the limit, so that it stays reachable. */
  readonly short: boolean;
  readonly enforced: boolean;
  /** Set for a deployment's `rpm` and `tpm`: the deployment's id. */
  readonly rateOf: string | undefined;
  span(now: number): CounterSpan;
  /** The counter's key. */
  counter(now: number): string;
}

/** What bounds the outputs of a call. */
export type OutputLimit = Pick<BoundLimit, 'unit' | 'limit' | 'short'>;

/** One window of a budget's unit, the same for all of its counters. */
export interface CounterSpan {
  /** Start of the counters' keys. */
  readonly prefix: string;
  readonly window: ChargeWindow;
  /** `2026-11`, or the length of a rolling window. */
  readonly label: string;
  /** Null for `lifetime`; undefined for a rolling window, which ends at no one moment. */
  readonly endsAt: number | null | undefined;
}

/** One limit of one budget, whoever calls. */
export class BudgetLimit {
  readonly budget: Budget;
  readonly unit: BudgetUnit;
  readonly limit: number;
  readonly short: boolean;
  readonly enforced: boolean;
  readonly rateOf: string | undefined;
  readonly #clock: CalendarClock | undefined;
  #span: CounterSpan | undefined;

  constructor(budget: Budget, unit: BudgetUnit, limit: number, clock: CalendarClock | undefined, rateOf?: string) {
    this.rateOf = rateOf;
    this.budget = budget;
    this.unit = unit;
    this.limit = limit;
    this.short = unit !== 'usd' && isShortWindow(budget.window);
    this.enforced = budget.onExceed.action !== 'shadow';
    this.#clock = clock;
  }

  span(now: number): CounterSpan {
    const span = this.#span;
    if (span !== undefined && (span.endsAt === undefined || span.endsAt === null || now < span.endsAt)) return span;
    this.#span = counterSpan(this.budget, this.unit, this.#clock, now);
    return this.#span;
  }
}

/** There is one for each user of a budget, so it keeps what tells it from the others, and no more. */
export class Limit implements BoundLimit {
  readonly #of: BudgetLimit;
  /** Its values, as the end of its counter's key. */
  readonly #suffix: string;
  #span: CounterSpan | undefined;
  #counter = '';

  constructor(of: BudgetLimit, values: ReadonlyMap<string, string>) {
    this.#of = of;
    this.#suffix = keyOfValues(values);
  }

  get budget(): Budget {
    return this.#of.budget;
  }

  get unit(): BudgetUnit {
    return this.#of.unit;
  }

  get limit(): number {
    return this.#of.limit;
  }

  get values(): Readonly<Record<string, string>> {
    return valuesInKey(this.#of.budget, this.#suffix, '');
  }

  get short(): boolean {
    return this.#of.short;
  }

  get enforced(): boolean {
    return this.#of.enforced;
  }

  get rateOf(): string | undefined {
    return this.#of.rateOf;
  }

  span(now: number): CounterSpan {
    return this.#of.span(now);
  }

  counter(now: number): string {
    const span = this.#of.span(now);
    if (span === this.#span) return this.#counter;
    this.#span = span;
    // Joined, the key is one piece: the store keeps it, and a sum would keep all of its parts as well.
    this.#counter = [span.prefix, this.#suffix].join('');
    return this.#counter;
  }
}

export function chargeOf(limit: BoundLimit, amount: number, now: number): Charge {
  const capped = limit.short && limit.limit > 0 ? Math.min(amount, limit.limit) : amount;
  const { window } = limit.span(now);
  return { counter: limit.counter(now), amount: capped, limit: limit.limit, enforced: limit.enforced, window };
}

/** A deployment's `rpm` and `tpm` as limits over a rolling minute, whoever calls. */
export function rateLimits(deployment: Deployment): BoundLimit[] {
  const limits: BoundLimit[] = [];
  const values = new Map([['deployment', deployment.id]]);
  for (const [name, unit] of [
    ['rpm', 'requests'],
    ['tpm', 'tokens'],
  ] as const) {
    const limit = deployment[name];
    if (limit === undefined) continue;
    const budget: Budget = {
      name: `${deployment.id} ${name}`,
      each: ['deployment'],
      match: {},
      limit: { [unit]: limit },
      window: { kind: 'rolling', lengthMs: MINUTE_MS },
      warnAt: [],
      onExceed: { action: 'block' },
      estimate: 'strict',
      whenStoreFails: 'allow',
    };
    limits.push(new Limit(new BudgetLimit(budget, unit, limit, undefined, deployment.id), values));
  }
  return limits;
}

/** The dimension values in a counter's key, in the order of the budget's `each`. */
export function valuesInKey(budget: Budget, key: string, prefix: string): Record<string, string> {
  const parts = key.slice(prefix.length).split('|').map(unescapePart);
  return Object.fromEntries(budget.each.map((dimension, place) => [dimension, parts[place] ?? '']));
}

/** Start of the keys of a budget's counters of one unit, in the current window. */
export function counterSpan(budget: Budget, unit: BudgetUnit, clock: CalendarClock | undefined, now: number): CounterSpan {
  const name = escapePart(budget.name);
  if (budget.window.kind === 'rolling') {
    const label = rollingLabel(budget.window.lengthMs);
    return { prefix: `${name}|${unit}|~${label}|`, window: budget.window, label, endsAt: undefined };
  }
  const calendar = clock ?? new CalendarClock(budget.window.unit, budget.window.timezone);
  const { label, endsAt } = calendar.at(now);
  return { prefix: `${name}|${unit}|${label}|`, window: calendar.windowAt(now), label, endsAt };
}

/** What a budget's `each` counts by: a text, or a list as one text that no other list has. */
export function valueOfEach(value: string | readonly string[]): string {
  return typeof value === 'string' ? value : value.map((item) => item.replaceAll('%', '%25').replaceAll(',', '%2C')).join(',');
}

/** Dimension values as the end of a counter's key. */
export function keyOfValues(values: ReadonlyMap<string, string>): string {
  return [...values.values()].map(escapePart).join('|');
}

function escapePart(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('|', '%7C');
}

function unescapePart(text: string): string {
  return text.replaceAll('%7C', '|').replaceAll('%25', '%');
}
