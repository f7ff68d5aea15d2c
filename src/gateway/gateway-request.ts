import type { CacheWish } from '../core/cache-wish.ts';
import type { Run } from '../core/run.ts';
import type { CallerHeaders } from './doors/read-headers.ts';

/** One request as either door brings it: the client's structured one, or one that came over HTTP. */
export interface GatewayRequest {
  readonly method: string;
  /** Below the base URL, with its query. */
  readonly path: string;
  /** Params, a form, or an `Upload`. */
  readonly body: unknown;
  /** How many bytes of JSON the body had, if it came over HTTP and is large. */
  readonly largeBytes?: number | undefined;
  /** Query of a known operation, if it goes on to the provider. */
  readonly query?: string | undefined;
  readonly stream: boolean;
  /** Bytes are handed on as they come. */
  readonly asBytes: boolean;
  /** The run that the gateway's clone is bound to. */
  readonly run?: Run | undefined;
  readonly headers: CallerHeaders;
  /** What it asks of the cache; undefined: as configured. */
  readonly cache?: CacheWish | undefined;
  readonly signal: AbortSignal | null | undefined;
  /** What must not be collected while the signal is followed. */
  readonly signalOwner?: object | undefined;
  /** Repeats at one deployment, if fewer than the configuration allows. */
  readonly maxRetries?: number | undefined;
  /** Limit over the whole call in milliseconds, if the caller sets one. */
  readonly timeoutMs: number | undefined;
}
