import { beforeEach, describe, expect, it } from 'vitest';
import type { Budget } from '../../src/core/budget.ts';
import type { BudgetExceedEvent } from '../../src/events/budget-events.ts';
import type { Admission } from '../../src/ledger/ledger.ts';
import { MemoryStore } from '../../src/stores/memory.ts';
import { budgetOf, deploymentOf } from '../support/ledger-plan.ts';
import {
  ALL,
  amounts,
  ask,
  attempt,
  clock,
  dear,
  denialOf,
  events,
  held,
  ledger,
  mini,
  NOON,
  openLedger,
  reserve,
  store,
  unknown,
  used,
} from './desk.ts';

beforeEach(openLedger);

describe('the charges of a call', () => {
  it('are its estimate in each unit, and its use when it has ended', async () => {
    const call = ask([budgetOf({ name: 'b', limit: ALL })]);
    const reservation = held(reserve(call));
    expect(await amounts(call)).toEqual({
      spent: { requests: 0, tokens: 0, inputTokens: 0, outputTokens: 0, usd: 0 },
      reserved: { requests: 1, tokens: 150, inputTokens: 100, outputTokens: 50, usd: 0.002 },
    });
    reservation.settle(used(70, 8, 123_000));
    expect(await amounts(call)).toEqual({
      spent: { requests: 1, tokens: 78, inputTokens: 70, outputTokens: 8, usd: 0.000_123 },
      reserved: { requests: 0, tokens: 0, inputTokens: 0, outputTokens: 0, usd: 0 },
    });
  });

  it('are the bound for a budget that bounds, and the expectation for one that expects', async () => {
    const call = ask(
      [
        budgetOf({ name: 'strict', limit: { outputTokens: 9_000 } }),
        budgetOf({ name: 'loose', limit: { outputTokens: 9_000 }, estimate: 'expected' }),
      ],
      { max_tokens: 5_000 },
    );
    reserve(call);
    const balances = await ledger.balances(call.plan, undefined);
    expect(balances.map(({ name, reserved }) => [name, reserved.outputTokens])).toEqual([
      ['strict', 5_000],
      ['loose', 1_024],
    ]);
  });

  it('without a known cost stay at what was held, or at nothing where nothing was used', async () => {
    const call = ask([budgetOf({ name: 'b', limit: { usd: 1_000_000_000 } })]);
    held(reserve(call)).settle(used(70, 8));
    expect((await amounts(call)).spent).toEqual({ usd: 0.002 });
    held(reserve(call)).settle(used(0, 0));
    expect((await amounts(call)).spent).toEqual({ usd: 0.002 });
  });

  it('of an attempt are those of its own deployment, of the call those of the dearest', async () => {
    const ofProvider = ask([budgetOf({ name: 'b', match: { provider: ['openai'] }, limit: { usd: 1_000_000_000 } })]);
    held(attempt(ofProvider, mini, [mini, dear]));
    // gpt-5-mini: $0.25 in, $2 out per million.
    expect((await amounts(ofProvider)).reserved).toEqual({ usd: 0.000_125 });
    const ofCall = ask([budgetOf({ name: 'c', limit: { usd: 1_000_000_000 } })]);
    held(reserve(ofCall, [mini, dear]));
    expect((await amounts(ofCall)).reserved).toEqual({ usd: 0.002 });
  });

  it("have a lease of the rest of the deadline, and the plan's more", () => {
    const budgets = [budgetOf({ name: 'b', limit: { requests: 9 } })];
    clock.advance(1_000);
    reserve(ask(budgets, {}, { deadlineMs: 5_000.5, of: { leaseMs: 700 } }));
    reserve(ask(budgets, {}, { deadlineMs: 10, of: { leaseMs: 700 } }));
    expect(store.asked.map(({ leaseMs }) => leaseMs)).toEqual([4_701, 700]);
  });
});

describe('a denial', () => {
  it('of a calendar window tells its end and the wait until then', () => {
    const call = ask([budgetOf({ name: 'b', each: ['team'], limit: { usd: 1_000 } })], {}, { caller: { team: 'search' } });
    expect(denialOf(reserve(call))).toEqual({
      reason: 'budget',
      budget: 'b',
      unit: 'usd',
      values: { team: 'search' },
      limit: 0.000_001,
      needed: 0.002,
      remaining: 0.000_001,
      resetAt: Date.UTC(2026, 11, 1),
      retryAfterMs: Date.UTC(2026, 11, 1) - NOON,
      rateLimit: false,
      downgradeTo: undefined,
    });
  });

  it('of a lifetime has neither', () => {
    const call = ask([
      budgetOf({ name: 'b', limit: { requests: 0 }, window: { kind: 'calendar', unit: 'lifetime', timezone: 'UTC' } }),
    ]);
    expect(denialOf(reserve(call))).toMatchObject({ resetAt: null, retryAfterMs: Number.POSITIVE_INFINITY, rateLimit: false });
  });

  it('of a rolling window tells when there is room, or its length where there never is', () => {
    const rolling = (lengthMs: number, requests: number) =>
      ask([budgetOf({ name: `b${requests}`, limit: { requests }, window: { kind: 'rolling', lengthMs } })]);
    const one = rolling(60_000, 1);
    reserve(one);
    expect(denialOf(reserve(one))).toMatchObject({ retryAfterMs: 61_000, resetAt: NOON + 61_000, rateLimit: true });
    expect(denialOf(reserve(rolling(90_000, 0)))).toMatchObject({
      retryAfterMs: 90_000,
      resetAt: NOON + 90_000,
      rateLimit: false,
    });
  });

  it('names the deployment without a price: of the call the first, of an attempt its own', () => {
    const money = budgetOf({ name: 'money', limit: { usd: 1_000_000_000 } });
    expect(denialOf(reserve(ask([money]), [mini, unknown]))).toEqual({
      reason: 'unpriced',
      deployment: 'openai/my-own',
      budget: 'money',
    });
    const ofProvider = ask([{ ...money, match: { provider: ['openai'] } }]);
    expect(denialOf(attempt(ofProvider, unknown, [mini, unknown]))).toEqual({
      reason: 'unpriced',
      deployment: 'openai/my-own',
      budget: 'money',
    });
    expect(attempt(ofProvider, mini, [mini, unknown]).admitted).toBe(true);
    expect(
      attempt(ask([budgetOf({ name: 'b', match: { provider: ['openai'] }, limit: { requests: 9 } })]), unknown).admitted,
    ).toBe(true);
  });

  it('is an event, with what is used and when it starts anew', () => {
    const seen: BudgetExceedEvent[] = [];
    events.on('budget.exceed', (event) => seen.push(event));
    const call = ask([budgetOf({ name: 'b', limit: { tokens: 200 } })]);
    reserve(call);
    reserve(call);
    events.flush();
    expect(seen).toMatchObject([
      { budget: 'b', unit: 'tokens', spent: 150, limit: 200, threshold: 1, resetAt: Date.UTC(2026, 11, 1) },
    ]);
  });

  it('by a charge that was not asked for is a fault of the store', () => {
    store.answer = { granted: false, deniedBy: 7, remaining: 0, retryAfterMs: 1 };
    expect(() => reserve(ask([budgetOf({ name: 'b', limit: { requests: 9 } })]))).toThrow('charge 7');
  });
});

describe('a store that already knows a new reservation', () => {
  const call = ask([budgetOf({ name: 'b', limit: { requests: 9 } })]);

  it('as open has it granted', () => {
    store.answer = { granted: 'already', state: 'open' };
    expect(reserve(call)).toMatchObject({ admitted: true, reservation: { id: expect.stringMatching(/^rsv_/) } });
  });

  it('as ended counts as away', () => {
    store.answer = { granted: 'already', state: 'released' };
    expect(denialOf(reserve(call))).toMatchObject({
      reason: 'store',
      budget: 'b',
      cause: { code: 'store_unavailable', message: expect.stringContaining('released') },
    });
  });
});

describe('a clamp', () => {
  const clamping = (limit: Budget['limit'], more: Partial<Budget> = {}) =>
    budgetOf({ name: 'b', limit, onExceed: { action: 'clamp' }, ...more });
  const outputOf = (admission: Admission) => (admission.admitted ? admission.maxOutputTokens : undefined);

  it.each([
    [{ outputTokens: 30 }, 30],
    [{ tokens: 130 }, 30],
    // $0.0016 less $0.001 for the input, at $20 per million.
    [{ usd: 1_600_000 }, 30],
  ])('to %o leaves %i tokens of output', async (limit, expected) => {
    const call = ask([clamping(limit)]);
    expect(outputOf(reserve(call))).toBe(expected);
    const [balance] = await ledger.balances(call.plan, undefined);
    expect(Object.values(balance?.remaining ?? {})).toEqual([0]);
  });

  it('changes nothing where the estimate fits', () => {
    expect(outputOf(reserve(ask([clamping({ tokens: 150 })])))).toBeUndefined();
  });

  it('to the rests of several limits keeps the smallest', () => {
    expect(
      outputOf(reserve(ask([clamping({ tokens: 140, outputTokens: 20 }, { name: 'a' }), clamping({ usd: 1_300_000 })]))),
    ).toBe(15);
  });

  it('gives each answer its share, and refuses where that is less than a token', () => {
    expect(outputOf(reserve(ask([clamping({ outputTokens: 30 })], { n: 4 })))).toBe(7);
    expect(denialOf(reserve(ask([clamping({ outputTokens: 3 }, { name: 'c' })], { n: 4 })))).toMatchObject({
      budget: 'c',
      remaining: 3,
    });
    expect(outputOf(reserve(ask([clamping({ outputTokens: 4 }, { name: 'd' })], { n: 4 })))).toBe(1);
  });

  it('is no help against a limit on input or requests, nor of a budget that blocks', () => {
    expect(denialOf(reserve(ask([clamping({ inputTokens: 99 })])))).toMatchObject({ unit: 'inputTokens' });
    expect(store.asked).toHaveLength(1);
    expect(denialOf(reserve(ask([clamping({ requests: 0 })])))).toMatchObject({ unit: 'requests' });
    expect(denialOf(reserve(ask([budgetOf({ name: 'hard', limit: { tokens: 130 } })])))).toMatchObject({ budget: 'hard' });
  });

  it('gives up where others take the rest each time', () => {
    store.answer = { granted: false, deniedBy: 0, remaining: 20, retryAfterMs: 5 };
    expect(denialOf(reserve(ask([clamping({ outputTokens: 30 })])))).toMatchObject({
      budget: 'b',
      remaining: 20,
      retryAfterMs: 5,
    });
    expect(store.asked).toHaveLength(5);
    expect(store.asked.map(({ charges }) => charges[0]?.amount)).toEqual([50, 20, 20, 20, 20]);
  });

  it('charges a budget that expects by what is left of the bound', async () => {
    const expecting = budgetOf({ name: 'e', limit: { usd: 1e9, outputTokens: 9_000 }, estimate: 'expected' });
    const call = ask([clamping({ tokens: 130 }), expecting], { max_tokens: 5_000 });
    expect(outputOf(reserve(call))).toBe(30);
    const [, balance] = await ledger.balances(call.plan, undefined);
    // $0.001 for the input and 30 tokens at $20 per million.
    expect(balance?.reserved).toEqual({ usd: 0.001_6, outputTokens: 30 });
  });

  it('of an attempt looks at its own deployment', () => {
    const call = ask([clamping({ usd: 1_600_000 }, { match: { provider: ['openai'] } })], { max_tokens: 5_000 });
    expect(outputOf(attempt(call, dear, [mini, dear]))).toBe(30);
    expect(
      outputOf(
        attempt(
          ask([clamping({ usd: 1_600_000 }, { name: 'm', match: { provider: ['openai'] } })], { max_tokens: 5_000 }),
          mini,
          [mini, dear],
        ),
      ),
    ).toBe(787);
  });
});

describe('a reservation', () => {
  const budgets = [budgetOf({ name: 'b', limit: { tokens: 9_000 } })];

  it('ends once, by whatever comes first', async () => {
    const call = ask(budgets);
    const settled = held(reserve(call));
    settled.settle(used(10, 5));
    settled.extend(60_000, used(500, 500));
    settled.release();
    const released = held(reserve(call));
    released.release();
    released.settle(used(500, 500));
    released.release();
    released.extend(60_000, used(500, 500));
    expect(store.verbs).toEqual(['settle', 'release']);
    expect(await amounts(call)).toEqual({ spent: { tokens: 15 }, reserved: { tokens: 0 } });
  });

  it('is extended without a word of its use, and then charges nothing when it lapses', async () => {
    const call = ask(budgets, {}, { deadlineMs: 1_000 });
    held(reserve(call)).extend(90_000);
    clock.advance(80_000);
    expect((await amounts(call)).reserved).toEqual({ tokens: 150 });
    clock.advance(10_000);
    expect(await amounts(call)).toEqual({ spent: { tokens: 0 }, reserved: { tokens: 0 } });
  });

  it('that its store forgot is charged anew, once, unless it is too old to tell', async () => {
    const call = ask(budgets);
    const recent = held(reserve(call));
    const old = held(reserve(call));
    const lost = new Set([recent.id, old.id]);
    store.settle = (id, actual, at) => MemoryStore.prototype.settle.call(store, lost.delete(id) ? 'lost' : id, actual, at);
    recent.settle(used(10, 5));
    expect(store.asked.at(-1)).toMatchObject({ id: recent.id, charges: [{ amount: 0, enforced: false }] });
    expect((await amounts(call)).spent).toEqual({ tokens: 15 });
    const before = store.asked.length;
    clock.advance(3_600_000);
    old.settle(used(10, 5));
    expect(store.asked).toHaveLength(before);
  });

  it('that is settled late warns all the same', () => {
    const warned: number[] = [];
    events.on('budget.warn', ({ threshold }) => warned.push(threshold));
    const call = ask([budgetOf({ name: 'b', limit: { tokens: 110 }, warnAt: [0.5] })], { max_tokens: 1 }, { deadlineMs: 0 });
    const reservation = held(reserve(call));
    clock.advance(60_000);
    reservation.settle(used(60, 0));
    events.flush();
    expect(warned).toEqual([0.5]);
  });

  it('refused by a rate leaves no headroom until it has room again', () => {
    const limited = deploymentOf({ rpm: 4 });
    store.answer = { granted: false, deniedBy: 0, remaining: 0, retryAfterMs: 5_000 };
    attempt(ask([]), limited);
    expect(ledger.headroom(limited.id)).toBe(0);
    clock.advance(4_999);
    expect(ledger.headroom(limited.id)).toBe(0);
    clock.advance(1);
    expect(ledger.headroom(limited.id)).toBe(1);
  });

  it('of a rate leaves the headroom as it was when it is given back', () => {
    const limited = deploymentOf({ rpm: 4, tpm: 1_000 });
    const call = ask([]);
    const first = held(attempt(call, limited));
    const second = held(attempt(call, limited));
    expect(ledger.headroom(limited.id)).toBe(0.5);
    first.release();
    first.release();
    expect(ledger.headroom(limited.id)).toBe(0.75);
    second.settle(used(600, 100));
    second.release();
    expect(ledger.headroom(limited.id)).toBeCloseTo(0.3);
  });
});
