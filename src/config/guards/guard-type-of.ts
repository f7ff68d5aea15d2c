import type { GuardUse } from '../../core/guard.ts';
import type { ReadyMadeGuardConfig } from './configs.ts';
import type { GuardType } from './guard-type.ts';
import { guardTypes } from './index.ts';

const TYPES: readonly GuardType<ReadyMadeGuardConfig, GuardUse>[] = guardTypes;

/** The type that `use` names; undefined if none is called that. */
export function guardTypeOf(use: unknown): GuardType<ReadyMadeGuardConfig, GuardUse> | undefined {
  return TYPES.find((type) => type.use === use);
}
