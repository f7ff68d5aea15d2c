import type { Budget, BudgetUnit } from '../core/budget.ts';
import type { Caller } from '../core/caller.ts';
import type { Deployment } from '../core/deployment.ts';
import { type Glob, toGlob } from '../core/glob.ts';
import type { Plan } from '../core/plan.ts';
import {
  type BoundLimit,
  BudgetLimit,
  type CounterSpan,
  counterSpan,
  keyOfValues,
  Limit,
  rateLimits,
  valueOfEach,
} from './bound-limit.ts';
import { CalendarClock } from './windows.ts';

/** The limits that apply to one caller and model, or to one attempt of it. */
export interface BoundBudgets {
  readonly limits: readonly BoundLimit[];
  readonly money: BoundLimit | undefined;
  /** A strict budget on tokens or money applies, so that an output without a bound would break it. */
  readonly boundsOutput: boolean;
  /** A budget with `estimate: 'expected'` applies. */
  readonly expects: boolean;
}

/** The same without what counts calls. */
export function withoutRequests(bound: BoundBudgets): BoundBudgets {
  const limits = bound.limits.filter(({ unit }) => unit !== 'requests');
  return limits.length === bound.limits.length ? bound : { ...bound, limits };
}

/** Only what counts calls. */
export function requestsAlone(bound: BoundBudgets): BoundBudgets {
  const limits = bound.limits.filter(({ unit }) => unit === 'requests');
  return { limits, money: undefined, boundsOutput: false, expects: false };
}

const NONE: BoundBudgets = { limits: [], money: undefined, boundsOutput: false, expects: false };
const UNITS: readonly BudgetUnit[] = ['requests', 'tokens', 'inputTokens', 'outputTokens', 'usd'];
const ATTEMPT_DIMENSIONS: ReadonlySet<string> = new Set(['provider', 'deployment']);
const CALL_DIMENSIONS: ReadonlySet<string> = new Set(['model', 'provider', 'deployment']);
const NO_FACTS: ReadonlyMap<string, string> = new Map();

/** Finds the budgets of a caller, and keeps them per plan and caller object, so that a call looks them up only. */
export class BudgetBook {
  readonly #plans = new WeakMap<Plan, PlanBudgets>();
  readonly #clocks = new Map<string, CalendarClock>();
  /** Asked for last: a call asks several times in a row. */
  #last: PlanBudgets | undefined;

  ofCall(plan: Plan, caller: Caller, model: string): BoundBudgets {
    return this.#planBudgets(plan).ofCall(caller, model);
  }

  ofAttempt(plan: Plan, caller: Caller, model: string, deployment: Deployment): BoundBudgets {
    return this.#planBudgets(plan).ofAttempt(caller, model, deployment);
  }

  /** Whether a plan has budgets that attempts are charged to, rather than calls. */
  limitsAttempts(plan: Plan): boolean {
    return this.#planBudgets(plan).limitsAttempts;
  }

  /** Whether a plan has a budget on money that refuses. */
  limitsMoney(plan: Plan): boolean {
    return this.#planBudgets(plan).limitsMoney;
  }

  /** The current window of all counters of a budget's unit. */
  span(budget: Budget, unit: BudgetUnit, now: number): CounterSpan {
    return counterSpan(budget, unit, this.clockOf(budget), now);
  }

  /** Whether a budget may be charged by a caller, whatever model and provider it asks for. */
  touches(budget: Budget, caller: Caller): boolean {
    const asked = ([dimension]: readonly [string, unknown]) => !CALL_DIMENSIONS.has(dimension);
    const has = (dimension: string) => CALL_DIMENSIONS.has(dimension) || own(caller, dimension) !== undefined;
    const tests = Object.entries(budget.match).filter(asked);
    return budget.each.every(has) && tests.every(([dimension, globs]) => matches(caller, NO_FACTS, dimension, globs.map(toGlob)));
  }

  /** A caller's counter of a budget; undefined if the model or provider decides too. */
  keyOf(budget: Budget, unit: BudgetUnit, caller: Caller, now: number): string | undefined {
    const values = valuesOf(budget, caller, NO_FACTS);
    if (values === undefined) return undefined;
    return this.span(budget, unit, now).prefix + keyOfValues(values);
  }

  clockOf(budget: Budget): CalendarClock | undefined {
    const { window } = budget;
    if (window.kind === 'rolling') return undefined;
    const key = `${window.unit} ${window.timezone}`;
    let clock = this.#clocks.get(key);
    if (clock === undefined) {
      clock = new CalendarClock(window.unit, window.timezone);
      this.#clocks.set(key, clock);
    }
    return clock;
  }

  #planBudgets(plan: Plan): PlanBudgets {
    if (this.#last?.plan === plan) return this.#last;
    let budgets = this.#plans.get(plan);
    if (budgets === undefined) {
      budgets = new PlanBudgets(plan, this);
      this.#plans.set(plan, budgets);
    }
    this.#last = budgets;
    return budgets;
  }
}

interface Matcher {
  readonly budget: Budget;
  readonly limits: readonly BudgetLimit[];
  readonly tests: readonly { readonly dimension: string; readonly globs: readonly Glob[] }[];
}

class PlanBudgets {
  readonly plan: Plan;
  readonly limitsAttempts: boolean;
  readonly limitsMoney: boolean;
  readonly #ofCall: readonly Matcher[];
  readonly #ofAttempt: readonly Matcher[];
  /** Of calls by their model, and of attempts by deployment and model: any name may be asked for, also one that looks like both. */
  readonly #callsOf = new WeakMap<Caller, Map<string, BoundBudgets>>();
  readonly #attemptsOf = new WeakMap<Caller, Map<string, BoundBudgets>>();
  readonly #rates = new Map<Deployment, readonly BoundLimit[]>();
  #lastCaller: Caller | undefined;
  #lastModel = '';
  #lastOfCall = NONE;

  constructor(plan: Plan, book: BudgetBook) {
    this.plan = plan;
    this.#ofCall = plan.budgets.filter((budget) => !isOfAttempt(budget)).map((budget) => toMatcher(budget, book));
    this.#ofAttempt = plan.budgets.filter(isOfAttempt).map((budget) => toMatcher(budget, book));
    this.limitsAttempts = this.#ofAttempt.length > 0;
    this.limitsMoney = plan.budgets.some(({ limit, onExceed }) => limit.usd !== undefined && onExceed.action !== 'shadow');
  }

  ofCall(caller: Caller, model: string): BoundBudgets {
    if (this.#ofCall.length === 0) return NONE;
    if (this.#lastCaller === caller && this.#lastModel === model) return this.#lastOfCall;
    this.#lastOfCall = cached(this.#callsOf, caller, model, () =>
      this.#bind(this.#ofCall, caller, new Map([['model', model]]), []),
    );
    this.#lastCaller = caller;
    this.#lastModel = model;
    return this.#lastOfCall;
  }

  ofAttempt(caller: Caller, model: string, deployment: Deployment): BoundBudgets {
    const limited = deployment.rpm !== undefined || deployment.tpm !== undefined;
    if (this.#ofAttempt.length === 0 && !limited) return NONE;
    return cached(this.#attemptsOf, caller, `${model.length} ${model} ${deployment.id}`, () => {
      const { id, provider } = deployment;
      const facts = new Map([
        ['model', model],
        ['provider', provider],
        ['deployment', id],
      ]);
      return this.#bind(this.#ofAttempt, caller, facts, limited ? this.#ratesOf(deployment) : []);
    });
  }

  #bind(
    matchers: readonly Matcher[],
    caller: Caller,
    facts: ReadonlyMap<string, string>,
    more: readonly BoundLimit[],
  ): BoundBudgets {
    const limits = [...more];
    for (const { budget, limits: ofBudget, tests } of matchers) {
      if (!tests.every(({ dimension, globs }) => matches(caller, facts, dimension, globs))) continue;
      const values = valuesOf(budget, caller, facts);
      if (values === undefined) continue;
      for (const limit of ofBudget) limits.push(new Limit(limit, values));
    }
    if (limits.length === 0) return NONE;
    const strict = (limit: BoundLimit) => limit.unit !== 'requests' && limit.budget.estimate === 'strict';
    return {
      limits,
      money: limits.find((limit) => limit.unit === 'usd' && limit.enforced),
      boundsOutput: limits.some((limit) => limit.enforced && strict(limit) && limit.unit !== 'inputTokens' && !limit.short),
      expects: limits.some((limit) => limit.budget.estimate === 'expected'),
    };
  }

  #ratesOf(deployment: Deployment): readonly BoundLimit[] {
    let limits = this.#rates.get(deployment);
    if (limits === undefined) {
      limits = rateLimits(deployment);
      this.#rates.set(deployment, limits);
    }
    return limits;
  }
}

function cached(
  byCaller: WeakMap<Caller, Map<string, BoundBudgets>>,
  caller: Caller,
  key: string,
  bind: () => BoundBudgets,
): BoundBudgets {
  let byKey = byCaller.get(caller);
  if (byKey === undefined) {
    byKey = new Map();
    byCaller.set(caller, byKey);
  }
  let bound = byKey.get(key);
  if (bound === undefined) {
    if (byKey.size >= 1000) byKey.clear();
    bound = bind();
    byKey.set(key, bound);
  }
  return bound;
}

function isOfAttempt(budget: Budget): boolean {
  return [...Object.keys(budget.match), ...budget.each].some((dimension) => ATTEMPT_DIMENSIONS.has(dimension));
}

function toMatcher(budget: Budget, book: BudgetBook): Matcher {
  const limits: BudgetLimit[] = [];
  for (const unit of UNITS) {
    const limit = budget.limit[unit];
    if (limit !== undefined) limits.push(new BudgetLimit(budget, unit, limit, book.clockOf(budget)));
  }
  const tests = Object.entries(budget.match).map(([dimension, globs]) => ({ dimension, globs: globs.map(toGlob) }));
  return { budget, limits, tests };
}

function matches(caller: Caller, facts: ReadonlyMap<string, string>, dimension: string, globs: readonly Glob[]): boolean {
  const value = facts.get(dimension) ?? own(caller, dimension);
  if (value === undefined) return false;
  const values = typeof value === 'string' ? [value] : value;
  return values.some((text) => globs.some((glob) => glob(text)));
}

/** Undefined if the caller lacks a dimension: the budget does not touch such a call. */
function valuesOf(budget: Budget, caller: Caller, facts: ReadonlyMap<string, string>): Map<string, string> | undefined {
  const values = new Map<string, string>();
  for (const dimension of budget.each) {
    const value = facts.get(dimension) ?? own(caller, dimension);
    if (value === undefined) return undefined;
    values.set(dimension, valueOfEach(value));
  }
  return values;
}

function own(caller: Caller, dimension: string): string | readonly string[] | undefined {
  return Object.hasOwn(caller, dimension) ? caller[dimension] : undefined;
}
