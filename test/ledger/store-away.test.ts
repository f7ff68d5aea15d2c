import { beforeEach, describe, expect, it } from 'vitest';
import type { Plan } from '../../src/core/plan.ts';
import { Emitter } from '../../src/events/emitter.ts';
import { createLedger } from '../../src/ledger/create-ledger.ts';
import type { Admission, Ledger, Settlement } from '../../src/ledger/ledger.ts';
import { MemoryStore } from '../../src/stores/memory.ts';
import type { Store } from '../../src/stores/store.ts';
import { StoreError } from '../../src/stores/store-error.ts';
import { budgetOf, callOf, deploymentOf, planOf } from '../support/ledger-plan.ts';
import { settlePromises, TestClock } from '../support/test-clock.ts';

const deny = planOf({ budgets: [budgetOf({ name: 'b', limit: { tokens: 10_000 } })] });
const allow = planOf({ budgets: [budgetOf({ name: 'b', limit: { tokens: 10_000 }, whenStoreFails: 'allow' })] });
const both = planOf({ budgets: [...allow.budgets, budgetOf({ name: 'money', limit: { usd: 1e12 } })] });
const shadow = planOf({
  budgets: [budgetOf({ name: 'b', limit: { tokens: 1 }, onExceed: { action: 'shadow' }, whenStoreFails: 'deny' })],
});
const used = (tokens: number): Settlement => ({
  requests: 1,
  usage: { inputTokens: tokens, outputTokens: 0, cachedInputTokens: 0, cacheWriteTokens: 0, reasoningTokens: 0 },
  costNanoUsd: 0,
});

/** A store over a network: answers later, or not, or only after it has done what was asked. */
class RemoteStore implements Store {
  memory = new MemoryStore();
  mode: 'up' | 'down' | 'silent' | 'reply lost' = 'up';
  asked = 0;
  closed = false;

  reserve: Store['reserve'] = (...args) => this.#answer(() => this.memory.reserve(...args));
  settle: Store['settle'] = (...args) => this.#answer(() => this.memory.settle(...args));
  release: Store['release'] = (...args) => this.#answer(() => this.memory.release(...args));
  extend: Store['extend'] = (...args) => this.#answer(() => this.memory.extend(...args));
  balances: Store['balances'] = (...args) => this.#answer(() => this.memory.balances(...args));
  record: Store['record'] = (...args) => this.#answer(() => this.memory.record(...args));
  usage: Store['usage'] = (...args) => this.#answer(() => this.memory.usage(...args));
  close(): void {
    this.closed = true;
  }

  async #answer<T>(command: () => T): Promise<T> {
    this.asked += 1;
    if (this.mode === 'down') throw new StoreError('store_unavailable', 'down');
    if (this.mode === 'silent') return new Promise(() => {});
    const result = command();
    if (this.mode === 'reply lost') return new Promise(() => {});
    return result;
  }
}

let clock: TestClock;
let events: Emitter;
let store: RemoteStore;
let ledger: Ledger;
let told: string[];
beforeEach(() => {
  clock = new TestClock();
  events = new Emitter();
  store = new RemoteStore();
  told = [];
  events.on('store.fail', ({ operation, error }) => told.push(`fail ${operation} ${error.code}`));
  events.on('store.recover', ({ operation }) => told.push(`recover ${operation}`));
  ledger = createLedger({ store, clock, random: () => 1, events });
});

async function reserve(plan: Plan): Promise<Admission> {
  const call = callOf({ plan });
  const admission = Promise.resolve(ledger.reserveCall(call, ledger.estimate(call, [deploymentOf({})])));
  if (store.mode === 'silent' || store.mode === 'reply lost') await clock.elapse(300);
  return admission;
}

async function admitted(plan: Plan) {
  const admission = await reserve(plan);
  if (!admission.admitted || admission.reservation === undefined) throw new Error(JSON.stringify(admission));
  return admission.reservation;
}

function tokens(): { spent: number; reserved: number } {
  const [found] = store.memory.balances({ prefix: 'b|tokens|' }, clock.now());
  return { spent: found?.spent ?? 0, reserved: found?.reserved ?? 0 };
}

describe('while the store is away', () => {
  it('a budget that denies refuses, and says which', async () => {
    store.mode = 'down';
    expect(await reserve(deny)).toMatchObject({
      admitted: false,
      denial: { reason: 'store', budget: 'b', cause: { message: 'down' } },
    });
    expect(await reserve(both)).toMatchObject({ admitted: false, denial: { budget: 'money' } });
    expect((await reserve(shadow)).admitted).toBe(true);
  });

  it('a command is given up after 300 ms', async () => {
    store.mode = 'silent';
    expect(await reserve(deny)).toMatchObject({ admitted: false, denial: { reason: 'store', cause: { code: 'store_timeout' } } });
  });

  it('what a budget lets through is charged when the store is back, once', async () => {
    store.mode = 'down';
    const reservation = await admitted(allow);
    reservation.settle(used(70));
    reservation.settle(used(70));
    await clock.elapse(5_000);
    expect(tokens()).toEqual({ spent: 0, reserved: 0 });
    store.mode = 'up';
    await clock.elapse(10_000);
    expect(tokens()).toEqual({ spent: 70, reserved: 0 });
  });

  it('what was reserved without an answer is freed again', async () => {
    store.mode = 'reply lost';
    const call = callOf({ plan: deny });
    const admission = ledger.reserveCall(call, ledger.estimate(call, [deploymentOf({})]));
    expect(tokens().reserved).toBeGreaterThan(0);
    store.mode = 'silent';
    await clock.elapse(300);
    expect((await admission).admitted).toBe(false);
    store.mode = 'up';
    await clock.elapse(10_000);
    expect(tokens()).toEqual({ spent: 0, reserved: 0 });
  });

  it('a settlement whose answer was lost is applied once', async () => {
    const reservation = await admitted(deny);
    store.mode = 'reply lost';
    reservation.settle(used(40));
    await clock.elapse(300);
    store.mode = 'up';
    await clock.elapse(10_000);
    expect(tokens()).toEqual({ spent: 40, reserved: 0 });
    events.flush();
    expect(told).toEqual(['fail settle store_timeout', 'recover settle']);
  });

  it('what was used of a reservation that the store has lost is charged anew', async () => {
    const reservation = await admitted(deny);
    store.memory = new MemoryStore();
    reservation.settle(used(40));
    await settlePromises();
    expect(tokens()).toEqual({ spent: 40, reserved: 0 });
  });

  it('a call that was let through and came to nothing is not charged', async () => {
    store.mode = 'down';
    const reservation = await admitted(allow);
    reservation.extend(1_000, used(5));
    reservation.release();
    reservation.settle(used(70));
    store.mode = 'up';
    await clock.elapse(10_000);
    expect(tokens()).toEqual({ spent: 0, reserved: 0 });
  });

  it('each failure names the verb that met it, and the delivery the one that got through', async () => {
    const [settled, released, extended] = [await admitted(deny), await admitted(deny), await admitted(deny)];
    const failing = async (command: () => unknown) => {
      store.mode = 'down';
      command();
      await settlePromises();
      store.mode = 'up';
      await clock.elapse(10_000);
    };
    await failing(() => settled.settle(used(1)));
    await failing(() => released.release());
    await failing(() => extended.extend(60_000));
    await failing(() => reserve(deny));
    let unheld: Awaited<ReturnType<typeof admitted>> | undefined;
    await failing(async () => {
      unheld = await admitted(allow);
    });
    await failing(() => unheld?.settle(used(1)));
    events.flush();
    expect(told.filter((event) => event.startsWith('fail')).map((event) => event.split(' ')[1])).toEqual([
      'settle',
      'release',
      'extend',
      'reserve',
      'reserve',
      'settle',
    ]);
    expect(told.filter((event) => event.startsWith('recover'))).toEqual([
      'recover settle',
      'recover release',
      'recover extend',
      'recover release',
      'recover release',
      'recover settle',
    ]);
  });

  it('a clamp of before holds for a call that is let through', async () => {
    const clamping = budgetOf({ name: 'b', limit: { outputTokens: 30 }, whenStoreFails: 'allow', onExceed: { action: 'clamp' } });
    const real = store.reserve;
    store.reserve = (...args) => {
      store.mode = store.asked === 1 ? 'down' : 'up';
      return real(...args);
    };
    expect(await reserve(planOf({ budgets: [clamping] }))).toMatchObject({ admitted: true, maxOutputTokens: 30 });
    store.reserve = real;
    store.mode = 'down';
    const admission = await reserve(allow);
    expect(admission).toEqual({ admitted: true, reservation: expect.objectContaining({ id: expect.stringMatching(/^rsv_/) }) });
  });

  it('going down and coming back are told once each', async () => {
    const first = await admitted(deny);
    store.mode = 'down';
    first.settle(used(1));
    await reserve(deny);
    await clock.elapse(3_000);
    store.mode = 'up';
    await clock.elapse(10_000);
    events.flush();
    expect(told.map((event) => event.split(' ')[0])).toEqual(['fail', 'recover']);
  });

  it('is asked again with growing pauses', async () => {
    store.mode = 'down';
    await reserve(deny);
    await settlePromises();
    const before = store.asked;
    await clock.elapse(1_000);
    expect(store.asked - before).toBe(3);
    await clock.elapse(60_000);
    expect(store.asked - before).toBeLessThan(14);
  });

  it('a report says so', async () => {
    store.mode = 'down';
    await expect(ledger.balances(deny, undefined)).rejects.toMatchObject({ code: 'store_unavailable' });
    await expect(ledger.usage({})).rejects.toMatchObject({ code: 'store_unavailable' });
  });
});

describe('closing', () => {
  it('delivers what waits, then closes the store', async () => {
    const reservation = await admitted(deny);
    reservation.settle(used(12));
    await ledger.close(1_000);
    expect(tokens()).toEqual({ spent: 12, reserved: 0 });
    expect([store.closed, clock.pending]).toEqual([true, 0]);
  });

  it('gives up at the deadline where the store stays away', async () => {
    const reservation = await admitted(deny);
    store.mode = 'down';
    reservation.settle(used(12));
    const closed = ledger.close(2_000);
    await clock.elapse(2_000);
    await closed;
    expect([store.closed, clock.pending]).toEqual([true, 0]);
  });

  it('leaves a store open that others use', async () => {
    await createLedger({ store, clock, events, ownsStore: false }).close(0);
    expect(store.closed).toBe(false);
  });
});
