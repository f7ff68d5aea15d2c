import type { Caller } from '../core/caller.ts';

/** Bounds of a request over HTTP: whatever a client sends, it cannot hold more than these of memory and time. */
export interface HandlerConfig {
  /** Largest JSON body, in bytes; default 4 MiB. A larger one is answered 413. */
  maxRequestBytes?: number | undefined;
  /** Largest multipart body, in bytes; default 513 MiB. Its files wait in temporary files, not in memory. */
  maxUploadBytes?: number | undefined;
  /** Deepest nesting of lists and objects in a JSON body, at most 128, the default. A deeper one is answered 400. */
  maxNesting?: number | undefined;
  /**
   * Most items of a JSON body; default 320 000, with a smaller `maxRequestBytes` one per 13 of its bytes, and at least
   * 20 000: a number or literal is one, a text counts as 4, a list or an object as 3, a field as 17 beside its value. More is
   * answered 400, before the body is parsed.
   */
  maxItems?: number | undefined;
  /** Time for a whole body to arrive, in milliseconds; default 60 000. A slower one is answered 408. */
  bodyTimeoutMs?: number | undefined;
}

/** Who may use which model, and the keys that callers come with. */
export interface AccessConfig {
  /** For a caller whom no rule concerns; default `allow`. */
  default?: 'allow' | 'deny' | undefined;
  rules?: readonly AccessRuleConfig[] | undefined;
  /**
   * Params that name the caller if it is not bound to that dimension: `'user'`, or `'metadata.team'` for a dimension
   * of that name. Default: none; `user` and `metadata` are forwarded and say nothing about the caller.
   */
  callerFromParams?: readonly string[] | undefined;
  /** Virtual keys; only digests are kept. */
  keys?: readonly VirtualKeyConfig[] | undefined;
  /**
   * Refused keys per minute from one place, 1 or more; further ones are answered 429 with `retry-after` instead of 401.
   * A good key is never slowed. Default: no limit.
   */
  maxFailuresPerMinute?: number | undefined;
  /**
   * Header in which your proxy tells where a request comes from, as `x-real-ip`; of a list the last entry counts. It must
   * be one that the proxy itself sets. Default: all requests come from one place.
   */
  placeHeader?: string | undefined;
}

/** What some callers may use. All rules that match a caller apply together. */
export interface AccessRuleConfig {
  /** Globs over caller dimensions; all must match. */
  match: Record<string, string | readonly string[]>;
  /** Models these callers may use; globs. */
  allow?: string | readonly string[] | undefined;
  /** Models they may not use; wins over every `allow`. */
  deny?: string | readonly string[] | undefined;
  /** Tools of vendors that they may not use, by their names without version (`web_search`, `mcp`, …); globs. */
  denyTools?: string | readonly string[] | undefined;
  /** A call whose estimate is above it is refused. */
  maxUsdPerRequest?: number | undefined;
}

/** A key of your own: callers name themselves by it, and no provider ever sees it. */
export interface VirtualKeyConfig {
  /** Safe to print; the caller's `key` if `caller` gives none. */
  id: string;
  /** `sha256:` and the hexadecimal digest, as `createVirtualKey()` returns it. */
  hash: string;
  /** Who calls with this key. */
  caller: Caller;
  /** ISO 8601, a Date or milliseconds since the epoch; default: never. */
  expiresAt?: string | number | Date | undefined;
  disabled?: boolean | undefined;
}
