import { DeadlineExceeded, StreamTimeout } from '../../core/cancellation-reasons.ts';
import type { Failure } from '../../core/failure.ts';

/** The failure of an attempt that was cancelled here: a time limit of ours, or else an abort. */
export function cancelledFailure(reason: unknown, reachedProvider: boolean): Failure {
  if (!(reason instanceof StreamTimeout || reason instanceof DeadlineExceeded)) {
    return { kind: 'aborted', code: 'aborted', message: 'the call was aborted', reachedProvider, cause: reason };
  }
  const { code, message } = reason;
  return { kind: 'timeout', code, message, words: message, reachedProvider, cause: reason };
}
