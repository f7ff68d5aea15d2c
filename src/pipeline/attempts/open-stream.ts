import type { Attempt } from './attempt.ts';
import type { CommittedStream } from './commit-gate.ts';

/** A committed stream together with the attempt that it belongs to. */
export interface OpenStream {
  readonly attempt: Attempt;
  readonly stream: CommittedStream;
}
