import { z } from 'zod';
import type { GuardMode } from '../../core/guard.ts';
import type { SecretsUse } from '../../guards/ready/secrets.ts';
import { anyMode, baseFields, eitherSide, type GuardBase } from './guard-base.ts';
import type { GuardType } from './guard-type.ts';

/** Keys, tokens, private keys and passwords in addresses, in the shapes that their makers gave them. */
export interface SecretsGuardConfig extends GuardBase {
  use: 'secrets';
  mode: GuardMode;
}

export const secrets = {
  use: 'secrets',
  schema: z.strictObject({ ...baseFields, on: eitherSide, mode: anyMode, use: z.literal('secrets') }),
  plan: () => ({ kind: 'secrets' }),
} satisfies GuardType<SecretsGuardConfig, SecretsUse>;
