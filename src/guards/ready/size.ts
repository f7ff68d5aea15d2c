import type { GuardUse } from '../../core/guard.ts';
import type { ReadyMade } from './ready-made.ts';

export interface SizeUse extends GuardUse {
  readonly kind: 'size';
  readonly maxCharacters: number;
}

/** Counts all texts together. */
export const size: ReadyMade<SizeUse> = {
  kind: 'size',
  check: ({ maxCharacters }) => ({ by: 'size', maxCharacters }),
};
