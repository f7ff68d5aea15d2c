import type { CallerHeaders } from './request-headers.ts';

/** One request as either door brings it: the client's structured one, or one that came over HTTP. */
export interface GatewayRequest {
  readonly method: string;
  /** Below the base URL, with its query. */
  readonly path: string;
  readonly body: unknown;
  readonly stream: boolean;
  readonly headers: CallerHeaders;
  readonly signal: AbortSignal | null | undefined;
  /** What must not be collected while the signal is followed. */
  readonly signalOwner?: object | undefined;
  /** Limit over the whole call in milliseconds, where the caller sets one. */
  readonly timeoutMs: number | undefined;
}
