import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Clock } from '../../src/core/clock.ts';
import { chargeOf, rateLimits } from '../../src/ledger/bound-limit.ts';
import { Headroom, type HeldRate } from '../../src/ledger/headroom.ts';
import { deploymentOf } from '../support/ledger-plan.ts';

const deployments = [
  deploymentOf({ id: 'openai/a', rpm: 10, tpm: 1_000 }),
  deploymentOf({ id: 'openai/b', rpm: 3 }),
  deploymentOf({ id: 'openai/c', tpm: 500 }),
  deploymentOf({ id: 'openai/d' }),
];
const others = [...deployments.slice(1), deploymentOf({ id: 'openai/e', rpm: 0 })];

/** One that can be set back, which the clock of other tests can't. */
class SetClock implements Clock {
  wallMs = Date.UTC(2026, 10, 25, 14, 5);
  now = (): number => this.wallMs;
  monotonicMs = (): number => this.wallMs;
  setTimeout = () => ({ cancel: () => {} });
}

const step = fc.record({
  kind: fc.constantFrom('hold', 'settle', 'full', 'wait', 'set back', 'look' as const),
  of: fc.nat(deployments.length - 1),
  amount: fc.oneof(fc.nat(400), fc.nat(70_000)),
});

test('the shares of a list are those of its deployments, whatever is held, settled or denied and whenever it is looked', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const clock = new SetClock();
      const headroom = new Headroom(clock);
      const held: (readonly HeldRate[])[] = [];
      const each = (list: typeof deployments) => list.map(({ id }) => headroom.share(id, clock.now()));
      for (const { kind, of, amount } of steps) {
        const deployment = deployments[of];
        const limits = deployment === undefined ? [] : rateLimits(deployment);
        if (kind === 'hold') {
          const charges = limits.map((limit) => chargeOf(limit, limit.unit === 'requests' ? 1 : amount, clock.now()));
          held.push(headroom.hold(limits, charges, clock.now()));
        } else if (kind === 'settle') {
          headroom.settle(held.splice(of, 1)[0] ?? [], [1, Math.floor(amount / 2)], clock.now());
        } else if (kind === 'full') {
          for (const limit of limits) headroom.full(limit, clock.now() + amount, clock.now());
        } else if (kind !== 'look') {
          clock.wallMs += kind === 'wait' ? amount : -Math.floor(amount / 10);
        }
        // At times it is not looked for a while.
        if (of === 0) continue;
        expect([...headroom.sharesOf(deployments)]).toEqual(each(deployments));
        if (of === 1) expect([...headroom.sharesOf(others)]).toEqual(each(others));
      }
    }),
    { numRuns: 300 },
  );
});

test('the shares of a list are kept until something changes or a second is over', () => {
  const clock = new SetClock();
  const headroom = new Headroom(clock);
  const asked: string[] = [];
  const share = headroom.share.bind(headroom);
  headroom.share = (id, now) => {
    asked.push(id);
    return share(id, now);
  };
  headroom.sharesOf(deployments);
  expect(asked.splice(0)).toHaveLength(deployments.length);
  headroom.sharesOf(deployments);
  expect(asked).toEqual([]);
  clock.wallMs += 1_000;
  headroom.sharesOf(deployments);
  expect(asked).toHaveLength(deployments.length);
});
