import type { Cancellation } from './cancellation.ts';
import type { Clock } from './clock.ts';
import { keepProcessAlive } from './keep-process-alive.ts';

/**
 * Waits on the given clock, and keeps the process alive meanwhile; rejects with the cancellation's reason at once when
 * it is cancelled.
 */
export function sleep(delayMs: number, clock: Clock, cancellation?: Cancellation): Promise<void> {
  return new Promise((resolve, reject) => {
    if (cancellation?.cancelled) return reject(cancellation.reason);
    const release = keepProcessAlive();
    const timer = clock.setTimeout(() => {
      detach?.();
      release();
      resolve();
    }, delayMs);
    const detach = cancellation?.onCancel((reason) => {
      timer.cancel();
      release();
      reject(reason);
    });
  });
}

/** Follows `promise`, but rejects with the cancellation's reason at once when it is cancelled; `abandoned` gets a late value. */
export function untilCancelled<T>(promise: Promise<T>, cancellation: Cancellation, abandoned?: (value: T) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    const detach = cancellation.onCancel((reason) => {
      promise.then(abandoned, () => {});
      reject(reason);
    });
    promise.then(
      (value) => {
        detach();
        resolve(value);
      },
      (error: unknown) => {
        detach();
        reject(error);
      },
    );
  });
}
