import { expect, test } from 'vitest';
import { Secret } from '../../src/core/secret.ts';
import type { Credential } from '../../src/providers/provider.ts';
import { CredentialRing } from '../../src/routing/credentials.ts';

const credentials: Credential[] = [1, 2, 3].map((position) => ({
  id: `openai#${position}`,
  token: () => new Secret(`key ${position}`),
}));

function picks(ring: CredentialRing, times: number): (string | undefined)[] {
  return Array.from({ length: times }, () => ring.pick()?.id);
}

test('credentials are taken in turn', () => {
  const ring = new CredentialRing(credentials, () => false);
  expect(picks(ring, 4)).toEqual(['openai#1', 'openai#2', 'openai#3', 'openai#1']);
});

test('a cooling credential is left out until all are cooling', () => {
  const cooling = new Set(['openai#2']);
  const ring = new CredentialRing(credentials, (id) => cooling.has(id));
  expect([picks(ring, 3), ring.usableCount]).toEqual([['openai#1', 'openai#3', 'openai#1'], 2]);
  for (const { id } of credentials) cooling.add(id);
  expect([picks(ring, 3).sort(), ring.usableCount, ring.size]).toEqual([ring.ids, 0, 3]);
});

test('the only credential is given even while it cools, and no credential is none', () => {
  const only = new CredentialRing(credentials.slice(0, 1), () => true);
  expect([only.pick()?.id, only.usableCount]).toEqual(['openai#1', 1]);
  expect(new CredentialRing([], () => false).pick()).toBeUndefined();
});
