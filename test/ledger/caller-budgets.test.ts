import { beforeEach, describe, expect, it } from 'vitest';
import type { Budget } from '../../src/core/budget.ts';
import type { Caller } from '../../src/core/caller.ts';
import { budgetOf, callOf, deploymentOf, planOf } from '../support/ledger-plan.ts';
import { ALL, ask, attempt, clock, dear, ledger, openLedger, reserve, store } from './desk.ts';

beforeEach(openLedger);

describe('the budgets of a caller', () => {
  const limit = { requests: 9 };
  const chargedBy = (budget: Budget, caller: Caller, model = 'fast') => {
    const before = store.asked.length;
    reserve(ask([budget], {}, { caller, model }));
    return store.asked.slice(before).flatMap(({ charges }) => charges.map(({ counter }) => counter));
  };

  it('are kept apart by every value of their dimensions, lists of them included', () => {
    expect(chargedBy(budgetOf({ name: 'b', each: ['team', 'user'], limit }), { team: 'a', user: 'u' })).toEqual([
      'b|requests|2026-11|a|u',
    ]);
    expect(chargedBy(budgetOf({ name: 'b', each: ['tags'], limit }), { tags: ['x', 'y'] })).toEqual(['b|requests|2026-11|x,y']);
    expect(chargedBy(budgetOf({ name: 'b', each: ['model'], limit }), {}, 'smart')).toEqual(['b|requests|2026-11|smart']);
    expect(chargedBy(budgetOf({ name: 'b|%', limit, window: { kind: 'rolling', lengthMs: 90_000 } }), {})).toEqual([
      'b%7C%25|requests|~90s|',
    ]);
    expect(chargedBy(budgetOf({ name: 'b', each: ['team', 'user'], limit }), { team: 'a' })).toEqual([]);
    expect(chargedBy(budgetOf({ name: 'b', each: ['constructor'], limit }), {})).toEqual([]);
  });

  it('need every dimension of the match, and one value of a list', () => {
    const budget = budgetOf({ name: 'b', match: { team: ['a', 'b*'], tags: ['x'] }, limit });
    expect(chargedBy(budget, { team: 'bee', tags: ['w', 'x'] })).toHaveLength(1);
    expect(chargedBy(budget, { team: 'bee', tags: ['w'] })).toEqual([]);
    expect(chargedBy(budget, { team: 'c', tags: ['x'] })).toEqual([]);
    expect(chargedBy(budget, { tags: ['x'] })).toEqual([]);
  });

  it('come in the order of their units, after the rates of a deployment', () => {
    const limited = deploymentOf({ rpm: 4, tpm: 10_000 });
    const call = ask([
      budgetOf({ name: 'b', match: { provider: ['openai'] }, limit: ALL }),
      budgetOf({ name: 'other', each: ['deployment'], limit }),
    ]);
    attempt(call, limited);
    expect(store.asked[0]?.charges.map(({ counter, limit: of, enforced }) => [counter, of, enforced])).toEqual([
      ['openai/gpt-5-mini rpm|requests|~1m|openai/gpt-5-mini', 4, true],
      ['openai/gpt-5-mini tpm|tokens|~1m|openai/gpt-5-mini', 10_000, true],
      ['b|requests|2026-11|', 9, true],
      ['b|tokens|2026-11|', 9_000, true],
      ['b|inputTokens|2026-11|', 9_000, true],
      ['b|outputTokens|2026-11|', 9_000, true],
      ['b|usd|2026-11|', 1_000_000_000, true],
      ['other|requests|2026-11|openai/gpt-5-mini', 9, true],
    ]);
  });

  it('are shown to a caller by what it could be charged for', async () => {
    const plan = planOf({
      budgets: [
        budgetOf({ name: 'mine', each: ['team'], match: { team: ['sea*'] }, limit }),
        budgetOf({ name: 'theirs', match: { team: ['ads'] }, limit }),
        budgetOf({ name: 'by-model', each: ['team', 'model'], limit }),
        budgetOf({ name: 'by-user', each: ['user'], limit }),
      ],
    });
    for (const [team, model] of [
      ['search', 'fast'],
      ['search', 'smart'],
      ['ads', 'fast'],
    ] as const) {
      const call = callOf({ plan, caller: { team }, model });
      reserve(call);
    }
    const shown = await ledger.balances(plan, { team: 'search' });
    expect(shown.map(({ name, values, reserved }) => [name, values, reserved.requests])).toEqual([
      ['mine', { team: 'search' }, 2],
      ['by-model', { team: 'search', model: 'fast' }, 1],
      ['by-model', { team: 'search', model: 'smart' }, 1],
    ]);
  });

  it('inject an output bound only where a strict limit on tokens or money holds', () => {
    const injects = (budget: Partial<Budget> & Pick<Budget, 'limit'>) => {
      const call = ask([budgetOf({ name: 'b', ...budget })], { max_tokens: undefined });
      return ledger.estimate(call, [dear]).injectMaxOutputTokens !== undefined;
    };
    expect([
      injects({ limit: { tokens: 9e6 } }),
      injects({ limit: { outputTokens: 9e6 } }),
      injects({ limit: { usd: 9e9 } }),
    ]).toEqual([true, true, true]);
    expect([injects({ limit: { requests: 9 } }), injects({ limit: { inputTokens: 9e6 } })]).toEqual([false, false]);
    expect(injects({ limit: { tokens: 9e6 }, estimate: 'expected' })).toBe(false);
    expect(injects({ limit: { tokens: 9e6 }, onExceed: { action: 'shadow' } })).toBe(false);
    const minute = { kind: 'calendar', unit: 'minute', timezone: 'UTC' } as const;
    expect([injects({ limit: { tokens: 9e6 }, window: minute }), injects({ limit: { usd: 9e9 }, window: minute })]).toEqual([
      false,
      true,
    ]);
  });

  it('with a short window cap an estimate of tokens at their limit, and never one of money', () => {
    const minute = { kind: 'rolling', lengthMs: 60_000 } as const;
    const amountOf = (budget: Partial<Budget> & Pick<Budget, 'limit'>) => {
      reserve(ask([budgetOf({ name: 'b', ...budget })]));
      return store.asked.at(-1)?.charges[0]?.amount;
    };
    expect(amountOf({ limit: { tokens: 60 }, window: minute })).toBe(60);
    expect(amountOf({ limit: { tokens: 200 }, window: minute })).toBe(150);
    expect(amountOf({ limit: { tokens: 0 }, window: minute })).toBe(150);
    expect(amountOf({ limit: { tokens: 60 } })).toBe(150);
    expect(amountOf({ limit: { usd: 60 }, window: minute })).toBe(2_000_000);
  });

  it('follow the window as time goes on', () => {
    const hourly = budgetOf({ name: 'b', limit, window: { kind: 'calendar', unit: 'hour', timezone: 'UTC' } });
    const call = ask([hourly]);
    const counter = () => {
      reserve(call);
      return store.asked.at(-1)?.charges[0]?.counter;
    };
    expect(counter()).toBe('b|requests|2026-11-25T12Z|');
    clock.advance(3_599_999);
    expect(counter()).toBe('b|requests|2026-11-25T12Z|');
    clock.advance(1);
    expect(counter()).toBe('b|requests|2026-11-25T13Z|');
  });
});
