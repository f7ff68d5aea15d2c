import type { GuardUse, PersonalDataKind } from '../../core/guard.ts';
import { Part } from '../../core/part.ts';
import { parsePattern } from '../rules/pattern-syntax.ts';
import { type Rule, RuleSet } from '../rules/rule-set.ts';
import type { ReadyMade } from './ready-made.ts';

export interface PersonalDataUse extends GuardUse {
  readonly kind: 'personal-data';
  readonly kinds: readonly PersonalDataKind[];
  /** ISO 3166 code of the country whose phone numbers are also found without `+`. */
  readonly country: string | undefined;
}

/** Looks for personal data. */
export const personalData: ReadyMade<PersonalDataUse> = {
  kind: 'personal-data',
  check: async ({ kinds, country }) => ({ by: 'rules', rules: await personalDataRules(kinds, country), allow: undefined }),
};

/** The packages that know checksums and ranges of numbers; only who looks for personal data loads them. */
const checks = new Part('the checks of personal data', () => import('./personal-data-checks.ts'));

type Checks = typeof checks.value;

const LETTER = 'A-Za-z0-9\\u00c0-\\u024f';
const EMAIL = `[${LETTER}_.%+'&#/=?^\`{|}~!*$-]+@(?:[${LETTER}-]{1,63}\\.)+[A-Za-z\\u00c0-\\u024f][${LETTER}-]{1,62}`;
const INTERNATIONAL_PHONE = '\\+[1-9](?:[ .()/-]{0,2}[0-9]){6,14}';
const NATIONAL_PHONE = '\\(?\\b[0-9](?:[ .()/-]{0,2}[0-9]){5,14}\\b';
const CARD = '\\b[2-6](?:[ -]?[0-9]){12,18}\\b';
const IBAN = '\\b[A-Za-z]{2}[0-9]{2}(?:[ -]?[A-Za-z0-9]){11,30}\\b';
const IPV4 = '\\b[0-9]{1,3}(?:\\.[0-9]{1,3}){3}\\b';
const IPV6 = '\\b[0-9A-Fa-f]{1,4}(?::[0-9A-Fa-f]{0,4}){2,7}(?:\\.[0-9]{1,3}){0,3}';

/** Rules for some kinds of personal data: coarse patterns, and what a package says of each match. */
export async function personalDataRules(kinds: readonly PersonalDataKind[], country: string | undefined): Promise<RuleSet> {
  const found = await checks.load();
  return new RuleSet(kinds.flatMap((kind) => rulesOf(kind, country, found)));
}

function rulesOf(
  kind: PersonalDataKind,
  country: string | undefined,
  { isEmail, isPhone, isCard, isIban, isIpv4, isIpv6 }: Checks,
): Rule[] {
  switch (kind) {
    case 'email':
      return [rule(kind, EMAIL, isEmail)];
    case 'phone': {
      const international = rule(kind, INTERNATIONAL_PHONE, (text) => isPhone(text, undefined));
      return country === undefined
        ? [international]
        : [international, rule(kind, NATIONAL_PHONE, (text) => isPhone(text, country))];
    }
    case 'card':
      return [rule(kind, CARD, isCard)];
    case 'iban':
      return [rule(kind, IBAN, isIban)];
    case 'ip':
      return [rule(kind, IPV4, isIpv4), rule(kind, IPV6, isIpv6)];
  }
}

function rule(kind: string, source: string, check: (text: string) => boolean): Rule {
  return { kind, pattern: parsePattern(source, false), check };
}
