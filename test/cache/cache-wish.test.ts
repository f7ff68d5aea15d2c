import { describe, expect, it } from 'vitest';
import { joinWishes, wishOfCacheControl, wishOfHeader, wishOfOption } from '../../src/cache/cache-wish-of.ts';

const use = (facts: object) => ({ kind: 'use', refresh: false, ...facts });

describe('what a call asks of the cache', () => {
  it.each([
    [false, { kind: 'off' }],
    [true, undefined],
    [{ refresh: true }, use({ refresh: true })],
    [{ ttl: '15m' }, use({ ttlMs: 900_000 })],
    [{ ttl: 500 }, use({ ttlMs: 500 })],
  ])('is read of the option %j', (option, wish) => {
    expect(wishOfOption(option)).toEqual(wish);
  });

  it.each(['x', 1, [], { ttl: 0 }, { ttl: -1 }, { ttl: '0s' }, { ttl: Number.NaN }, { refresh: 'yes' }, { other: 1 }])(
    'is refused with its path if the option is %j',
    (option) => {
      expect(() => wishOfOption(option)).toThrow(/^400 cache(\.ttl)?: expected/);
    },
  );

  it.each([
    ['off', { kind: 'off' }],
    ['refresh', use({ refresh: true })],
    ['refresh, ttl=10m', use({ refresh: true, ttlMs: 600_000 })],
    ['TTL=250', use({ ttlMs: 250 })],
  ])('is read of the header %s', (text, wish) => {
    expect(wishOfHeader(text)).toEqual(wish);
  });

  it.each(['', 'on', 'ttl=', 'ttl=0', 'ttl=1y', 'off, refresh'])('is refused if the header is "%s"', (text) => {
    expect(() => wishOfHeader(text)).toThrow("headers['x-tollgate-cache']: expected");
  });

  it.each([
    ['no-store', { kind: 'off' }],
    ['max-age=0, No-Cache', use({ refresh: true })],
    ['max-age=60', use({ maxAgeMs: 60_000 })],
    ['only-if-cached, max-age=x', undefined],
    ['max-age=3600, MAX-AGE = "60"', use({ maxAgeMs: 60_000 })],
    ['max-age=60, no-store="x"', { kind: 'off' }],
    ['no-cache=""', use({ refresh: true })],
    [', ,=, no-storage', undefined],
  ])('is read of Cache-Control: %s', (text, wish) => {
    expect(wishOfCacheControl(text)).toEqual(wish);
  });

  it('is the strictest of all that is said', () => {
    expect(joinWishes(wishOfOption({ ttl: 500 }), wishOfCacheControl('no-store'))).toEqual({ kind: 'off' });
    expect(joinWishes(wishOfOption({ ttl: 500 }), wishOfCacheControl('no-cache'))).toMatchObject({ refresh: true, ttlMs: 500 });
    for (const [option, header] of [
      [500, 900],
      [900, 500],
    ]) {
      expect(joinWishes(wishOfOption({ ttl: option }), wishOfHeader(`ttl=${header}`))).toMatchObject({ ttlMs: 500 });
    }
    expect(joinWishes(undefined, undefined)).toBeUndefined();
  });
});
