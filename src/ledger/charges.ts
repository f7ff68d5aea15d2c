import type { BudgetUnit } from '../core/budget.ts';
import type { Deployment } from '../core/deployment.ts';
import { nanoToUsd } from '../core/money.ts';
import type { Charge } from '../stores/store.ts';
import type { BoundBudgets } from './bound-budgets.ts';
import { type BoundLimit, chargeOf } from './bound-limit.ts';
import type { Denial, Estimate, EstimatedAmounts, Settlement } from './ledger.ts';
import { isShortWindow } from './windows.ts';

/** The charges of an estimate against limits, in their order: of the most over all deployments, or of one. */
export function chargesOf(
  limits: readonly BoundLimit[],
  estimate: Estimate,
  deployment: Deployment | undefined,
  now: number,
): Charge[] {
  let strict: EstimatedAmounts | undefined;
  let expected: EstimatedAmounts | undefined;
  return limits.map((limit) => {
    if (limit.budget.estimate === 'strict') {
      strict ??= amountsAt(estimate.strict, deployment);
      return chargeOf(limit, amountOf(limit, strict), now);
    }
    expected ??= amountsAt(estimate.expected, deployment);
    return chargeOf(limit, amountOf(limit, expected), now);
  });
}

function amountsAt(amounts: EstimatedAmounts, deployment: Deployment | undefined): EstimatedAmounts {
  return deployment === undefined ? amounts : amounts.at(deployment.id);
}

/** What was used, in the order of the limits. Usage without a known price is charged what was held: never zero. */
export function actualOf(limits: readonly { unit: BudgetUnit }[], charges: readonly Charge[], actual: Settlement): number[] {
  return limits.map(({ unit }, place) => usedOf(unit, actual, charges[place]?.amount ?? 0));
}

/** How a limit stands to a charge, in the units of counters. */
export interface Standing {
  /** As it is in force, raised or not. */
  readonly limit: number;
  readonly needed: number;
  readonly remaining: number;
}

/** Why a limit has no room, as the caller is told. */
export function denialOf(limit: BoundLimit, standing: Standing, retryAfterMs: number | null, now: number): Denial {
  const { budget, unit, values } = limit;
  const { endsAt } = limit.span(now);
  const lifetime = endsAt === null;
  const rolling = budget.window.kind === 'rolling' ? budget.window.lengthMs : undefined;
  const waitMs = retryAfterMs ?? rolling ?? Number.POSITIVE_INFINITY;
  const downgradeTo = budget.onExceed.action === 'downgrade' ? budget.onExceed.to : undefined;
  return {
    reason: 'budget',
    budget: budget.name,
    unit,
    values,
    limit: inUnit(unit, standing.limit),
    needed: inUnit(unit, standing.needed),
    remaining: inUnit(unit, standing.remaining),
    resetAt: lifetime ? null : (endsAt ?? now + waitMs),
    retryAfterMs: waitMs,
    rateLimit: isShortWindow(budget.window),
    downgradeTo,
  };
}

/** An amount as users write it: dollars for money, a count for all else. */
export function inUnit(unit: string, amount: number): number {
  return unit === 'usd' ? nanoToUsd(amount) : amount;
}

/** The denial of a deployment without a price, if money is limited and a price is required. */
export function unpriced(bound: BoundBudgets, estimate: Estimate, deployment: Deployment | undefined): Denial | undefined {
  if (bound.money === undefined) return undefined;
  const budget = bound.money.budget.name;
  const amounts = amountsAt(estimate.strict, deployment);
  if (amounts.costNanoUsd !== undefined) return undefined;
  for (const [id, cost] of amounts.costByDeployment) {
    if (cost === undefined) return { reason: 'unpriced', deployment: id, budget };
  }
  return undefined;
}

function usedOf(
  unit: BudgetUnit,
  { requests, usage, costNanoUsd, leastNanoUsd = 0, unpriced }: Settlement,
  held: number,
): number {
  switch (unit) {
    case 'requests':
      return requests;
    case 'tokens':
      return usage.inputTokens + usage.outputTokens;
    case 'inputTokens':
      return usage.inputTokens;
    case 'outputTokens':
      return usage.outputTokens;
    case 'usd':
      if (costNanoUsd !== undefined) return unpriced ? costNanoUsd + Math.max(held, leastNanoUsd) : costNanoUsd;
      return usage.inputTokens + usage.outputTokens === 0 ? 0 : Math.max(held, leastNanoUsd);
  }
}

/** Money that no price is known for is charged as zero: it is refused if it is limited. */
function amountOf({ unit }: BoundLimit, { usage, totalTokens, costNanoUsd }: EstimatedAmounts): number {
  switch (unit) {
    case 'requests':
      return 1;
    case 'tokens':
      return totalTokens;
    case 'inputTokens':
      return usage.inputTokens;
    case 'outputTokens':
      return usage.outputTokens;
    case 'usd':
      return costNanoUsd ?? 0;
  }
}
