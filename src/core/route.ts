import type { CacheUse } from './cache-use.ts';
import type { FailureKind } from './failure.ts';
import type { AppliedPrice } from './price.ts';
import type { Usage, UsageSource } from './usage.ts';

/** How a call really went; `routeOf` returns it for an answer, a stream that ended, or an error. */
export interface Route {
  readonly requestId: string;
  readonly model: string;
  /** Deployment that answered; undefined if none did. */
  readonly deployment: string | undefined;
  readonly provider: string | undefined;
  readonly upstreamModel: string | undefined;
  readonly attempts: readonly RouteAttempt[];
  /** Candidates that were passed over, with the reason. */
  readonly skipped: readonly { readonly deployment: string; readonly reason: string }[];
  readonly usage: Usage | undefined;
  readonly costUsd: number | undefined;
  /** What the last attempt with usage was charged by, in dollars per million tokens; undefined if no price is known. */
  readonly price?: AppliedPrice | undefined;
  /** `estimated` if any part was, or was counted because it is more than what was reported. */
  readonly usageSource: UsageSource | undefined;
  readonly firstTokenMs: number | undefined;
  readonly durationMs: number;
  /** True if the answer was continued by another deployment after its stream broke. */
  readonly spliced?: boolean | undefined;
  /** What the cache did; undefined if none was asked. */
  readonly cache?: CacheUse | undefined;
}

/** One try of a call at one deployment; without `failure` it is the one that answered. */
export interface RouteAttempt {
  readonly deployment: string;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly durationMs: number;
  readonly failure?: RouteFailure | undefined;
}

/** A failure as a caller or a listener may see it. */
export interface RouteFailure {
  readonly kind: FailureKind;
  readonly code: string;
  /** On a route and on errors the upstream's text, without credentials; in events our own words. */
  readonly message: string;
  readonly status?: number | undefined;
  readonly retryAfterMs?: number | undefined;
}
