import { describe, expect, it } from 'vitest';
import { BudgetBook } from '../../src/ledger/bound-budgets.ts';
import { chargeOf, counterSpan, keyOfValues, rateLimits, valuesInKey } from '../../src/ledger/bound-limit.ts';
import { budgetOf, deploymentOf, planOf } from '../support/ledger-plan.ts';

const NOON = Date.UTC(2026, 10, 25, 12);
const limit = { requests: 9 };
const calendar = (unit: 'hour' | 'day' | 'lifetime', timezone = 'UTC') => ({ kind: 'calendar', unit, timezone }) as const;
const names = (bound: { limits: readonly { budget: { name: string } }[] }) => bound.limits.map(({ budget }) => budget.name);

describe('the budgets of a caller', () => {
  const plan = planOf({
    budgets: [
      budgetOf({ name: 'all', limit }),
      budgetOf({ name: 'team', each: ['team'], limit }),
      budgetOf({ name: 'provider', match: { provider: ['openai'] }, limit }),
      budgetOf({ name: 'each', each: ['deployment', 'model'], limit }),
    ],
  });
  const mini = deploymentOf({});

  it('are found once for a caller and model, and for an attempt', () => {
    const book = new BudgetBook();
    const caller = { team: 'a' };
    const found = book.ofCall(plan, caller, 'fast');
    expect(names(found)).toEqual(['all', 'team']);
    expect(book.ofCall(plan, caller, 'fast')).toBe(found);
    expect(book.ofCall(plan, caller, 'smart')).not.toBe(found);
    expect(book.ofCall(plan, { team: 'a' }, 'fast')).not.toBe(found);
    expect(book.ofCall({ ...plan }, caller, 'fast')).not.toBe(found);
    const attempt = book.ofAttempt(plan, caller, 'fast', mini);
    expect(names(attempt)).toEqual(['provider', 'each']);
    expect(attempt.limits[1]?.values).toEqual({ deployment: mini.id, model: 'fast' });
    expect(book.ofAttempt(plan, caller, 'fast', mini)).toBe(attempt);
  });

  it('do not mix what a call and what an attempt is charged for, whatever a caller calls itself', () => {
    const book = new BudgetBook();
    const odd = { provider: 'openai', deployment: 'x', team: 'a' };
    expect(names(book.ofCall(plan, odd, 'fast'))).toEqual(['all', 'team']);
    expect(names(book.ofAttempt(plan, odd, 'fast', deploymentOf({ provider: 'anthropic' })))).toEqual(['each']);
  });

  it('are one and the same nothing where none applies', () => {
    const book = new BudgetBook();
    const none = book.ofCall(planOf({}), {}, 'fast');
    expect(none).toMatchObject({ limits: [], money: undefined, boundsOutput: false, expects: false });
    expect(book.ofCall(planOf({}), {}, 'fast')).toBe(none);
    expect(book.ofAttempt(planOf({}), {}, 'fast', mini)).toBe(none);
    expect(book.ofCall(planOf({ budgets: [budgetOf({ name: 't', each: ['team'], limit })] }), {}, 'fast')).toBe(none);
  });

  it('are kept for a thousand models of a caller, and then found anew', () => {
    const book = new BudgetBook();
    const caller = {};
    const first = book.ofCall(plan, caller, 'm0');
    for (let model = 1; model < 1_000; model++) book.ofCall(plan, caller, `m${model}`);
    expect(book.ofCall(plan, caller, 'm0')).toBe(first);
    book.ofCall(plan, caller, 'm1000');
    expect(book.ofCall(plan, caller, 'm0')).not.toBe(first);
  });

  it('tell what they need of an estimate', () => {
    const facts = (...budgets: Parameters<typeof budgetOf>[0][]) => {
      const { money, boundsOutput, expects } = new BudgetBook().ofCall(planOf({ budgets: budgets.map(budgetOf) }), {}, 'fast');
      return { money: money?.budget.name, boundsOutput, expects };
    };
    const expecting = { name: 'e', limit: { usd: 9 }, estimate: 'expected' } as const;
    expect(facts({ name: 'r', limit })).toEqual({ money: undefined, boundsOutput: false, expects: false });
    expect(facts({ name: 'r', limit }, expecting)).toEqual({ money: 'e', boundsOutput: false, expects: true });
    expect(facts(expecting, { name: 't', limit: { tokens: 9 } })).toEqual({ money: 'e', boundsOutput: true, expects: true });
    expect(facts({ name: 's', limit: { usd: 9 }, onExceed: { action: 'shadow' } })).toMatchObject({
      money: undefined,
      boundsOutput: false,
    });
  });

  it('may touch a caller whatever model and provider it asks for', () => {
    const book = new BudgetBook();
    const touches = (budget: Partial<Parameters<typeof budgetOf>[0]>, caller = { team: 'search' }) =>
      book.touches(budgetOf({ name: 'b', limit, ...budget }), caller);
    expect([touches({}), touches({ each: ['team'] }), touches({ each: ['team', 'model', 'provider', 'deployment'] })]).toEqual([
      true,
      true,
      true,
    ]);
    expect([touches({ each: ['user'] }), touches({ each: ['team', 'user'] })]).toEqual([false, false]);
    expect([touches({ match: { model: ['x'], provider: ['y'] } }), touches({ match: { team: ['sea*'], model: ['x'] } })]).toEqual(
      [true, true],
    );
    expect([touches({ match: { team: ['ads'] } }), touches({ match: { user: ['*'] } })]).toEqual([false, false]);
  });

  it('have a counter that a caller alone decides, unless the model or provider decides too', () => {
    const book = new BudgetBook();
    const caller = { team: 'a|b', tags: ['x', 'y'] };
    expect(book.keyOf(budgetOf({ name: 'b', each: ['team', 'tags'], limit }), 'requests', caller, NOON)).toBe(
      'b|requests|2026-11|a%7Cb|x,y',
    );
    expect(book.keyOf(budgetOf({ name: 'b', each: ['team', 'model'], limit }), 'requests', caller, NOON)).toBeUndefined();
  });

  it('share a clock where their windows are the same', () => {
    const book = new BudgetBook();
    const clock = (window: ReturnType<typeof calendar>) => book.clockOf(budgetOf({ name: 'b', limit, window }));
    expect(clock(calendar('day'))).toBeDefined();
    expect(clock(calendar('day'))).toBe(clock(calendar('day')));
    expect(clock(calendar('day'))).not.toBe(clock(calendar('hour')));
    expect(clock(calendar('day'))).not.toBe(clock(calendar('day', 'Asia/Tokyo')));
    expect(book.clockOf(budgetOf({ name: 'b', limit, window: { kind: 'rolling', lengthMs: 1_000 } }))).toBeUndefined();
  });
});

describe('a limit', () => {
  const boundTo = (window: Parameters<typeof budgetOf>[0]['window']) => {
    const [found] = new BudgetBook().ofCall(planOf({ budgets: [budgetOf({ name: 'b', limit, window })] }), {}, 'fast').limits;
    if (found === undefined) throw new Error('no limit');
    return found;
  };

  it('names its counter anew only when its window ends', () => {
    const hourly = boundTo(calendar('hour'));
    const [span, counter] = [hourly.span(NOON), hourly.counter(NOON)];
    expect(hourly.span(NOON + 3_599_999)).toBe(span);
    expect(hourly.counter(NOON + 3_599_999)).toBe(counter);
    expect(hourly.counter(NOON + 3_600_000)).not.toBe(counter);
    for (const endless of [boundTo(calendar('lifetime')), boundTo({ kind: 'rolling', lengthMs: 90_000 })]) {
      expect(endless.span(NOON + 1e12)).toBe(endless.span(NOON));
    }
  });

  it('charges its window as the store is to keep it', () => {
    expect(chargeOf(boundTo({ kind: 'rolling', lengthMs: 90_000 }), 1, NOON)).toEqual({
      counter: 'b|requests|~90s|',
      amount: 1,
      limit: 9,
      enforced: true,
      window: { kind: 'rolling', lengthMs: 90_000 },
    });
    expect(chargeOf(boundTo(calendar('day')), 1, NOON).window).toEqual({ kind: 'calendar', endsAt: Date.UTC(2026, 10, 26) });
    expect(counterSpan(budgetOf({ name: 'b', limit, window: calendar('day') }), 'requests', undefined, NOON).label).toBe(
      '2026-11-25',
    );
  });

  it('is one for each of its users, who share all but their counters and values', () => {
    const budget = budgetOf({ name: 'b', each: ['team', 'user'], limit, window: calendar('day') });
    const plan = planOf({ budgets: [budget] });
    const book = new BudgetBook();
    const [one, other] = ['100%|', '%7C'].map((user) => book.ofCall(plan, { team: 'a|b', user }, 'fast').limits[0]);
    expect([one?.counter(NOON), other?.counter(NOON)]).toEqual([
      'b|requests|2026-11-25|a%7Cb|100%25%7C',
      'b|requests|2026-11-25|a%7Cb|%257C',
    ]);
    expect([one?.values, other?.values]).toEqual([
      { team: 'a|b', user: '100%|' },
      { team: 'a|b', user: '%7C' },
    ]);
    expect(one?.span(NOON)).toBe(other?.span(NOON));
  });

  it("reads the values back that are in a counter's name", () => {
    const budget = budgetOf({ name: 'b', each: ['team', 'user'], limit });
    const values = { team: 'a|%7C', user: '100%' };
    expect(valuesInKey(budget, `b|${keyOfValues(new Map(Object.entries(values)))}`, 'b|')).toEqual(values);
    expect(valuesInKey(budget, 'b|only', 'b|')).toEqual({ team: 'only', user: '' });
  });

  it('of a deployment is one for each rate that it has, over a rolling minute, and lets calls through without its store', () => {
    const shape = {
      each: ['deployment'],
      match: {},
      window: { kind: 'rolling', lengthMs: 60_000 },
      warnAt: [],
      onExceed: { action: 'block' },
      estimate: 'strict',
      whenStoreFails: 'allow',
    };
    const of = (rates: object) =>
      rateLimits(deploymentOf(rates)).map(({ budget, unit, limit: most, values, short, rateOf }) => ({
        budget,
        unit,
        most,
        values,
        short,
        rateOf,
      }));
    const common = { values: { deployment: 'openai/gpt-5-mini' }, short: true, rateOf: 'openai/gpt-5-mini' };
    const rpm = {
      budget: { name: 'openai/gpt-5-mini rpm', limit: { requests: 4 }, ...shape },
      unit: 'requests',
      most: 4,
      ...common,
    };
    const tpm = { budget: { name: 'openai/gpt-5-mini tpm', limit: { tokens: 7 }, ...shape }, unit: 'tokens', most: 7, ...common };
    expect([of({}), of({ rpm: 4 }), of({ tpm: 7 }), of({ rpm: 4, tpm: 7 })]).toEqual([[], [rpm], [tpm], [rpm, tpm]]);
    const book = new BudgetBook();
    const counted = (rates: object) => book.ofAttempt(planOf({}), {}, 'fast', deploymentOf(rates)).limits.length;
    expect([counted({}), counted({ rpm: 4 }), counted({ tpm: 7 }), counted({ rpm: 4, tpm: 7 })]).toEqual([0, 1, 1, 2]);
    const limited = deploymentOf({ rpm: 4 });
    const [first] = book.ofAttempt(planOf({}), {}, 'fast', limited).limits;
    const other = planOf({});
    const again = book.ofAttempt(other, {}, 'fast', limited).limits[0];
    expect(book.ofAttempt(other, { team: 'b' }, 'smart', limited).limits[0]).toBe(again);
    expect(first).toEqual(again);
  });
});
