import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { createVirtualKey, findVirtualKey } from '../../src/access/virtual-keys.ts';
import type { VirtualKey } from '../../src/core/plan.ts';
import { planOf } from '../support/ledger-plan.ts';

function planWithKeys(keys: readonly (Partial<VirtualKey> & { hash: string })[]) {
  const entries = keys.map(({ hash, ...key }): VirtualKey => {
    return { id: 'k1', caller: {}, expiresAt: undefined, disabled: false, digest: hash.slice('sha256:'.length), ...key };
  });
  return planOf({
    access: { default: 'allow', rules: [], callerFromParams: [], keys: new Map(entries.map((key) => [key.digest, key])) },
  });
}

test('a new key has 32 random bytes, and its hash is the digest of the whole key', () => {
  const { key, hash } = createVirtualKey();
  expect(key).toMatch(/^tg-[A-Za-z0-9_-]{43}$/);
  expect(hash).toBe(`sha256:${createHash('sha256').update(key).digest('hex')}`);
  expect(createVirtualKey().key).not.toBe(key);
});

test('a key names its caller, with the id of the key, always by the same object', () => {
  const { key, hash } = createVirtualKey();
  const plan = planWithKeys([{ hash, id: 'ci', caller: { team: 'build' } }]);
  const caller = findVirtualKey(plan, key, 0);
  expect(caller).toEqual({ key: 'ci', team: 'build' });
  expect(findVirtualKey(plan, key, 0)).toBe(caller);
});

test('unknown, disabled and expired keys are alike: no caller', () => {
  const [active, disabled, expired] = [createVirtualKey(), createVirtualKey(), createVirtualKey()];
  const plan = planWithKeys([
    { hash: active.hash, expiresAt: 1_001 },
    { hash: disabled.hash, disabled: true },
    { hash: expired.hash, expiresAt: 1_000 },
  ]);
  const found = (key: string) => findVirtualKey(plan, key, 1_000);
  expect(found(active.key)).toEqual({ key: 'k1' });
  expect([disabled.key, expired.key, createVirtualKey().key, '', 'constructor', active.hash].map(found)).toEqual(
    Array.from({ length: 6 }),
  );
});

test('what is close to a key is none', () => {
  const { key, hash } = createVirtualKey();
  const plan = planWithKeys([{ hash }]);
  const others = [key.toUpperCase(), `${key} `, key.slice(0, -1), `${key}\0`, ` ${key}`];
  expect(others.map((other) => findVirtualKey(plan, other, 0))).toEqual(Array.from({ length: 5 }));
});

test('two active keys can name the same caller while one replaces the other', () => {
  const [old, fresh] = [createVirtualKey(), createVirtualKey()];
  const plan = planWithKeys([
    { hash: old.hash, id: 'old', caller: { key: 'ci' } },
    { hash: fresh.hash, id: 'fresh', caller: { key: 'ci' } },
  ]);
  expect([old, fresh].map(({ key }) => findVirtualKey(plan, key, 0))).toEqual([{ key: 'ci' }, { key: 'ci' }]);
});
