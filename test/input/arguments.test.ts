import { type Gateway, toCsv } from 'tollgate';
import { dashboard } from 'tollgate/dashboard';
import { logCalls } from 'tollgate/log';
import { instrument } from 'tollgate/otel';
import { redisStore } from 'tollgate/redis';
import { faults, scriptedProvider } from 'tollgate/testing';
import { describe, expect, it } from 'vitest';
import { gatewayOf, providersAt, upstream } from '../public/harness.ts';

type Called = (...given: readonly unknown[]) => unknown;

const NO_GATEWAY = [undefined, null, 1, 'x', {}, [null]];
const NO_OPTIONS = [null, 1, 'x', [null]];

/** Each function by name, the place of an argument, and what is none. */
const REFUSED: readonly (readonly [string, number, readonly unknown[]])[] = [
  ['toCsv', 0, [undefined, null, 1, 'x', {}, [null], [1]]],
  ['dashboard', 0, NO_GATEWAY],
  ['dashboard', 1, [...NO_OPTIONS, { authorize: true }, { nonce: 'x' }]],
  ['logCalls', 0, NO_GATEWAY],
  ['logCalls', 1, [...NO_GATEWAY, { info: console.info }]],
  ['logCalls', 2, [...NO_OPTIONS, { sampleSuccesses: 2 }, { successLevel: 'trace' }]],
  ['instrument', 0, NO_GATEWAY],
  [
    'instrument',
    1,
    [...NO_OPTIONS, { semconv: '1.42' }, { remoteParent: true }, { dimensions: 'team' }, { dimensions: [1] }, { maxNames: -1 }],
  ],
  ['redisStore', 0, [undefined, null, 1, 'x', {}, { client: null }, { client: 'redis://127.0.0.1' }]],
  ['faults', 0, [undefined, null, 1, 'x', { unknown: 1 }]],
  ['faults', 1, [undefined, null, 1]],
  ['scriptedProvider', 1, [undefined, null, 1, {}]],
  ['scriptedProvider', 2, NO_OPTIONS],
];

const FUNCTIONS = { toCsv, dashboard, logCalls, instrument, redisStore, faults, scriptedProvider } as unknown as Record<
  string,
  Called
>;

function goodOf(name: string, gateway: Gateway): readonly unknown[] {
  const good: Record<string, readonly unknown[]> = {
    dashboard: [gateway, {}],
    logCalls: [gateway, console, {}],
    instrument: [gateway, {}],
    faults: [{}, { seed: 1 }],
    scriptedProvider: ['name', [{ text: 'a' }], {}],
  };
  return good[name] ?? [undefined];
}

describe('an argument that is none', () => {
  it.each(REFUSED)('of %s at %i is refused with what was expected', async (name, place, values) => {
    const gateway = gatewayOf({ providers: providersAt(await upstream(), 'one'), models: { m: ['one/m'] } });
    for (const value of values) {
      const given = goodOf(name, gateway).map((one, index) => (index === place ? value : one));
      expect(() => FUNCTIONS[name]?.(...given)).toThrow(/expected/);
    }
  });

  it.each([undefined, null, 1, 'x'])('of control.plan is refused with what was expected: %s', async (params) => {
    const gateway = gatewayOf({ providers: providersAt(await upstream(), 'one'), models: { m: ['one/m'] } });
    await expect(gateway.control.plan(params as never)).rejects.toThrow('control.plan: expected the params of a call');
  });
});
