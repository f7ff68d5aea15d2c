import { describe, expect, it } from 'vitest';
import { MemoryStore } from '../../src/stores/memory.ts';
import { storeContract } from '../../src/testing/store-contract.ts';
import { balance, charge, HOUR, nameOf, rolling, START, totals } from '../../src/testing/store-contract-parts.ts';

describe('the memory store', () => {
  for (const { name, run } of storeContract()) {
    it(name, async () => {
      await expect(run(new MemoryStore())).resolves.toBeUndefined();
    });
  }

  /** Has so many other reservations come and go. */
  function others(store: MemoryStore, count: number, at: number): void {
    for (let turn = 0; turn < count; turn++) {
      store.reserve(`other${at}-${turn}`, [charge('others', 1, 9_999_999)], 1_000, at);
      store.release(`other${at}-${turn}`, at);
    }
  }

  it('remembers ended reservations while hundreds of others come and go, and not for ever', () => {
    const store = new MemoryStore();
    store.reserve('first', [charge(nameOf(), 1, 9)], 1_000, START);
    store.settle('first', [1], START);
    others(store, 510, START);
    expect(store.settle('first', [5], START)).toEqual({ state: 'already-settled' });
    others(store, 1_100, START);
    expect(store.settle('first', [5], START)).toEqual({ state: 'unknown' });
  });

  it('keeps a hundred thousand notes, and gives up the oldest of more', () => {
    const store = new MemoryStore();
    store.keepNote('over', 'text', START + 1, START);
    for (let note = 0; note < 100_000; note++) store.keepNote(`note${note}`, 'text', START + HOUR, START);
    expect(store.readNote('over', START)).toBeUndefined();
    expect(store.readNote('note0', START)).toBe('text');
    store.keepNote('note0', 'again', START + HOUR, START);
    store.keepNote('last', 'text', START + HOUR, START);
    expect([store.readNote('note0', START), store.readNote('note1', START)]).toEqual(['again', undefined]);
  });

  it('keeps what is open, and for a day what may be settled late, however many come and go', () => {
    const store = new MemoryStore();
    const counter = nameOf();
    store.reserve('open', [charge(counter, 3, 9_999)], 10 * HOUR, START);
    store.reserve('lapsed', [charge(counter, 5, 9_999)], 1_000, START);
    store.reserve('forgotten', [charge(counter, 7, 9_999)], 1_000, START);
    others(store, 3_000, START + 2_000);
    expect(store.settle('lapsed', [4], START + 3_000)).toEqual({ state: 'late', spent: [4] });
    expect(store.settle('open', [2], START + 3_000)).toEqual({ state: 'settled', spent: [6] });
    others(store, 3_000, START + 25 * HOUR);
    expect(store.settle('forgotten', [1], START + 25 * HOUR)).toEqual({ state: 'unknown' });
  });

  it('lets each lease lapse at its own time, whatever their order', async () => {
    const store = new MemoryStore();
    const counter = nameOf();
    const reserve = (id: string, leaseMs: number) => store.reserve(id, [charge(counter, 1, 9)], leaseMs, START);
    reserve('a', 1_000);
    reserve('c', 5_000);
    reserve('d', 10_000);
    store.reserve('ended', [charge(counter, 1, 9)], 1_000, START);
    store.settle('ended', [1], START);
    const reserved = async (at: number) => (await balance(store, counter, at)).reserved;
    expect([await reserved(START + 999), await reserved(START + 1_000)]).toEqual([3, 2]);
    expect([await reserved(START + 4_999), await reserved(START + 5_000), await reserved(START + 10_000)]).toEqual([2, 1, 0]);
    expect(store.settle('ended', [1], START + 10_000)).toEqual({ state: 'already-settled' });
    expect(store.extend('d', 1_000, START + 10_000)).toEqual({ state: 'expired' });
    reserve('late', 60_000);
    store.extend('late', 1_000, START + 10_000);
    expect(store.release('late', START + 11_000)).toEqual({ state: 'expired' });
  });

  it('does not take a clock that goes back for more time on a lease', () => {
    const store = new MemoryStore();
    store.reserve('a', [charge(nameOf(), 1, 9)], 1_000, START);
    store.reserve('b', [charge(nameOf(), 1, 9)], 9_000, START + 5_000);
    store.reserve('c', [charge(nameOf(), 1, 9)], 1_000, START);
    expect(store.release('c', START + 5_999)).toEqual({ state: 'released' });
    expect(store.release('a', START)).toEqual({ state: 'expired' });
  });

  it('names the first of several charges that have no room', () => {
    const store = new MemoryStore();
    const charges = [charge(nameOf(), 1, 9), charge(nameOf(), 5, 4), charge(nameOf(), 5, 3)];
    expect(store.reserve('a', charges, 1_000, START)).toMatchObject({ granted: false, deniedBy: 1, remaining: 4 });
    expect(store.reserve('b', charges.slice(1), 1_000, START)).toMatchObject({ granted: false, deniedBy: 0, remaining: 4 });
  });

  it('says which amount is none', () => {
    const store = new MemoryStore();
    const bad = Number.NaN;
    const counter = nameOf();
    expect(() => store.reserve('a', [charge(counter, bad, 9)], 1_000, START)).toThrow(/^amount must be/);
    expect(() => store.reserve('a', [charge(counter, 1, bad)], 1_000, START)).toThrow(/^limit must be/);
    expect(() => store.reserve('a', [charge(counter, 1, 9)], bad, START)).toThrow(/^leaseMs must be/);
    expect(() => store.reserve('a', [charge(counter, 1, 9)], 1_000, bad)).toThrow(/^now must be/);
    expect(() => store.reserve('a', [rolling(nameOf(), 1, 9, 0.5)], 1_000, START)).toThrow(/^lengthMs must be/);
    store.reserve('b', [charge(counter, 1, 9)], 1_000, START);
    expect(() => store.settle('b', [bad], START)).toThrow(/^actual must be/);
    expect(() => store.settle('b', [], START)).toThrow('actual needs 1 amounts, got 0');
    expect(() => store.extend('b', bad, START)).toThrow(/^leaseMs must be/);
    expect(() => store.extend('b', 1_000, START, [bad])).toThrow(/^spent must be/);
  });

  it('adds a batch of usage once, while it is remembered', () => {
    const store = new MemoryStore();
    const rows = [totals(START, 'search', 5)];
    store.record('u', rows, START);
    store.record('u', rows, START);
    expect(store.usage({})).toEqual(rows);
  });

  it('keeps a counter whose window is over for an hour from when it was last asked for, and counts anew after that', () => {
    const store = new MemoryStore();
    const counter = nameOf();
    store.reserve('a', [charge(counter, 4, 9)], 1_000, START);
    store.settle('a', [4], START);
    // What is over is collected once a minute.
    store.release('tick', START + HOUR - 30_000);
    expect(store.reserve('b', [charge(counter, 9, 9)], 1_000, START + HOUR + 29_999).granted).toBe(false);
    expect(store.reserve('c', [charge(counter, 9, 9)], 1_000, START + HOUR + 30_000).granted).toBe(false);
    store.release('tock', START + 2 * HOUR + 31_000);
    expect(store.reserve('d', [charge(counter, 9, 9)], 1_000, START + 2 * HOUR + 31_000).granted).toBe(true);
  });

  it('tells what a late settlement leaves in a window that has moved on', () => {
    const store = new MemoryStore();
    const counter = nameOf();
    store.reserve('a', [rolling(counter, 5, 9, 60_000)], 1_000, START);
    expect(store.settle('a', [5], START + 61_000)).toEqual({ state: 'late', spent: [0] });
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
