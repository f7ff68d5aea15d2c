import { balance, type ContractCase, charge, equal, HOUR, nameOf, rolling, START } from './store-contract-parts.ts';

/** What a store must do when leases lapse, clocks go back and windows roll. */
export function contractCasesOfLeases(): ContractCase[] {
  return [
    {
      name: 'frees a reservation whose lease is over',
      async run(store) {
        const counter = nameOf();
        await store.reserve('a', [charge(counter, 100, 100)], 1000, START);
        equal((await store.reserve('b', [charge(counter, 100, 100)], 1000, START + 999)).granted, false);
        equal((await store.reserve('c', [charge(counter, 100, 100)], 1000, START + 1000)).granted, true);
        equal(await balance(store, counter, START + 1000), { spent: 0, reserved: 100 });
        equal(await store.release('a', START + 1000), { state: 'expired' });
        equal(await store.extend('a', 1000, START + 1000), { state: 'expired' });
        equal(await store.reserve('a', [charge(counter, 1, 100)], 1000, START + 1000), { granted: 'already', state: 'expired' });
      },
    },
    {
      name: 'applies only the difference when a settlement comes after the lease',
      async run(store) {
        const counter = nameOf();
        await store.reserve('a', [charge(counter, 60, 100)], 1000, START);
        equal(await store.extend('a', 1000, START + 500, [20]), { state: 'extended' });
        equal(await balance(store, counter, START + 1499), { spent: 0, reserved: 60 });
        equal(await balance(store, counter, START + 1500), { spent: 20, reserved: 0 });
        equal(await store.settle('a', [50], START + 2000), { state: 'late', spent: [50] });
        equal(await store.settle('a', [50], START + 2000), { state: 'already-settled' });
        equal(await balance(store, counter, START + 2000), { spent: 50, reserved: 0 });
      },
    },
    {
      name: 'gives back what a lapse charged too much',
      async run(store) {
        const counter = nameOf();
        await store.reserve('a', [charge(counter, 60, 100)], 1000, START);
        await store.extend('a', 1000, START, [40]);
        equal(await store.settle('a', [15], START + 5000), { state: 'late', spent: [15] });
        equal(await balance(store, counter, START + 5000), { spent: 15, reserved: 0 });
      },
    },
    {
      name: 'extends a lease, and nothing that has ended',
      async run(store) {
        const counter = nameOf();
        await store.reserve('a', [charge(counter, 60, 100)], 1000, START);
        equal(await store.extend('a', 5000, START + 900), { state: 'extended' });
        equal(await balance(store, counter, START + 5800), { spent: 0, reserved: 60 });
        await store.settle('a', [1], START + 5800);
        equal(await store.extend('a', 5000, START + 5800), { state: 'already-settled' });
        equal(await store.extend('never', 5000, START + 5800), { state: 'unknown' });
        await store.release('gone', START + 5800);
        equal(await store.extend('gone', 5000, START + 5800), { state: 'already-released' });
      },
    },
    {
      name: 'takes a clock that goes back for the latest time seen',
      async run(store) {
        const counter = nameOf();
        await store.reserve('a', [rolling(counter, 60, 100, 60_000)], 600_000, START);
        await store.settle('a', [60], START);
        await store.reserve('b', [charge(nameOf(), 1, 1)], 1000, START + 59_000);
        equal((await store.reserve('c', [rolling(counter, 41, 100, 60_000)], 1000, START - HOUR)).granted, false);
        equal(await balance(store, counter, START - HOUR), { spent: 60, reserved: 0 });
      },
    },
    {
      name: 'frees a rolling window bucket by bucket, and never too early',
      async run(store) {
        const counter = nameOf();
        for (const [id, at] of [
          ['a', START + 500],
          ['b', START + 30_500],
        ] as const) {
          equal((await store.reserve(id, [rolling(counter, 50, 100, 60_000)], 600_000, at)).granted, true);
          await store.settle(id, [50], at);
        }
        const denied = await store.reserve('c', [rolling(counter, 1, 100, 60_000)], 1000, START + 60_499);
        equal(denied, { granted: false, deniedBy: 0, remaining: 0, retryAfterMs: 501 });
        equal((await store.reserve('d', [rolling(counter, 50, 100, 60_000)], 1000, START + 61_000)).granted, true);
        equal(await balance(store, counter, START + 61_000), { spent: 50, reserved: 50 });
        equal((await store.reserve('e', [rolling(counter, 1, 100, 60_000)], 1000, START + 61_000)).granted, false);
      },
    },
    {
      name: 'never has room for more than a rolling limit',
      async run(store) {
        const denied = await store.reserve('a', [rolling(nameOf(), 101, 100, 60_000)], 1000, START);
        equal(denied, { granted: false, deniedBy: 0, remaining: 100, retryAfterMs: null });
      },
    },
    {
      name: 'charges a settlement to the time of its reservation',
      async run(store) {
        const counter = nameOf();
        await store.reserve('a', [rolling(counter, 10, 100, 60_000)], 600_000, START);
        await store.settle('a', [70], START + 40_000);
        equal(await balance(store, counter, START + 59_999), { spent: 70, reserved: 0 });
        equal(await balance(store, counter, START + 61_000), { spent: 0, reserved: 0 });
      },
    },
    {
      name: 'tells that a lifetime limit never has room again',
      async run(store) {
        const lifetime = { ...charge(nameOf(), 5, 4), window: { kind: 'calendar', endsAt: null } } as const;
        const denied = await store.reserve('a', [lifetime], 1000, START);
        equal(denied, { granted: false, deniedBy: 0, remaining: 4, retryAfterMs: null });
      },
    },
  ];
}
