import { z } from 'zod';
import { type GuardMode, PERSONAL_DATA_KINDS, type PersonalDataKind } from '../../core/guard.ts';
import { PHONE_COUNTRIES } from '../../core/phone-countries.ts';
import type { PersonalDataUse } from '../../guards/ready/personal-data.ts';
import { fieldOf } from '../containers.ts';
import { nonEmptyList, text } from '../schema/scalars.ts';
import { anyMode, baseFields, eitherSide, type GuardBase } from './guard-base.ts';
import type { GuardType } from './guard-type.ts';

/** E-mail addresses, phone numbers, cards and bank accounts with a right checksum, IP addresses. */
export interface PersonalDataGuardConfig extends GuardBase {
  use: 'personal-data';
  mode: GuardMode;
  /** Any of `email`, `phone`, `card`, `iban`, `ip`. Default: all. */
  kinds?: readonly PersonalDataKind[] | undefined;
  /** ISO 3166 code of a country whose phone numbers are found without `+`, too; default: none. */
  country?: string | undefined;
}

const COUNTRY = /^[A-Z]{2}$/;
const COUNTRY_EXPECTED = "the ISO 3166 code of a country, such as 'DE'";

export const personalData = {
  use: 'personal-data',
  schema: z.strictObject({
    ...baseFields,
    on: eitherSide,
    mode: anyMode,
    use: z.literal('personal-data'),
    kinds: nonEmptyList(
      z.enum(PERSONAL_DATA_KINDS, `expected any of ${PERSONAL_DATA_KINDS.join(', ')}`),
      'a list of kinds',
    ).optional(),
    country: text(COUNTRY_EXPECTED, COUNTRY).optional(),
  }),
  check(options, { path, issues }) {
    const country = fieldOf(options, 'country');
    if (typeof country !== 'string' || !COUNTRY.test(country) || PHONE_COUNTRIES.has(country)) return;
    const problem = "is the code of no country whose phone numbers are known: expected one such as 'DE'";
    issues.add([...path, 'country'], problem);
  },
  plan: ({ kinds, country }) => ({ kind: 'personal-data', kinds: [...new Set(kinds ?? PERSONAL_DATA_KINDS)], country }),
} satisfies GuardType<PersonalDataGuardConfig, PersonalDataUse>;
