import { describe, expect, it } from 'vitest';
import { MemoryStore } from '../../src/stores/memory.ts';
import { storeContract } from '../../src/testing/store-contract.ts';
import { balance, charge, HOUR, nameOf, rolling, START } from '../../src/testing/store-contract-parts.ts';

describe('the memory store', () => {
  for (const { name, run } of storeContract()) {
    it(name, async () => {
      await expect(run(new MemoryStore())).resolves.toBeUndefined();
    });
  }

  it('remembers a settled reservation while hundreds of others come and go', () => {
    const store = new MemoryStore();
    const counter = nameOf();
    store.reserve('first', [charge(counter, 1, 9_999)], 1_000, START);
    store.settle('first', [1], START);
    for (let turn = 0; turn < 500; turn++) {
      store.reserve(`r${turn}`, [charge(counter, 1, 9_999)], 1_000, START);
      store.settle(`r${turn}`, [1], START);
    }
    expect(store.settle('first', [5], START)).toEqual({ state: 'already-settled' });
  });

  it('keeps what is open, and what may be settled late, however many come and go', async () => {
    const store = new MemoryStore();
    const counter = nameOf();
    store.reserve('open', [charge(counter, 3, 9_999)], 10 * HOUR, START);
    store.reserve('lapsed', [charge(counter, 5, 9_999)], 1_000, START);
    for (let turn = 0; turn < 5_000; turn++) {
      store.reserve(`r${turn}`, [charge(counter, 1, 9_999)], 1_000, START + 2_000);
      store.release(`r${turn}`, START + 2_000);
    }
    expect(store.settle('lapsed', [4], START + 3_000)).toEqual({ state: 'late', spent: [4] });
    expect(store.settle('open', [2], START + 3_000)).toEqual({ state: 'settled', spent: [6] });
  });

  it('frees lapsed leases before it refuses', () => {
    const store = new MemoryStore();
    const counter = nameOf();
    store.reserve('a', [charge(counter, 9, 9)], 1_000, START);
    expect(store.reserve('b', [charge(counter, 1, 9)], 1_000, START + 1_000)).toEqual({ granted: true });
  });

  it('forgets counters whose window is over', () => {
    const store = new MemoryStore();
    const [calendar, wide] = [nameOf(), nameOf()];
    store.reserve('a', [charge(calendar, 1, 9), rolling(wide, 1, 9, 60_000)], 1_000, START);
    store.settle('a', [1, 1], START);
    expect(store.balances({ counters: [calendar, wide] }, START)).toHaveLength(2);
    expect(store.balances({ prefix: '' }, START + HOUR)).toEqual([]);
  });

  it('holds a settlement in a bucket of its own time, though others came since', async () => {
    const store = new MemoryStore();
    const counter = nameOf();
    store.reserve('early', [rolling(counter, 10, 100, 60_000)], 600_000, START);
    store.reserve('later', [rolling(counter, 10, 100, 60_000)], 600_000, START + 30_000);
    store.settle('early', [40], START + 30_000);
    expect(await balance(store, counter, START + 60_500)).toEqual({ spent: 40, reserved: 10 });
    expect(await balance(store, counter, START + 61_000)).toEqual({ spent: 0, reserved: 10 });
    store.settle('later', [5], START + 61_000);
    expect(await balance(store, counter, START + 90_999)).toEqual({ spent: 5, reserved: 0 });
    expect(await balance(store, counter, START + 91_000)).toEqual({ spent: 0, reserved: 0 });
  });

  it('ignores a settlement whose bucket has left the window', async () => {
    const store = new MemoryStore();
    const counter = nameOf();
    store.reserve('a', [rolling(counter, 10, 100, 60_000)], 600_000, START);
    store.reserve('b', [rolling(counter, 1, 100, 60_000)], 600_000, START + 120_000);
    expect(store.settle('a', [50], START + 120_000)).toEqual({ state: 'settled', spent: [0] });
    expect(await balance(store, counter, START + 120_000)).toEqual({ spent: 0, reserved: 1 });
  });
});
