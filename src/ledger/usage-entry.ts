import type { Caller } from '../core/caller.ts';
import type { FailureKind } from '../core/failure.ts';
import type { Usage, UsageSource } from '../core/usage.ts';

export interface UsageEntry {
  readonly at: number;
  readonly caller: Caller;
  readonly model: string;
  readonly deployment: string;
  readonly provider: string;
  readonly requests: number;
  readonly failure: FailureKind | undefined;
  readonly usage: Usage;
  readonly costNanoUsd: number | undefined;
  /** It used something that no price is known for, so that its cost is missing in every sum. */
  readonly unpriced: boolean;
  readonly source: UsageSource;
  /** What is only reported. */
  readonly report?: AttemptReport | undefined;
}

export interface AttemptReport {
  /** The call failed for good, after its last attempt at this deployment. */
  readonly isError?: boolean | undefined;
  /** The attempt took over from another deployment that had failed. */
  readonly isFailover?: boolean | undefined;
  readonly promptCacheSavedNanoUsd?: number | undefined;
  readonly responseCacheSavedNanoUsd?: number | undefined;
  readonly downgradeSavedNanoUsd?: number | undefined;
  /** Of attempts that were answered. */
  readonly durationMs?: number | undefined;
  readonly firstTokenMs?: number | undefined;
}
