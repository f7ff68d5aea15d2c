import { formatPath } from '../../config/issues.ts';
import type { Plan } from '../../core/plan.ts';
import { pricesOfPlan } from '../../ledger/plan-prices.ts';
import { type Finding, note, warning } from './finding.ts';

/** Deployments without a known price, which a budget on money refuses. */
export function priceFindings(plan: Plan, now: number): Finding[] {
  const limitsMoney = plan.budgets.some(({ limit, onExceed }) => limit.usd !== undefined && onExceed.action !== 'shadow');
  return pricesOfPlan(plan, now).flatMap(({ model, deployments }) =>
    deployments.flatMap(({ deployment: { id }, state }) => {
      if (state.status !== 'unpriced') return [];
      const path = formatPath(['models', model]);
      if (!limitsMoney) return [note(path, `${id} has no known price: its calls are reported without a cost`)];
      return [warning(path, `${id} has no known price: calls that a budget on money applies to are refused`)];
    }),
  );
}
