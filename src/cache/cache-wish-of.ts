import type { CacheWish } from '../core/cache-wish.ts';
import { isRecord } from '../core/json.ts';
import { InvalidParamsError } from '../errors/invalid-params-error.ts';
import { ttlMsOf } from './ttl.ts';

const OFF: CacheWish = { kind: 'off' };
const ANEW: CacheWish = { kind: 'use', refresh: true };
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
  const wishes = text.split(',').map((directive) => wishOfDirective(directive.trim().toLowerCase()));
  const joined = joinWishes(...wishes);
  return joined?.kind === 'use' && joined.refresh ? ANEW : joined;
}

/** Names count with a value, too (section 5.2: both forms of a directive ought to be accepted). */
function wishOfDirective(directive: string): CacheWish | undefined {
  const [name = '', value = ''] = directive.split('=', 2).map((part) => part.trim());
  if (name === 'no-store') return OFF;
  if (name === 'no-cache') return ANEW;
  const seconds = name === 'max-age' ? /^"?(\d{1,9})"?$/.exec(value)?.[1] : undefined;
  return seconds === undefined ? undefined : { kind: 'use', refresh: false, maxAgeMs: Number(seconds) * 1_000 };
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
        ttlMs: lesser(joined.ttlMs, wish.ttlMs),
        maxAgeMs: lesser(joined.maxAgeMs, wish.maxAgeMs),
      };
  }
  return joined;
}

function lesser(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? (one ?? other) : Math.min(one, other);
}
