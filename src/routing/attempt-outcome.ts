import type { Failure } from '../core/failure.ts';

/** How an attempt ended, as far as its deployment's health goes. */
export type AttemptOutcome =
  | { readonly ok: true; readonly firstTokenMs: number | undefined; readonly durationMs: number }
  | {
      readonly ok: false;
      readonly failure: Failure;
      /** False for a caller's abort and for what the request itself caused. */
      readonly countsAgainstHealth: boolean;
      /** If given, a failure of an attempt older than a cooldown is told apart from a failed probe. */
      readonly durationMs?: number | undefined;
    };
