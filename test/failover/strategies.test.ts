import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import type { Failure, FailureKind } from '../../src/core/failure.ts';
import { DEFAULT_RETRY } from '../../src/core/policies.ts';
import type { FailoverState } from '../../src/core/strategy.ts';
import { backoffMs } from '../../src/failover/backoff.ts';
import { RetryBudget } from '../../src/failover/retry-budget.ts';
import { failoverStrategies } from '../../src/failover/strategies/index.ts';
import { insist } from '../../src/failover/strategies/insist.ts';
import { spread } from '../../src/failover/strategies/spread.ts';
import { isFinal, mayRepeat } from '../../src/failover/strategies/waits.ts';
import { FAILURE_RULES } from '../../src/failover/table.ts';
import { TestClock } from '../support/test-clock.ts';

const KINDS = Object.keys(FAILURE_RULES) as FailureKind[];

function failureOf(kind: FailureKind, more: Partial<Failure> = {}): Failure {
  return { kind, code: kind, message: kind, reachedProvider: true, ...more };
}

function stateOf(kind: FailureKind, more: Partial<FailoverState> = {}, failure: Partial<Failure> = {}): FailoverState {
  return {
    failure: failureOf(kind, failure),
    attempts: 1,
    attemptsAtDeployment: 1,
    untriedCandidates: 0,
    repeatableCandidates: 1,
    soonestRetryAfterMs: undefined,
    otherCredentials: 0,
    rounds: 0,
    retry: DEFAULT_RETRY,
    remainingMs: 600_000,
    retryBudgetLeft: true,
    random: () => 0.5,
    ...more,
  };
}

const STOP = { action: 'stop' };

describe('every strategy', () => {
  const strategies = [...failoverStrategies.values()];

  it('is known by its name', () => {
    expect([...failoverStrategies].map(([name, strategy]) => [name, strategy.name])).toEqual([
      ['spread', 'spread'],
      ['insist', 'insist'],
    ]);
  });

  it.each(strategies)('$name stops at the attempts of a call', (strategy) => {
    const used = { attempts: 5, untriedCandidates: 3, otherCredentials: 2 };
    expect(strategy.decide(stateOf('transient', used))).toEqual(STOP);
    expect(strategy.decide(stateOf('transient', { ...used, attempts: 6 }))).toEqual(STOP);
    expect(strategy.decide(stateOf('transient', { ...used, attempts: 4 }))).not.toEqual(STOP);
  });

  it.each(strategies)('$name tries another credential of the same provider first, where that may help', (strategy) => {
    for (const kind of KINDS) {
      const decision = strategy.decide(stateOf(kind, { otherCredentials: 1, untriedCandidates: 1 }, { shouldRetry: false }));
      expect([kind, decision]).toEqual([
        kind,
        FAILURE_RULES[kind].otherCredential ? { action: 'retry', afterMs: 0 } : { action: 'next', afterMs: 0 },
      ]);
    }
  });

  it.each(strategies)('$name waits no longer than the cap and the deadline allow', (strategy) => {
    const asked = (retryAfterMs: number, remainingMs: number) =>
      strategy.decide(stateOf('rate-limited', { soonestRetryAfterMs: retryAfterMs, remainingMs }, { retryAfterMs }));
    expect(asked(60_000, 600_000)).toMatchObject({ afterMs: 60_000 });
    expect(asked(60_001, 600_000)).toEqual(STOP);
    expect(asked(10_000, 10_000)).toMatchObject({ afterMs: 10_000 });
    expect(asked(10_000, 9_999)).toEqual(STOP);
    expect(strategy.decide(stateOf('transient', { remainingMs: 250 }))).toMatchObject({ afterMs: 250 });
    expect(strategy.decide(stateOf('transient', { remainingMs: 249 }))).toEqual(STOP);
    const patient = { ...DEFAULT_RETRY, minDelayMs: 200_000, maxDelayMs: 200_000 };
    expect(strategy.decide(stateOf('transient', { retry: patient }))).toMatchObject({ afterMs: 100_000 });
  });

  test('whatever the state, a decision keeps to the limits', () => {
    const states = fc.record({
      kind: fc.constantFrom(...KINDS),
      attempts: fc.integer({ min: 1, max: 6 }),
      attemptsAtDeployment: fc.integer({ min: 1, max: 3 }),
      untriedCandidates: fc.integer({ min: 0, max: 3 }),
      repeatableCandidates: fc.integer({ min: 0, max: 3 }),
      soonestRetryAfterMs: fc.option(fc.integer({ min: 0, max: 100_000 }), { nil: undefined }),
      otherCredentials: fc.integer({ min: 0, max: 2 }),
      rounds: fc.integer({ min: 0, max: 40 }),
      remainingMs: fc.integer({ min: 0, max: 100_000 }),
      retryBudgetLeft: fc.boolean(),
      strategy: fc.constantFrom(...strategies),
    });
    fc.assert(
      fc.property(states, ({ kind, strategy, ...more }) => {
        const decision = strategy.decide(stateOf(kind, more));
        if (decision === undefined || decision.action === 'stop') return;
        expect(more.attempts).toBeLessThan(DEFAULT_RETRY.maxAttempts);
        expect(decision.afterMs).toBeLessThanOrEqual(more.remainingMs);
        if (decision.afterMs > 0) expect(FAILURE_RULES[kind].others).not.toBe('none');
      }),
    );
  });
});

describe('spread', () => {
  it('goes on at once while a candidate is untried', () => {
    for (const kind of KINDS)
      expect(spread.decide(stateOf(kind, { untriedCandidates: 1 }))).toEqual({ action: 'next', afterMs: 0 });
  });

  it('starts over after a backoff by the rounds, or after the wait that was asked for', () => {
    expect(spread.decide(stateOf('transient', { rounds: 2 }))).toEqual({ action: 'next', afterMs: 1_000 });
    expect(spread.decide(stateOf('transient', { soonestRetryAfterMs: 0 }))).toEqual({ action: 'next', afterMs: 0 });
    expect(spread.decide(stateOf('transient', { repeatableCandidates: 0 }))).toEqual(STOP);
  });

  it('does not start over when the request is at fault', () => {
    for (const kind of ['request-invalid', 'content-refused', 'aborted'] as const)
      expect(spread.decide(stateOf(kind))).toEqual(STOP);
    expect(spread.decide(stateOf('context-too-long'))).toMatchObject({ action: 'next' });
  });
});

describe('insist', () => {
  it('repeats at the same deployment with a doubling backoff until its attempts are used up', () => {
    expect(insist.decide(stateOf('transient', { untriedCandidates: 2 }))).toEqual({ action: 'retry', afterMs: 250 });
    const retry = { ...DEFAULT_RETRY, attemptsPerDeployment: 3 };
    expect(insist.decide(stateOf('transient', { retry, attemptsAtDeployment: 2 }))).toEqual({ action: 'retry', afterMs: 500 });
    expect(insist.decide(stateOf('transient', { attemptsAtDeployment: 2, untriedCandidates: 1 }))).toEqual({
      action: 'next',
      afterMs: 0,
    });
    expect(insist.decide(stateOf('transient', { attemptsAtDeployment: 2 }))).toEqual(STOP);
  });

  it('goes on where a repeat would not help, is not granted, or takes too long', () => {
    const more = { untriedCandidates: 1 };
    expect(insist.decide(stateOf('model-unavailable', more))).toEqual({ action: 'next', afterMs: 0 });
    expect(insist.decide(stateOf('transient', { ...more, retryBudgetLeft: false }))).toEqual({ action: 'next', afterMs: 0 });
    expect(insist.decide(stateOf('overloaded', more, { retryAfterMs: 60_001 }))).toEqual({ action: 'next', afterMs: 0 });
    expect(insist.decide(stateOf('rate-limited', more, { retryAfterMs: 1 }))).toEqual({ action: 'next', afterMs: 0 });
    expect(insist.decide(stateOf('rate-limited', {}, { retryAfterMs: 7 }))).toEqual({ action: 'retry', afterMs: 7 });
    expect(insist.decide(stateOf('overloaded', { ...more, soonestRetryAfterMs: 9 }, { retryAfterMs: 7 }))).toEqual({
      action: 'retry',
      afterMs: 7,
    });
  });
});

describe("the provider's own word", () => {
  it('wins over the kind, except where the call was aborted', () => {
    for (const kind of KINDS) {
      expect([kind, mayRepeat(failureOf(kind))]).toEqual([kind, FAILURE_RULES[kind].repeat !== 'no']);
      expect([kind, mayRepeat(failureOf(kind, { shouldRetry: true }))]).toEqual([kind, kind !== 'aborted']);
      expect([kind, mayRepeat(failureOf(kind, { shouldRetry: false }))]).toEqual([kind, false]);
    }
  });

  it('makes a fault of the request no final one', () => {
    expect(isFinal(failureOf('request-invalid'))).toBe(true);
    expect(isFinal(failureOf('request-invalid', { shouldRetry: true }))).toBe(false);
    expect(isFinal(failureOf('transient', { shouldRetry: false }))).toBe(false);
  });
});

describe('backoff', () => {
  const delays = { minDelayMs: 500, maxDelayMs: 8_000 };

  it('doubles up to the longest delay', () => {
    expect([0, 1, 2, 3, 4, 5, 1_000].map((round) => backoffMs(round, delays, () => 1))).toEqual([
      500, 1_000, 2_000, 4_000, 8_000, 8_000, 8_000,
    ]);
  });

  it('draws anything down to zero, in whole milliseconds', () => {
    expect([0, 0.25, 0.3333].map((drawn) => backoffMs(0, delays, () => drawn))).toEqual([0, 125, 167]);
  });
});

describe('a retry budget', () => {
  it('grants its reserve, then a fifth of the calls, then three a second', () => {
    const clock = new TestClock();
    const budget = new RetryBudget(clock);
    const spendAll = (id = 'a/m') => {
      let spent = 0;
      for (; budget.left(id); spent += 1) budget.spend(id);
      return spent;
    };
    expect(spendAll()).toBe(30);
    for (let call = 0; call < 11; call += 1) budget.earn('a/m');
    expect(spendAll()).toBe(2);
    clock.advance(2_000);
    expect(spendAll()).toBe(6);
    clock.advance(3_600_000);
    expect(spendAll()).toBe(30);
    expect(spendAll('b/m')).toBe(30);
  });

  it('saves up no more than its reserve, and forgets what the configuration has no more', () => {
    const budget = new RetryBudget(new TestClock());
    for (let call = 0; call < 1_000; call += 1) budget.earn('a/m');
    for (let repeat = 0; repeat < 30; repeat += 1) budget.spend('a/m');
    expect(budget.left('a/m')).toBe(false);
    budget.retain(new Set(['a/m']));
    expect(budget.left('a/m')).toBe(false);
    budget.retain(new Set());
    expect(budget.left('a/m')).toBe(true);
  });
});
