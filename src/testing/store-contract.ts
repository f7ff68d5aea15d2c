import { type Charge, USAGE_MEASURES, type UsageTotals } from '../stores/store.ts';
import { contractCasesOfLeases } from './contract-cases-of-leases.ts';
import { contractCasesOfNotes } from './contract-cases-of-notes.ts';
import { contractCasesOfSlices } from './contract-cases-of-slices.ts';
import { balance, type ContractCase, charge, equal, HOUR, nameOf, refuses, START, totals } from './store-contract-parts.ts';

export type { ContractCase } from './store-contract-parts.ts';

/**
 * What every store must do, whatever it is built on. Each case wants a store of its own or an empty one, whose time is
 * the `now` it is given. Loop over them with any test runner:
 * `for (const { name, run } of storeContract()) it(name, () => run(openStore()))`.
 */
export function storeContract(): ContractCase[] {
  return [...CASES, ...contractCasesOfLeases(), ...contractCasesOfNotes(), ...contractCasesOfSlices()];
}

const CASES: ContractCase[] = [
  {
    name: 'holds what is reserved and replaces it by what was used',
    async run(store) {
      const counter = nameOf();
      equal(await store.reserve('a', [charge(counter, 60, 100)], 1000, START), { granted: true });
      equal(await balance(store, counter, START), { spent: 0, reserved: 60 });
      equal(await store.settle('a', [45], START), { state: 'settled', spent: [45] });
      equal(await balance(store, counter, START), { spent: 45, reserved: 0 });
    },
  },
  {
    name: 'denies what does not fit and tells which charge, what is left and how long to wait',
    async run(store) {
      const wide = nameOf();
      const narrow = nameOf();
      await store.reserve('a', [charge(narrow, 60, 100)], 1000, START);
      const denied = await store.reserve('b', [charge(wide, 41, 100), charge(narrow, 41, 100)], 1000, START);
      equal(denied, { granted: false, deniedBy: 1, remaining: 40, retryAfterMs: HOUR });
      equal(await store.reserve('c', [charge(narrow, 40, 100)], 1000, START), { granted: true });
    },
  },
  {
    name: 'holds all charges of a reservation or none',
    async run(store) {
      const counters = [nameOf(), nameOf(), nameOf(), nameOf()];
      const charges = counters.map((counter, place) => charge(counter, 10, place === 2 ? 5 : 100));
      equal((await store.reserve('a', charges, 1000, START)).granted, false);
      for (const counter of counters) equal(await balance(store, counter, START), { spent: 0, reserved: 0 });
    },
  },
  {
    name: 'admits exactly as many concurrent reservations as there is room for',
    async run(store) {
      const counter = nameOf();
      const answers = await Promise.all(
        Array.from({ length: 100 }, (_, number) => store.reserve(`r${number}`, [charge(counter, 3, 50)], 1000, START)),
      );
      equal(answers.filter(({ granted }) => granted === true).length, 16);
      await Promise.all(Array.from({ length: 100 }, (_, number) => store.settle(`r${number}`, [3], START)));
      equal(await balance(store, counter, START), { spent: 48, reserved: 0 });
    },
  },
  {
    name: 'answers a repeated reserve without holding twice',
    async run(store) {
      const counter = nameOf();
      const charges = [charge(counter, 60, 100)];
      await store.reserve('a', charges, 1000, START);
      equal(await store.reserve('a', charges, 1000, START), { granted: 'already', state: 'open' });
      equal(await balance(store, counter, START), { spent: 0, reserved: 60 });
      await store.settle('a', [10], START);
      equal(await store.reserve('a', charges, 1000, START), { granted: 'already', state: 'settled' });
      equal(await balance(store, counter, START), { spent: 10, reserved: 0 });
    },
  },
  {
    name: 'settles once, and never after a release',
    async run(store) {
      const counter = nameOf();
      await store.reserve('a', [charge(counter, 60, 100)], 1000, START);
      await store.settle('a', [10], START);
      equal(await store.settle('a', [99], START), { state: 'already-settled' });
      equal(await store.release('a', START), { state: 'already-settled' });
      await store.reserve('b', [charge(counter, 60, 100)], 1000, START);
      equal(await store.release('b', START), { state: 'released' });
      equal(await store.release('b', START), { state: 'already-released' });
      equal(await store.settle('b', [60], START), { state: 'already-released' });
      equal(await store.settle('never', [60], START), { state: 'unknown' });
      equal(await balance(store, counter, START), { spent: 10, reserved: 0 });
    },
  },
  {
    name: 'voids a reserve that a release has overtaken',
    async run(store) {
      const counter = nameOf();
      equal(await store.release('a', START), { state: 'voided' });
      equal(await store.reserve('a', [charge(counter, 60, 100)], 1000, START), { granted: 'already', state: 'released' });
      equal(await balance(store, counter, START), { spent: 0, reserved: 0 });
    },
  },
  {
    name: 'records what was used beyond the estimate, and refuses from then on',
    async run(store) {
      const counter = nameOf();
      await store.reserve('a', [charge(counter, 10, 100)], 1000, START);
      equal(await store.settle('a', [150], START), { state: 'settled', spent: [150] });
      const denied = await store.reserve('b', [charge(counter, 1, 100)], 1000, START);
      equal(denied, { granted: false, deniedBy: 0, remaining: 0, retryAfterMs: HOUR });
    },
  },
  {
    name: 'counts but never refuses a charge that is not enforced, and tells that it went over',
    async run(store) {
      const counter = nameOf();
      const shadow: Charge = { ...charge(counter, 60, 100), enforced: false };
      equal(await store.reserve('a', [shadow], 1000, START), { granted: true });
      equal(await store.reserve('b', [charge(nameOf(), 1, 1), shadow], 1000, START), { granted: true, exceeded: [1] });
      equal(await balance(store, counter, START), { spent: 0, reserved: 120 });
    },
  },
  {
    name: 'follows a limit that is lowered or raised',
    async run(store) {
      const counter = nameOf();
      await store.reserve('a', [charge(counter, 60, 100)], 1000, START);
      equal((await store.reserve('b', [charge(counter, 1, 50)], 1000, START)).granted, false);
      equal((await store.reserve('c', [charge(counter, 100, 200)], 1000, START)).granted, true);
    },
  },
  {
    name: 'keeps amounts as large as a safe integer exactly',
    async run(store) {
      const counter = nameOf();
      const large = 9_007_199_254_740_991;
      await store.reserve('a', [charge(counter, large - 1, large)], 1000, START);
      equal(await store.settle('a', [large - 2], START), { state: 'settled', spent: [large - 2] });
      equal((await store.reserve('b', [charge(counter, 3, large)], 1000, START)).granted, false);
      equal((await store.reserve('c', [charge(counter, 2, large)], 1000, START)).granted, true);
    },
  },
  {
    name: 'refuses amounts that are no non-negative safe integers',
    async run(store) {
      const counter = nameOf();
      for (const amount of [Number.NaN, -1, 0.5, Number.POSITIVE_INFINITY, 2 ** 53]) {
        await refuses(() => store.reserve('a', [charge(counter, amount, 100)], 1000, START));
        await refuses(() => store.reserve('a', [charge(counter, 1, amount)], 1000, START));
        await refuses(() => store.reserve('a', [charge(counter, 1, 100)], amount, START));
      }
      await store.reserve('b', [charge(counter, 1, 100)], 1000, START);
      for (const amount of [Number.NaN, -1, 0.5, 2 ** 53]) {
        await refuses(() => store.settle('b', [amount], START));
        await refuses(() => store.extend('b', 1000, START, [amount]));
      }
      await refuses(() => store.settle('b', [1, 2], START));
      equal(await balance(store, counter, START), { spent: 0, reserved: 1 });
    },
  },
  {
    name: 'finds counters by the start of their key',
    async run(store) {
      const name = nameOf();
      await store.reserve(
        'a',
        [charge(`${name}|x|1`, 1, 9), charge(`${name}|x|_`, 2, 9), charge(`${name}|y|%`, 3, 9)],
        1000,
        START,
      );
      const found = await store.balances({ prefix: `${name}|x|` }, START);
      equal(
        found.map(({ counter, spent, reserved }) => ({ counter, spent, reserved })).toSorted((a, b) => a.reserved - b.reserved),
        [
          { counter: `${name}|x|1`, spent: 0, reserved: 1 },
          { counter: `${name}|x|_`, spent: 0, reserved: 2 },
        ],
      );
    },
  },
  {
    name: 'sums usage by hour and dimensions, once per id',
    async run(store) {
      const team = nameOf();
      await store.record('u1', [totals(START, team, 5), totals(START, team, 7), totals(START + HOUR, team, 1)], START);
      await store.record('u1', [totals(START, team, 5)], START);
      await store.record('u2', [totals(START, `${team}'\u{1f980}`, 9)], START);
      const rows = await store.usage({ since: START, until: START + 1 });
      const own = rows.filter((row) => row.team === team);
      equal(own, [totals(START, team, 12, 2)]);
      equal(rows.filter((row) => row.team === `${team}'\u{1f980}`).length, 1);
      equal((await store.usage({})).filter((row) => row.team === team).length, 2);
    },
  },
  {
    name: 'sums every measure of usage by itself',
    async run(store) {
      const team = nameOf();
      const measured = (factor: number): UsageTotals => ({ ...totals(START, team, 0), ...eachMeasure(factor) });
      await store.record('u1', [measured(1), measured(2)], START);
      await store.record('u2', [measured(4)], START);
      const rows = await store.usage({ since: START });
      equal(
        rows.filter((row) => row.team === team),
        [measured(7)],
      );
    },
  },
];

/** Numbers that no two measures share, a multiple of them each. */
function eachMeasure(factor: number): Partial<UsageTotals> {
  return Object.fromEntries(USAGE_MEASURES.map((measure, place) => [measure, (100 + place) * factor]));
}
