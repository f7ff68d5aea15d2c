import { joinWishes, wishOfCacheControl, wishOfHeader, wishOfOption } from '../../cache/cache-wish-of.ts';
import type { CacheWish } from '../../core/cache-wish.ts';
import type { CallerHeaders } from './read-headers.ts';

/** What a call of the client asks of the cache, by its option and its header. Throws `InvalidParamsError`. */
export function clientCacheWish(option: unknown, { cache }: CallerHeaders): CacheWish | undefined {
  if (option === undefined && cache === undefined) return undefined;
  return joinWishes(wishOfOption(option), cache === undefined ? undefined : wishOfHeader(cache));
}

/** What a call over HTTP asks of the cache, by its headers. Throws `InvalidParamsError`. */
export function httpCacheWish({ cache, cacheControl }: CallerHeaders): CacheWish | undefined {
  if (cache === undefined && cacheControl === undefined) return undefined;
  return joinWishes(
    cache === undefined ? undefined : wishOfHeader(cache),
    cacheControl === undefined ? undefined : wishOfCacheControl(cacheControl),
  );
}
