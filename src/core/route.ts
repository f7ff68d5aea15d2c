import type { CacheUse } from './cache-use.ts';
import type { FailureKind } from './failure.ts';
import type { AppliedPrice } from './price.ts';
import type { Usage, UsageSource } from './usage.ts';

/** How a call really went; `routeOf` returns it for an answer, a stream that ended, or an error. */
export interface Route {
  /** Id of the call, as in its events. */
  readonly requestId: string;
  /** Name that was asked for. */
  readonly model: string;
  /** Deployment that answered; undefined if none did. */
  readonly deployment: string | undefined;
  /** Its provider. */
  readonly provider: string | undefined;
  /** Its model at the provider. */
  readonly upstreamModel: string | undefined;
  /** Every attempt, in order. */
  readonly attempts: readonly RouteAttempt[];
  /** Candidates that were passed over, with the reason. */
  readonly skipped: readonly { readonly deployment: string; readonly reason: string }[];
  /** Tokens of all attempts together, as far as they are known. */
  readonly usage: Usage | undefined;
  /** Dollars of all attempts together; undefined if a price is not known. */
  readonly costUsd: number | undefined;
  /** What the last attempt with usage was charged by, in dollars per million tokens; undefined if no price is known. */
  readonly price?: AppliedPrice | undefined;
  /** `estimated` if any part was, or was counted because it is more than what was reported. */
  readonly usageSource: UsageSource | undefined;
  /** Milliseconds to the first content; undefined if none came. */
  readonly firstTokenMs: number | undefined;
  /** Milliseconds of the whole call; of a stream so far. */
  readonly durationMs: number;
  /** True if the answer was continued by another deployment after its stream broke. */
  readonly spliced?: boolean | undefined;
  /** What the cache did; undefined if none was asked. */
  readonly cache?: CacheUse | undefined;
}

/** One try of a call at one deployment; without `failure` it is the one that answered. */
export interface RouteAttempt {
  /** `provider/model` of the deployment. */
  readonly deployment: string;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  /** Milliseconds that it took. */
  readonly durationMs: number;
  /** Why it failed; undefined if it answered. */
  readonly failure?: RouteFailure | undefined;
}

/** A failure as a caller or a listener may see it. */
export interface RouteFailure {
  /** What it means for the next attempt. */
  readonly kind: FailureKind;
  /** The provider's code, or the gateway's own; never empty. */
  readonly code: string;
  /** On a route and on errors the upstream's text, without credentials; in events our own words. */
  readonly message: string;
  /** HTTP status, if one came. */
  readonly status?: number | undefined;
  /** Milliseconds that the provider asks to wait. */
  readonly retryAfterMs?: number | undefined;
}
