import type { Failure } from '../core/failure.ts';
import type { Attempt } from './attempt.ts';
import type { CommittedStream } from './commit-gate.ts';
import type { StreamTally } from './stream-tally.ts';

/** A committed stream together with the attempt that it belongs to. */
export interface OpenStream {
  readonly attempt: Attempt;
  readonly stream: CommittedStream;
}

/** Goes on after an interruption; undefined where the policy or the answer so far does not allow it. */
export type Recover = (
  failure: Failure,
  tally: StreamTally,
) => Promise<{ open: OpenStream; announce: readonly unknown[] } | undefined>;
