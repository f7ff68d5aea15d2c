import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Caller } from '../core/caller.ts';
import type { Plan, VirtualKey } from '../core/plan.ts';
import { normaliseCaller } from './caller.ts';

const KEY_BYTES = 32;
/** No key is longer; what follows is not looked at. */
const LONGEST_KEY = 512;
const NO_DIGEST = '0'.repeat(64);

/** Makes a virtual key. Only `hash` goes into the configuration; the key itself is shown once and kept nowhere. */
export function createVirtualKey(): { key: string; hash: string } {
  const key = `tg-${randomBytes(KEY_BYTES).toString('base64url')}`;
  return { key, hash: `sha256:${digestOf(key).toString('hex')}` };
}

/**
 * The caller whose key was presented; undefined for an unknown, disabled or expired key, all found out by the same
 * steps: one digest and one comparison in constant time. `nowMs`: wall clock.
 */
export function findVirtualKey(plan: Plan, presentedKey: string, nowMs: number): Caller | undefined {
  const digest = digestOf(presentedKey);
  const found = plan.access.keys.get(digest.toString('hex'));
  const expected = Buffer.from(found?.digest ?? NO_DIGEST, 'hex');
  const equal = expected.length === digest.length && timingSafeEqual(expected, digest);
  const active = found !== undefined && !found.disabled && nowMs < (found.expiresAt ?? Number.POSITIVE_INFINITY);
  return equal && active ? callerOf(found) : undefined;
}

function digestOf(key: string): Buffer {
  return createHash('sha256').update(key.slice(0, LONGEST_KEY)).digest();
}

const callers = new WeakMap<VirtualKey, Caller>();

/** The key's caller, whose `key` is the id unless the configuration names another; the same object each time. */
function callerOf(virtualKey: VirtualKey): Caller {
  const known = callers.get(virtualKey);
  if (known) return known;
  const caller = normaliseCaller({ key: virtualKey.id, ...virtualKey.caller });
  callers.set(virtualKey, caller);
  return caller;
}
