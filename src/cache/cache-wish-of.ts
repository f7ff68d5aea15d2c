import type { CacheWish } from '../core/cache-wish.ts';
import { isRecord } from '../core/json.ts';
import { InvalidParamsError } from '../errors/invalid-params-error.ts';
import { ttlMsOf } from './ttl.ts';

const OFF: CacheWish = { kind: 'off' };
const OPTION_EXPECTED = 'expected false, true or { refresh?, ttl? }';
const HEADER = "headers['x-tollgate-cache']";
const HEADER_EXPECTED = "expected 'off', or 'refresh', 'ttl=10m' or both, separated by commas";

/** `cache` of a call's options. Throws `InvalidParamsError`. */
export function wishOfOption(option: unknown): CacheWish | undefined {
  if (option === undefined || option === null || option === true) return undefined;
  if (option === false) return OFF;
  if (!isRecord(option)) throw new InvalidParamsError('cache', OPTION_EXPECTED);
  const { refresh = false, ttl, ...unknown } = option;
  if (typeof refresh !== 'boolean' || Object.keys(unknown).length > 0) throw new InvalidParamsError('cache', OPTION_EXPECTED);
  const ttlMs = ttl === undefined ? undefined : ttlMsOf(ttl);
  if (ttl !== undefined && ttlMs === undefined)
    throw new InvalidParamsError('cache.ttl', "expected a length such as '90s' or '15m', or milliseconds");
  return { kind: 'use', refresh, ttlMs };
}

/** `x-tollgate-cache`. Throws `InvalidParamsError`. */
export function wishOfHeader(text: string): CacheWish {
  let refresh = false;
  let ttlMs: number | undefined;
  const words = text.split(',').map((word) => word.trim().toLowerCase());
  if (words.length === 1 && (words[0] === 'off' || words[0] === 'false')) return OFF;
  for (const word of words) {
    const length = /^ttl\s*=\s*(.+)$/.exec(word)?.[1];
    if (word === 'refresh') refresh = true;
    else ttlMs = length === undefined ? undefined : ttlMsOf(/^\d+$/.test(length) ? Number(length) : length);
    if (word !== 'refresh' && ttlMs === undefined) throw new InvalidParamsError(HEADER, HEADER_EXPECTED);
  }
  return { kind: 'use', refresh, ttlMs };
}

/**
 * `Cache-Control` of a request (RFC 9111, section 5.2.1): `no-store` is off, `no-cache` asks anew, `max-age` bounds the age.
 * Undefined if it says none of these; what it says besides is no concern of ours, nor an error.
 */
export function wishOfCacheControl(text: string): CacheWish | undefined {
  const directives = text.split(',').map((directive) => directive.trim().toLowerCase());
  if (directives.includes('no-store')) return OFF;
  if (directives.includes('no-cache')) return { kind: 'use', refresh: true };
  for (const directive of directives) {
    const seconds = /^max-age\s*=\s*"?(\d{1,9})"?$/.exec(directive)?.[1];
    if (seconds !== undefined) return { kind: 'use', refresh: false, maxAgeMs: Number(seconds) * 1_000 };
  }
  return undefined;
}

/** The strictest of what options and headers say. */
export function joinWishes(...wishes: readonly (CacheWish | undefined)[]): CacheWish | undefined {
  let joined: CacheWish | undefined;
  for (const wish of wishes) {
    if (wish === undefined) continue;
    if (wish.kind === 'off') return wish;
    if (joined === undefined || joined.kind === 'off') joined = wish;
    else
      joined = {
        kind: 'use',
        refresh: joined.refresh || wish.refresh,
        ttlMs: joined.ttlMs ?? wish.ttlMs,
        maxAgeMs: lesser(joined.maxAgeMs, wish.maxAgeMs),
      };
  }
  return joined;
}

function lesser(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? (one ?? other) : Math.min(one, other);
}
