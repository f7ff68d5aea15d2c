import type { AskModel } from '../../core/asking.ts';
import type { GuardUse } from '../../core/guard.ts';
import type { MaybePromise } from '../../core/maybe-promise.ts';
import type { GuardCheck } from '../ready-guard.ts';

/** How a ready-made guard looks at texts: one file each in this folder, named like the `use` of its configuration. */
export interface ReadyMade<Use extends GuardUse> {
  readonly kind: Use['kind'];
  /** Loads what it needs. Rejects if an optional package is missing. */
  check(use: Use, ask: AskModel): MaybePromise<GuardCheck>;
}
