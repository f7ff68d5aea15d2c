import { beforeEach, describe, expect, it } from 'vitest';
import type { Call } from '../../src/core/call.ts';
import type { Caller } from '../../src/core/caller.ts';
import type { Deployment } from '../../src/core/deployment.ts';
import type { Plan } from '../../src/core/plan.ts';
import type { Usage } from '../../src/core/usage.ts';
import type { BudgetExceedEvent, BudgetWarnEvent } from '../../src/events/budget-events.ts';
import { Emitter } from '../../src/events/emitter.ts';
import { createLedger } from '../../src/ledger/create-ledger.ts';
import type { Admission, Ledger, Reservation, Settlement } from '../../src/ledger/ledger.ts';
import { MemoryStore } from '../../src/stores/memory.ts';
import type { UsageRange, UsageTotals } from '../../src/stores/store.ts';
import { budgetOf, callOf, deploymentOf, planOf } from '../support/ledger-plan.ts';
import { TestClock } from '../support/test-clock.ts';

const USD = 1_000_000_000;
const mini = deploymentOf({});
const search: Caller = { team: 'search', user: 'u1' };
const used = (inputTokens: number, outputTokens = 0, costNanoUsd: number | undefined = 0): Settlement => ({
  requests: 1,
  usage: { inputTokens, outputTokens, cachedInputTokens: 0, cacheWriteTokens: 0, reasoningTokens: 0 },
  costNanoUsd,
});

let clock: TestClock;
let events: Emitter;
let ledger: Ledger;
beforeEach(() => {
  clock = new TestClock(Date.UTC(2026, 10, 25, 12));
  events = new Emitter();
  ledger = createLedger({ store: new MemoryStore(), clock, events });
});

function ask(plan: Plan, caller: Caller = search, params: Record<string, unknown> = {}): Call {
  const messages = [{ role: 'user', content: 'Hello' }];
  return callOf({ plan, caller, params: { model: 'fast', max_tokens: 10, messages, ...params } });
}

/** The memory store answers at once. */
function now(admission: Admission | Promise<Admission>): Admission {
  if (admission instanceof Promise) throw new Error('the memory store answered later');
  return admission;
}

function reserve(call: Call, deployments: Deployment[] = [mini]): Admission {
  return now(ledger.reserveCall(call, ledger.estimate(call, deployments)));
}

function admitted(call: Call, deployments: Deployment[] = [mini]): Reservation {
  const admission = reserve(call, deployments);
  if (!admission.admitted || admission.reservation === undefined) throw new Error(JSON.stringify(admission));
  return admission.reservation;
}

const denialOf = (admission: Admission) => (admission.admitted ? undefined : admission.denial);

describe('a reservation', () => {
  it('costs no work where no budget applies', () => {
    const plan = planOf({ budgets: [budgetOf({ name: 'team', each: ['team'], limit: { requests: 1 } })] });
    expect(reserve(ask(plan, {}))).toEqual({ admitted: true, reservation: undefined });
    expect(reserve(ask(planOf({})))).toEqual({ admitted: true, reservation: undefined });
  });

  it('is held against every budget of the caller, at once or not at all', async () => {
    const plan = planOf({
      budgets: [
        budgetOf({ name: 'company', limit: { requests: 5 } }),
        budgetOf({ name: 'team', each: ['team'], limit: { requests: 1 } }),
      ],
    });
    admitted(ask(plan));
    expect(denialOf(reserve(ask(plan)))).toMatchObject({
      reason: 'budget',
      budget: 'team',
      values: { team: 'search' },
      rateLimit: false,
    });
    const balances = await ledger.balances(plan, undefined);
    expect(balances).toMatchObject([
      { name: 'company', reserved: { requests: 1 }, spent: { requests: 0 }, remaining: { requests: 4 }, window: '2026-11' },
      { name: 'team', values: { team: 'search' }, reserved: { requests: 1 } },
    ]);
  });

  it('is replaced by what was used, once', async () => {
    const plan = planOf({ budgets: [budgetOf({ name: 'b', limit: { usd: USD, tokens: 1000 } })] });
    const reservation = admitted(ask(plan));
    reservation.settle(used(5, 7, 123_456_789));
    reservation.settle(used(500, 700, 1));
    reservation.release();
    const [balance] = await ledger.balances(plan, search);
    expect(balance).toMatchObject({ spent: { usd: 0.123_456_789, tokens: 12 }, reserved: { usd: 0, tokens: 0 } });
    expect(balance?.resetAt).toBe(Date.UTC(2026, 11, 1));
  });

  it('that is released frees everything', async () => {
    const plan = planOf({ budgets: [budgetOf({ name: 'b', limit: { requests: 1 } })] });
    admitted(ask(plan)).release();
    admitted(ask(plan)).release();
    expect((await ledger.balances(plan, search))[0]).toMatchObject({ spent: { requests: 0 }, reserved: { requests: 0 } });
  });

  it('holds a call without a known cost at its estimate, never at zero', async () => {
    const plan = planOf({ budgets: [budgetOf({ name: 'b', limit: { usd: USD } })] });
    const call = ask(plan);
    const cost = ledger.estimate(call, [mini]).costNanoUsd ?? 0;
    admitted(call).settle({ ...used(5, 5), costNanoUsd: undefined });
    admitted(call).settle({ ...used(0, 0), costNanoUsd: undefined });
    expect(cost).toBeGreaterThan(0);
    expect((await ledger.balances(plan, search))[0]?.spent.usd).toBe(cost / USD);
  });

  it('is refused where money is limited and no price is known', () => {
    const plan = planOf({ budgets: [budgetOf({ name: 'b', limit: { usd: USD } })] });
    const unknown = deploymentOf({ upstreamModel: 'my-own' });
    expect(denialOf(reserve(ask(plan), [mini, unknown]))).toEqual({
      reason: 'unpriced',
      deployment: 'openai/my-own',
      budget: 'b',
    });
    const priced = planOf({ ...plan, unknownPrice: { input: 1, output: 1 } });
    expect(reserve(ask(priced), [unknown]).admitted).toBe(true);
  });
});

describe('a budget', () => {
  it('matches by globs over the caller and the model', () => {
    const budget = budgetOf({ name: 'b', match: { team: ['sea*'], model: ['fa?t'], tags: ['beta'] }, limit: { requests: 0 } });
    const plan = planOf({ budgets: [budget] });
    expect(reserve(ask(plan, { team: 'search', tags: ['alpha', 'beta'] })).admitted).toBe(false);
    expect(reserve(ask(plan, { team: 'search', tags: ['alpha'] })).admitted).toBe(true);
    expect(reserve(ask(plan, { team: 'ads', tags: ['beta'] })).admitted).toBe(true);
    expect(reserve({ ...ask(plan, { team: 'search', tags: ['beta'] }), model: 'slow' }).admitted).toBe(true);
  });

  it('keeps callers apart whose values look alike', () => {
    const plan = planOf({ budgets: [budgetOf({ name: 'b', each: ['team', 'user'], limit: { requests: 1 } })] });
    admitted(ask(plan, { team: 'a|b', user: 'c' }));
    expect(reserve(ask(plan, { team: 'a', user: 'b|c' })).admitted).toBe(true);
    expect(reserve(ask(plan, { team: 'a%7Cb', user: 'c' })).admitted).toBe(true);
    expect(reserve(ask(plan, { team: 'a|b', user: 'c' })).admitted).toBe(false);
    expect(reserve(ask(plan, { team: 'constructor', user: '__proto__' })).admitted).toBe(true);
  });

  it('of the provider is charged by the attempt', async () => {
    const plan = planOf({ budgets: [budgetOf({ name: 'b', match: { provider: ['openai'] }, limit: { requests: 1 } })] });
    const call = ask(plan);
    expect(reserve(call)).toEqual({ admitted: true, reservation: undefined });
    const estimate = ledger.estimate(call, [mini]);
    expect(now(ledger.reserveAttempt(call, mini, estimate)).admitted).toBe(true);
    expect(denialOf(now(ledger.reserveAttempt(call, mini, estimate)))).toMatchObject({ budget: 'b' });
    const other = deploymentOf({ provider: 'anthropic', upstreamModel: 'claude-opus-5' });
    expect(now(ledger.reserveAttempt(call, other, estimate))).toEqual({ admitted: true, reservation: undefined });
  });

  it('clamps the output to what its rest buys', () => {
    const plan = planOf({ budgets: [budgetOf({ name: 'b', limit: { usd: 1_000_000 }, onExceed: { action: 'clamp' } })] });
    const admission = reserve(ask(plan, search, { max_tokens: 100_000 }));
    expect(admission).toMatchObject({ admitted: true });
    // $0.001 at $2 per million, less the input.
    const output = admission.admitted ? (admission.maxOutputTokens ?? 0) : 0;
    expect(output).toBeGreaterThan(480);
    expect(output).toBeLessThan(500);
    expect(denialOf(reserve(ask(plan)))).toMatchObject({ reason: 'budget', budget: 'b' });
  });

  it('names the model to go on with', () => {
    const plan = planOf({
      budgets: [budgetOf({ name: 'b', limit: { usd: 0 }, onExceed: { action: 'downgrade', to: 'cheap' } })],
    });
    expect(denialOf(reserve(ask(plan)))).toMatchObject({
      downgradeTo: 'cheap',
      rateLimit: false,
      resetAt: Date.UTC(2026, 11, 1),
    });
  });

  it('in the shadow charges, tells, and refuses nothing', async () => {
    const exceeded: BudgetExceedEvent[] = [];
    events.on('budget.exceed', (event) => exceeded.push(event));
    const plan = planOf({ budgets: [budgetOf({ name: 'b', limit: { requests: 1 }, onExceed: { action: 'shadow' } })] });
    for (let turn = 0; turn < 3; turn++) admitted(ask(plan)).settle(used(1));
    events.flush();
    expect(exceeded.map(({ budget, unit }) => [budget, unit])).toEqual([
      ['b', 'requests'],
      ['b', 'requests'],
    ]);
    expect((await ledger.balances(plan, search))[0]?.spent).toEqual({ requests: 3 });
  });

  it('warns once per threshold and window', () => {
    const warned: BudgetWarnEvent[] = [];
    events.on('budget.warn', (event) => warned.push(event));
    const plan = planOf({ budgets: [budgetOf({ name: 'b', each: ['team'], limit: { tokens: 100 }, warnAt: [0.5, 0.8] })] });
    const spend = (tokens: number) => admitted(ask(plan)).settle(used(tokens));
    for (const tokens of [30, 25, 5]) spend(tokens);
    spend(25);
    events.flush();
    expect(warned.map(({ threshold, spent, limit, values }) => ({ threshold, spent, limit, values }))).toEqual([
      { threshold: 0.5, spent: 55, limit: 100, values: { team: 'search' } },
      { threshold: 0.8, spent: 85, limit: 100, values: { team: 'search' } },
    ]);
    clock.advance(Date.UTC(2026, 11, 2) - clock.now());
    spend(60);
    events.flush();
    expect(warned).toHaveLength(3);
  });

  it('with a small rate limit stays reachable for a large estimate', () => {
    const window = { kind: 'rolling', lengthMs: 60_000 } as const;
    const plan = planOf({ budgets: [budgetOf({ name: 'tokens', limit: { tokens: 50 }, window })] });
    const large = ask(plan, search, { max_tokens: 4_000 });
    admitted(large).settle(used(20, 10));
    expect(denialOf(reserve(large))).toMatchObject({ rateLimit: true, remaining: 20 });
    clock.advance(61_000);
    expect(reserve(large).admitted).toBe(true);
    const month = planOf({ budgets: [budgetOf({ name: 'tokens', limit: { tokens: 50 } })] });
    expect(reserve(ask(month, search, { max_tokens: 4_000 })).admitted).toBe(false);
  });

  it('is charged in the window in which the call was admitted', async () => {
    const plan = planOf({
      budgets: [budgetOf({ name: 'b', limit: { tokens: 1000 }, window: { kind: 'calendar', unit: 'day', timezone: 'UTC' } })],
    });
    clock.advance(12 * 3_600_000 - 1);
    const reservation = admitted({ ...ask(plan), deadlineMs: 1e9 });
    clock.advance(2);
    reservation.settle(used(40));
    expect((await ledger.balances(plan, search))[0]).toMatchObject({ window: '2026-11-26', spent: { tokens: 0 } });
  });

  it('shows its room before a call, and why it would be refused', async () => {
    const plan = planOf({ budgets: [budgetOf({ name: 'b', limit: { requests: 1, tokens: 500 } })] });
    const call = ask(plan);
    const estimate = ledger.estimate(call, [mini]);
    const tokens = estimate.usage.inputTokens + 10;
    expect(await ledger.preview(call, estimate)).toEqual({
      denial: undefined,
      budgets: [{ name: 'b', remaining: { requests: 1, tokens: 500 }, wouldCharge: { requests: 1, tokens } }],
    });
    admitted(call).settle(used(100));
    expect(await ledger.preview(call, estimate)).toMatchObject({ denial: { budget: 'b', unit: 'requests', remaining: 0 } });
  });
});

describe('rpm and tpm of a deployment', () => {
  const limited = deploymentOf({ rpm: 2, tpm: 1000 });
  const plan = planOf({});

  it('deny the next attempt until the minute has passed', () => {
    const call = ask(plan);
    const attempt = () => now(ledger.reserveAttempt(call, limited, ledger.estimate(call, [limited])));
    expect([attempt().admitted, attempt().admitted]).toEqual([true, true]);
    const denial = denialOf(attempt());
    expect(denial).toMatchObject({ reason: 'budget', unit: 'requests', rateLimit: true, values: { deployment: limited.id } });
    clock.advance(denial?.reason === 'budget' ? denial.retryAfterMs : 0);
    expect(attempt().admitted).toBe(true);
  });

  it('show how much is left', () => {
    expect(ledger.headroom(limited.id)).toBe(1);
    const call = ask(plan);
    const admission = now(ledger.reserveAttempt(call, limited, ledger.estimate(call, [limited])));
    if (!admission.admitted) throw new Error('denied');
    expect(ledger.headroom(limited.id)).toBe(0.5);
    admission.reservation?.settle(used(600, 100));
    expect(ledger.headroom(limited.id)).toBeCloseTo(0.3);
    clock.advance(62_000);
    expect(ledger.headroom(limited.id)).toBe(1);
  });
});

describe('bugs that others reported', () => {
  const one = planOf({ budgets: [budgetOf({ name: 'user', each: ['user'], limit: { requests: 5 } })] });

  it('concurrent first requests of an unknown user do not slip past its limit', async () => {
    const answers = await Promise.all(Array.from({ length: 50 }, async () => reserve(ask(one, { user: 'new' })).admitted));
    expect(answers.filter(Boolean)).toHaveLength(5);
  });

  it('there are no false refusals after sustained load', async () => {
    const plan = planOf({ budgets: [budgetOf({ name: 'b', limit: { tokens: 10_000_000 } })] });
    for (let turn = 0; turn < 6_000; turn++) {
      const reservation = admitted(ask(plan));
      if (turn % 3 === 0) reservation.release();
      else reservation.settle(used(10, 5));
      clock.advance(7);
    }
    const [balance] = await ledger.balances(plan, search);
    expect(balance).toMatchObject({ spent: { tokens: 4_000 * 15 }, reserved: { tokens: 0 } });
  });

  it('a reservation that nobody ends lapses by its lease and leaks nothing', async () => {
    const plan = planOf({ budgets: [budgetOf({ name: 'b', limit: { requests: 1 } })] });
    admitted({ ...ask(plan), deadlineMs: 10_000 });
    clock.advance(10_000 + 29_999);
    expect(reserve(ask(plan)).admitted).toBe(false);
    clock.advance(1);
    expect(reserve(ask(plan)).admitted).toBe(true);
  });

  it('usage is not lost when the settlement comes after the lease', async () => {
    const plan = planOf({ budgets: [budgetOf({ name: 'b', limit: { tokens: 1000 } })] });
    const reservation = admitted({ ...ask(plan), deadlineMs: 1000 });
    reservation.extend(5_000, used(100, 20));
    clock.advance(6_000);
    expect((await ledger.balances(plan, search))[0]).toMatchObject({ spent: { tokens: 120 }, reserved: { tokens: 0 } });
    reservation.settle(used(100, 80));
    expect((await ledger.balances(plan, search))[0]).toMatchObject({ spent: { tokens: 180 } });
  });

  it('an abort is charged what was used, not the worst case', async () => {
    const plan = planOf({ budgets: [budgetOf({ name: 'b', limit: { tokens: 10_000 } })] });
    admitted(ask(plan, search, { max_tokens: 5_000 })).settle(used(9, 3));
    expect((await ledger.balances(plan, search))[0]).toMatchObject({ spent: { tokens: 12 }, reserved: { tokens: 0 } });
  });

  it('zero usage is a value, not a missing one', async () => {
    const plan = planOf({ budgets: [budgetOf({ name: 'b', limit: { usd: USD, tokens: 1000 } })] });
    admitted(ask(plan)).settle({ ...used(0, 0, 0), requests: 0 });
    expect((await ledger.balances(plan, search))[0]).toMatchObject({ spent: { usd: 0, tokens: 0 } });
  });

  it('a clock that goes back does not reopen a window', () => {
    const plan = planOf({
      budgets: [budgetOf({ name: 'b', limit: { requests: 1 }, window: { kind: 'calendar', unit: 'hour', timezone: 'UTC' } })],
    });
    admitted(ask(plan));
    clock.advance(3_600_000);
    admitted(ask(plan));
    clock.advance(-3_600_000);
    expect(reserve(ask(plan)).admitted).toBe(false);
  });

  it('a limit that is lowered refuses at once, and one that is raised admits', () => {
    const of = (requests: number) => planOf({ budgets: [budgetOf({ name: 'b', limit: { requests } })] });
    admitted(ask(of(5)));
    admitted(ask(of(5)));
    expect(denialOf(reserve(ask(of(1))))).toMatchObject({ remaining: 0, limit: 1 });
    expect(reserve(ask(of(3))).admitted).toBe(true);
  });
});

describe('the usage report', () => {
  const entry = (caller: Caller, tokens: number, more: Partial<Parameters<Ledger['record']>[0]> = {}) => {
    const usage: Usage = { inputTokens: tokens, outputTokens: 1, cachedInputTokens: 2, cacheWriteTokens: 0, reasoningTokens: 1 };
    ledger.record({
      at: clock.now(),
      caller,
      model: 'fast',
      deployment: mini.id,
      provider: 'openai',
      requests: 1,
      failure: undefined,
      usage,
      costNanoUsd: tokens * 1_000_000,
      unpriced: false,
      source: 'reported',
      ...more,
    });
  };

  it('adds up by the dimensions asked for', async () => {
    entry(search, 10);
    entry({ team: 'search', user: 'u2' }, 20, { failure: 'timeout', costNanoUsd: undefined });
    clock.advance(86_400_000);
    entry({ team: 'ads', user: 'u1' }, 5);
    expect(await ledger.usage({ by: 'team' })).toMatchObject([
      { team: 'search', requests: 2, failures: 1, inputTokens: 30, outputTokens: 2, costUsd: 0.01 },
      { team: 'ads', requests: 1, failures: 0, inputTokens: 5, costUsd: 0.005 },
    ]);
    const days = await ledger.usage({ by: ['day', 'user'], since: clock.now() });
    expect(days).toMatchObject([{ day: '2026-11-26', user: 'u1', inputTokens: 5 }]);
    expect(await ledger.usage({})).toMatchObject([{ requests: 3, inputTokens: 35, cachedInputTokens: 6, reasoningTokens: 3 }]);
  });

  it('counts what no price is known for, beside the money that is', async () => {
    entry(search, 10);
    entry(search, 20, { costNanoUsd: undefined, unpriced: true });
    entry({ team: 'ads' }, 5, { costNanoUsd: undefined, unpriced: true });
    entry({ team: 'ads' }, 0, { failure: 'timeout', costNanoUsd: undefined });
    expect(await ledger.usage({ by: 'team' })).toMatchObject([
      { team: 'search', requests: 2, unpricedRequests: 1, costUsd: 0.01 },
      { team: 'ads', requests: 2, unpricedRequests: 1, costUsd: 0 },
    ]);
    expect(await ledger.usage({})).toMatchObject([{ requests: 4, unpricedRequests: 2 }]);
  });

  it('takes rows of a store that does not keep unpriced requests for rows without any', async () => {
    const forgetful = new (class extends MemoryStore {
      override usage(query: UsageRange): UsageTotals[] {
        return super.usage(query).map(({ unpricedRequests: _, ...known }) => known);
      }
    })();
    ledger = createLedger({ store: forgetful, clock, events });
    entry(search, 10, { costNanoUsd: undefined, unpriced: true });
    entry(search, 10);
    expect(await ledger.usage({ by: 'team' })).toMatchObject([
      { team: 'search', requests: 2, unpricedRequests: 0, costUsd: 0.01 },
    ]);
  });

  it('leaves no timer behind when the ledger is closed', async () => {
    entry(search, 10);
    expect(clock.pending).toBe(1);
    await ledger.close(1_000);
    expect(clock.pending).toBe(0);
  });
});
