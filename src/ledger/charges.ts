import type { BudgetUnit } from '../core/budget.ts';
import type { Deployment } from '../core/deployment.ts';
import { nanoToUsd } from '../core/money.ts';
import type { Charge } from '../stores/store.ts';
import type { BoundBudgets } from './bound-budgets.ts';
import { type BoundLimit, chargeOf } from './bound-limit.ts';
import type { Denial, Estimate, EstimatedAmounts, Settlement } from './ledger.ts';
import { isShortWindow } from './windows.ts';

/** The charges of an estimate against limits, in their order. Money that no price is known for is charged as zero. */
export function chargesOf(
  limits: readonly BoundLimit[],
  estimate: Estimate,
  deployment: Deployment | undefined,
  now: number,
): Charge[] {
  return limits.map((limit) => {
    const amounts = (limit.budget.estimate === 'strict' ? estimate.strict : estimate.expected) ?? estimate;
    return chargeOf(limit, amountOf(limit, amounts, deployment), now);
  });
}

/** What was used, in the order of the limits. Money without a known cost stays at what was held: never zero. */
export function actualOf(limits: readonly BoundLimit[], charges: readonly Charge[], actual: Settlement): number[] {
  return limits.map(({ unit }, place) => usedOf(unit, actual, charges[place]?.amount ?? 0));
}

/** Why a limit has no room, as the caller is told. */
export function denialOf(limit: BoundLimit, remaining: number, retryAfterMs: number | null, now: number): Denial {
  const { budget, unit, values } = limit;
  const { endsAt } = limit.counter(now);
  const lifetime = endsAt === null;
  const rolling = budget.window.kind === 'rolling' ? budget.window.lengthMs : undefined;
  const waitMs = retryAfterMs ?? rolling ?? Number.POSITIVE_INFINITY;
  const downgradeTo = budget.onExceed.action === 'downgrade' ? budget.onExceed.to : undefined;
  return {
    reason: 'budget',
    budget: budget.name,
    unit,
    values,
    limit: inUnit(unit, limit.limit),
    remaining: inUnit(unit, remaining),
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

/** The name of a deployment without a price, where money is limited and a price is required. */
export function unpriced(bound: BoundBudgets, estimate: Estimate, deployment: Deployment | undefined): Denial | undefined {
  if (bound.money === undefined) return undefined;
  const budget = bound.money.budget.name;
  const amounts = estimate.strict ?? estimate;
  if (amounts.costNanoUsd !== undefined) return undefined;
  const { costByDeployment: costs } = amounts;
  if (deployment !== undefined) {
    return costs.get(deployment.id) === undefined ? { reason: 'unpriced', deployment: deployment.id, budget } : undefined;
  }
  for (const [id, cost] of costs) if (cost === undefined) return { reason: 'unpriced', deployment: id, budget };
  return undefined;
}

function usedOf(unit: BudgetUnit, { requests, usage, costNanoUsd }: Settlement, held: number): number {
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
      return costNanoUsd ?? (usage.inputTokens + usage.outputTokens === 0 ? 0 : held);
  }
}

function amountOf({ unit }: BoundLimit, amounts: EstimatedAmounts, deployment: Deployment | undefined): number {
  const { usage } = amounts;
  switch (unit) {
    case 'requests':
      return 1;
    case 'tokens':
      return usage.inputTokens + usage.outputTokens;
    case 'inputTokens':
      return usage.inputTokens;
    case 'outputTokens':
      return usage.outputTokens;
    case 'usd':
      return (deployment === undefined ? amounts.costNanoUsd : amounts.costByDeployment.get(deployment.id)) ?? 0;
  }
}
