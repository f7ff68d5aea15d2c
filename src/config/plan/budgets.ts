import type { Budget, BudgetUnit, BudgetWindow, OnExceed } from '../../core/budget.ts';
import { usdToNano } from '../../core/money.ts';
import { freezeDeep } from '../containers.ts';
import { rollingLengthMs } from '../schema/budgets.ts';
import type { ValidBudget } from '../schema.ts';
import { defined } from './policies.ts';

export function planBudget(config: ValidBudget): Budget {
  const { usd, ...counts } = config.limit;
  const limit: Partial<Record<BudgetUnit, number>> = defined(counts);
  if (usd !== undefined) limit.usd = usdToNano(usd);
  return freezeDeep({
    name: config.name,
    each: [...new Set(toList(config.each))],
    match: toMatch(config.match),
    limit,
    window: toWindow(config),
    warnAt: [...new Set(config.warnAt)].sort((a, b) => a - b),
    onExceed: toOnExceed(config),
    missing: config.missing ?? 'ignore',
    estimate: config.estimate ?? 'strict',
    whenStoreFails: config.whenStoreFails ?? (usd === undefined ? 'allow' : 'deny'),
  });
}

/** Globs by dimension, each as a list. */
export function toMatch(match: Readonly<Record<string, string | readonly string[]>> | undefined): Record<string, string[]> {
  return Object.fromEntries(Object.entries(match ?? {}).map(([dimension, globs]) => [dimension, toList(globs)]));
}

export function toList(value: string | readonly string[] | undefined): string[] {
  if (value === undefined) return [];
  return typeof value === 'string' ? [value] : [...value];
}

function toWindow({ window, timezone }: ValidBudget): BudgetWindow {
  return typeof window === 'string'
    ? { kind: 'calendar', unit: window, timezone: timezone ?? 'UTC' }
    : { kind: 'rolling', lengthMs: rollingLengthMs(window.rolling) };
}

function toOnExceed({ onExceed, downgradeTo }: ValidBudget): OnExceed {
  if (onExceed !== 'downgrade') return { action: onExceed ?? 'block' };
  return downgradeTo === undefined ? { action: 'block' } : { action: 'downgrade', to: downgradeTo };
}
