import { z } from 'zod';
import type { SizeUse } from '../../guards/ready/size.ts';
import { positiveInteger } from '../schema/scalars.ts';
import { baseFields, eitherSide, type GuardBase, plainMode } from './guard-base.ts';
import type { GuardType } from './guard-type.ts';

/** More than so many characters in all texts together. */
export interface SizeGuardConfig extends GuardBase {
  use: 'size';
  mode: 'block' | 'flag';
  /** How many may be there, in characters (UTF-16 units). */
  maxCharacters: number;
}

export const size = {
  use: 'size',
  schema: z.strictObject({
    ...baseFields,
    on: eitherSide,
    mode: plainMode,
    use: z.literal('size'),
    maxCharacters: positiveInteger('characters'),
  }),
  plan: ({ maxCharacters }) => ({ kind: 'size', maxCharacters }),
} satisfies GuardType<SizeGuardConfig, SizeUse>;
