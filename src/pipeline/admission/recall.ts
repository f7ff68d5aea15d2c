import type { MaybePromise } from '../../core/maybe-promise.ts';
import type { GuardedCall } from './guard-input.ts';

/**
 * An answer that the call need not ask a provider for. It is looked for after the guards, which the key is made behind,
 * and before anything is estimated or reserved. None is kept yet.
 */
export function recall(_guarded: GuardedCall): MaybePromise<undefined> {
  return undefined;
}
