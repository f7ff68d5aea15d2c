import type { MaybePromise } from '../../core/maybe-promise.ts';
import type { AuthorisedCall } from './authorise-call.ts';

declare const GUARDED: unique symbol;

/** A call whose content may go in. Only `guardInput` makes one, so that nothing is estimated or reserved for any other. */
export type GuardedCall = AuthorisedCall & { readonly [GUARDED]: true };

/** Asks whether what the call says may go in. Nothing is asked of it yet: it goes on as the same object. */
export function guardInput(authorised: AuthorisedCall): MaybePromise<GuardedCall> {
  return authorised as GuardedCall;
}
