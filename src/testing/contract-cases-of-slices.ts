import type { SliceGrant, SliceReport, Store } from '../stores/store.ts';
import { balance, type ContractCase, charge, equal, HOUR, nameOf, refuses, START } from './store-contract-parts.ts';

const LEASE_MS = 5_000;

/** What a store that lends slices must do; one without the verb meets each case. */
export function contractCasesOfSlices(): ContractCase[] {
  return [...LENDING, ...LAPSING, ...RECALLING];
}

const LENDING: ContractCase[] = [
  ofSlices('lends what is asked for, as far as there is room', async (store) => {
    const counter = nameOf();
    await store.reserve('a', [charge(counter, 10, 100)], 1000, START);
    const first = await ask(store, 'p1', report(counter, 'p1-1', { wants: 60 }));
    equal(first, { held: 60, spent: 0, reserved: 10, sliced: 60, recalled: false, state: 'held' });
    const second = await ask(store, 'p2', report(counter, 'p2-1', { wants: 60 }));
    equal(second, { held: 30, spent: 0, reserved: 10, sliced: 90, recalled: false, state: 'held' });
    equal((await store.reserve('b', [charge(counter, 1, 100)], 1000, START)).granted, false);
    equal(await amounts(store, counter), { spent: 0, reserved: 10, sliced: 90 });
  }),
  ofSlices('charges what is reported, and keeps the rest lent', async (store) => {
    const counter = nameOf();
    await ask(store, 'p1', report(counter, 'p1-1', { wants: 60 }));
    const grant = await ask(store, 'p1', report(counter, 'p1-1', { sequence: 2, spent: 25, inUse: 10, wants: 35 }));
    equal(grant, { held: 35, spent: 25, reserved: 0, sliced: 35, recalled: false, state: 'held' });
    await ask(store, 'p1', report(counter, 'p1-1', { sequence: 3, spent: 40, wants: 0 }));
    equal(await amounts(store, counter), { spent: 40, reserved: 0, sliced: 0 });
  }),
  ofSlices('answers a report that was seen before as things are, and changes nothing', async (store) => {
    const counter = nameOf();
    await ask(store, 'p1', report(counter, 'p1-1', { wants: 60 }));
    await ask(store, 'p1', report(counter, 'p1-1', { sequence: 3, spent: 20, wants: 0 }));
    const late = await ask(store, 'p1', report(counter, 'p1-1', { sequence: 2, spent: 10, wants: 50 }));
    equal(late, { held: 0, spent: 20, reserved: 0, sliced: 0, recalled: false, state: 'held' });
    equal(await amounts(store, counter), { spent: 20, reserved: 0, sliced: 0 });
  }),
  ofSlices('keeps what open calls hold, whatever is wanted', async (store) => {
    const counter = nameOf();
    await ask(store, 'p1', report(counter, 'p1-1', { wants: 60 }));
    const grant = await ask(store, 'p1', report(counter, 'p1-1', { sequence: 2, inUse: 30, wants: 0 }));
    equal(grant, { held: 30, spent: 0, reserved: 0, sliced: 30, recalled: false, state: 'held' });
  }),
  ofSlices('charges more than was lent where an answer was larger than its bound', async (store) => {
    const counter = nameOf();
    await ask(store, 'p1', report(counter, 'p1-1', { wants: 100 }));
    const grant = await ask(store, 'p1', report(counter, 'p1-1', { sequence: 2, spent: 130, wants: 50 }));
    equal(grant, { held: 0, spent: 130, reserved: 0, sliced: 0, recalled: false, state: 'held' });
  }),
  ofSlices('lends of a limit that is not enforced whatever is asked for', async (store) => {
    const counter = nameOf();
    const grant = await ask(store, 'p1', report(counter, 'p1-1', { wants: 300, enforced: false }));
    equal(grant.held, 300);
  }),
  ofSlices('answers each report by itself, in their order', async (store) => {
    const [full, free] = [nameOf(), nameOf()];
    await store.reserve('a', [charge(full, 100, 100)], 1000, START);
    const reports = [report(full, 'f', { wants: 5 }), report(free, 'g', { wants: 5 })];
    const grants = await store.exchange('p1', reports, LEASE_MS, START);
    equal(
      grants.map(({ held }) => held),
      [0, 5],
    );
  }),
  ofSlices('charges a slice that it does not know with all that was used of it', async (store) => {
    const counter = nameOf();
    const grant = await ask(store, 'p1', report(counter, 'p1-1', { sequence: 9, spent: 70, inUse: 5, wants: 50 }));
    equal(grant, { held: 30, spent: 70, reserved: 0, sliced: 30, recalled: false, state: 'held' });
  }),
  ofSlices('holds and charges a slice of a rolling window in the bucket of its first report', async (store) => {
    const counter = nameOf();
    const window = { kind: 'rolling', lengthMs: 60_000 } as const;
    await ask(store, 'p1', report(counter, 'p1-1', { window, wants: 60 }), 300_000);
    const later = report(counter, 'p1-1', { window, sequence: 2, spent: 20, inUse: 10, wants: 10 });
    await ask(store, 'p1', later, 300_000, START + 40_000);
    equal(await amounts(store, counter, START + 60_999), { spent: 20, reserved: 0, sliced: 10 });
    equal(await amounts(store, counter, START + 61_000), { spent: 0, reserved: 0, sliced: 0 });
  }),
  ofSlices('lends nothing of a bucket that is over, if it tells how long one lasts', async (store) => {
    const counter = nameOf();
    const window = { kind: 'rolling', lengthMs: 60_000 } as const;
    const lend = async (changes: Partial<SliceReport>, now: number) =>
      (await store.exchange('p1', [report(counter, 'p1-1', { window, ...changes })], 300_000, now))[0];
    const first = await lend({ wants: 60 }, START + 400);
    if (first?.endsInMs === undefined) return;
    equal(first.endsInMs, 600);
    const later = await lend({ sequence: 2, spent: 20, inUse: 10, wants: 40 }, START + 1_000);
    equal([later?.held, later?.endsInMs], [10, 0]);
    equal(await amounts(store, counter, START + 1_000), { spent: 20, reserved: 0, sliced: 10 });
  }),
  ofSlices('refuses amounts that are no non-negative safe integers', async (store) => {
    const counter = nameOf();
    for (const wrong of [Number.NaN, -1, 0.5, 2 ** 53]) {
      for (const name of ['spent', 'inUse', 'wants', 'atRisk', 'recall', 'limit', 'sequence'] as const) {
        await refuses(() => ask(store, 'p1', report(counter, 'p1-1', { [name]: wrong })));
      }
      await refuses(() => ask(store, 'p1', report(counter, 'p1-1', { wants: 1 }), wrong));
    }
    equal(await amounts(store, counter), { spent: 0, reserved: 0, sliced: 0 });
  }),
];

const LAPSING: ContractCase[] = [
  ofSlices('charges at the end of a lease what was at risk, and frees the rest', async (store) => {
    const counter = nameOf();
    await ask(store, 'p1', report(counter, 'p1-1', { spent: 5, wants: 60, atRisk: 20 }));
    equal(await amounts(store, counter, START + LEASE_MS - 1), { spent: 5, reserved: 0, sliced: 60 });
    equal(await amounts(store, counter, START + LEASE_MS), { spent: 25, reserved: 0, sliced: 0 });
    equal((await store.reserve('a', [charge(counter, 75, 100)], 1000, START + LEASE_MS)).granted, true);
  }),
  ofSlices('puts right what a lapse charged when a report comes later', async (store) => {
    const counter = nameOf();
    await ask(store, 'p1', report(counter, 'p1-1', { wants: 60, atRisk: 40 }));
    const late = START + LEASE_MS + 1;
    const changes = { sequence: 2, spent: 10, inUse: 15, wants: 30, atRisk: 15 };
    const grant = await ask(store, 'p1', report(counter, 'p1-1', changes), LEASE_MS, late);
    equal(grant, { held: 30, spent: 10, reserved: 0, sliced: 30, recalled: false, state: 'lapsed' });
    const next = await ask(store, 'p1', report(counter, 'p1-1', { sequence: 3, spent: 25 }), LEASE_MS, late);
    equal(next, { held: 0, spent: 25, reserved: 0, sliced: 0, recalled: false, state: 'held' });
  }),
  ofSlices('takes back what open calls of a lapsed slice hold, even where others took the room', async (store) => {
    const counter = nameOf();
    await ask(store, 'p1', report(counter, 'p1-1', { wants: 60 }));
    const late = START + LEASE_MS;
    await store.reserve('a', [charge(counter, 100, 100)], 60_000, late);
    const changes = { sequence: 2, inUse: 15, wants: 60 };
    equal((await ask(store, 'p1', report(counter, 'p1-1', changes), LEASE_MS, late)).held, 15);
    equal(await amounts(store, counter, late), { spent: 0, reserved: 100, sliced: 15 });
  }),
  ofSlices('extends the lease with each report', async (store) => {
    const counter = nameOf();
    await ask(store, 'p1', report(counter, 'p1-1', { wants: 60 }));
    await ask(store, 'p1', report(counter, 'p1-1', { sequence: 2, wants: 60 }), LEASE_MS, START + 4_000);
    equal(await amounts(store, counter, START + LEASE_MS + 3_999), { spent: 0, reserved: 0, sliced: 60 });
    equal(await amounts(store, counter, START + LEASE_MS + 4_000), { spent: 0, reserved: 0, sliced: 0 });
  }),
];

const RECALLING: ContractCase[] = [
  ofSlices('tells the other holders of a counter that room is wanted, until they gave it back', async (store) => {
    const counter = nameOf();
    await ask(store, 'p1', report(counter, 'p1-1', { wants: 80 }));
    const asking = await ask(store, 'p2', report(counter, 'p2-1', { wants: 0, recall: 50 }));
    equal(asking.recalled, false);
    const told = await ask(store, 'p1', report(counter, 'p1-1', { sequence: 2, wants: 100 }));
    equal([told.held, told.recalled], [80, true]);
    const given = await ask(store, 'p1', report(counter, 'p1-1', { sequence: 3, inUse: 10, wants: 10 }));
    equal([given.held, given.recalled], [10, false]);
    equal((await store.reserve('a', [charge(counter, 90, 100)], 1000, START)).granted, true);
  }),
  ofSlices('forgets a recall in time', async (store) => {
    const counter = nameOf();
    await ask(store, 'p1', report(counter, 'p1-1', { wants: 80 }), HOUR);
    await ask(store, 'p2', report(counter, 'p2-1', { recall: 50 }));
    const told = await ask(store, 'p1', report(counter, 'p1-1', { sequence: 2, wants: 80 }), HOUR, START + 60_000);
    equal(told.recalled, false);
  }),
];

type StoreWithSlices = Store & Required<Pick<Store, 'exchange'>>;

function ofSlices(name: string, run: (store: StoreWithSlices) => Promise<void>): ContractCase {
  return {
    name,
    async run(store) {
      if (store.exchange !== undefined) await run(store as StoreWithSlices);
    },
  };
}

/** The first report of a slice of a counter with a limit of 100, in a window that ends an hour after `START`. */
function report(counter: string, slice: string, changes: Partial<SliceReport>): SliceReport {
  return {
    counter,
    limit: 100,
    enforced: true,
    window: { kind: 'calendar', endsAt: START + HOUR },
    slice: `${counter}-${slice}`,
    sequence: 1,
    spent: 0,
    inUse: 0,
    wants: 0,
    atRisk: 0,
    recall: 0,
    ...changes,
  };
}

async function ask(
  store: StoreWithSlices,
  holder: string,
  of: SliceReport,
  leaseMs = LEASE_MS,
  now = START,
): Promise<SliceGrant> {
  const grants = await store.exchange(holder, [of], leaseMs, now);
  equal(grants.length, 1);
  // How long a bucket lasts has a case of its own: stores need not tell it.
  const { endsInMs: _, ...grant } = grants[0] as SliceGrant;
  return grant;
}

async function amounts(store: Store, counter: string, now = START) {
  const [found] = await store.balances({ counters: [counter] }, now);
  return { ...(await balance(store, counter, now)), sliced: found?.sliced ?? 0 };
}
