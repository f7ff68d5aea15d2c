import { describe, expect, it } from 'vitest';
import { planCache } from '../../src/config/plan/cache.ts';
import { configSchema } from '../../src/config/schema.ts';

const issuesOf = (cache: unknown) =>
  configSchema.safeParse({ providers: {}, cache }).error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ??
  [];

describe('the configuration of the cache', () => {
  it('is filled in with its defaults, and keeps nothing if it is not there', () => {
    expect(planCache(undefined)).toBeUndefined();
    expect(planCache({ ttl: '1h' })).toEqual({
      ttlMs: 3_600_000,
      scope: { kind: 'private', dimensions: ['team'] },
      match: {},
      maxBytes: 67_108_864,
      maxEntryBytes: 1_048_576,
      coalesce: true,
      countHits: false,
      storeTimeoutMs: 100,
      semantic: undefined,
    });
    expect(planCache({ ttl: 5, scope: 'shared' })?.scope).toEqual({ kind: 'shared' });
  });

  it('takes every question as near enough to learn from, if thresholds are learned', () => {
    const semanticOf = (semantic: object) =>
      planCache({ ttl: 5, mode: 'semantic', semantic: { model: 'e', ...semantic } })?.semantic;
    expect(semanticOf({})).toMatchObject({ threshold: 0.9, gate: true });
    expect(semanticOf({ maxErrorRate: 0.01 })).toMatchObject({ threshold: 0, maxErrorRate: 0.01, gate: true });
  });

  it.each([
    [{}, 'cache.ttl: '],
    [{ ttl: 0 }, 'cache.ttl: expected a length'],
    [{ ttl: '1y' }, 'cache.ttl: expected a length'],
    [{ ttl: '1h', store: {} }, 'cache.store: expected'],
    [{ ttl: '1h', mode: 'semantic' }, 'cache.semantic: expected { model'],
    [{ ttl: '1h', semantic: { model: 'e' } }, 'cache.semantic: expected { model'],
    [{ ttl: '1h', mode: 'semantic', semantic: { model: 'e', maxErrorRate: 0 } }, 'cache.semantic.maxErrorRate: expected a share'],
    [{ ttl: '1h', mode: 'semantic', semantic: { model: 'e', maxErrorRate: 1 } }, 'cache.semantic.maxErrorRate: expected a share'],
    [
      { ttl: '1h', mode: 'semantic', semantic: { model: 'e', threshold: 0.9, maxErrorRate: 0.01 } },
      'cache.semantic.maxErrorRate: expected either threshold or maxErrorRate',
    ],
    [{ ttl: '1h', other: 1 }, 'cache: '],
  ])('is refused where it is %j', (cache, issue) => {
    expect(issuesOf(cache).join()).toContain(issue);
  });
});
