import { type CountryCode, parsePhoneNumberFromString } from 'libphonenumber-js/min';
import isEmailModule from 'validator/lib/isEmail.js';
import isIbanModule from 'validator/lib/isIBAN.js';
import isIpModule from 'validator/lib/isIP.js';
import isLuhnModule from 'validator/lib/isLuhnNumber.js';

/** A CommonJS module's function, however the loader or bundler hands it over. */
function plain<T>(module: T | { readonly default: T }): T {
  return typeof module === 'function' ? module : (module as { readonly default: T }).default;
}

const isEmailAddress = plain(isEmailModule as unknown as (text: string) => boolean);
const isIbanNumber = plain(isIbanModule as unknown as (text: string) => boolean);
const isIpAddress = plain(isIpModule as unknown as (text: string, version: 4 | 6) => boolean);
const isLuhnNumber = plain(isLuhnModule as unknown as (text: string) => boolean);

export const isEmail = (text: string): boolean => isEmailAddress(text);
/** Country, length and checksum (ISO 13616). */
export const isIban = (text: string): boolean => isIbanNumber(text);
/** The check digit of ISO/IEC 7812. */
export const isCard = (text: string): boolean => isLuhnNumber(text.replaceAll(/[ -]/g, ''));
export const isIpv4 = (text: string): boolean => isIpAddress(text, 4);
/** A digit is asked for, as `add::face` is an address, too. */
export const isIpv6 = (text: string): boolean => /\d/.test(text) && isIpAddress(text, 6);

/** Whether a number is one of its country's, by the ranges that are given out there. */
export function isPhone(text: string, country: string | undefined): boolean {
  return (
    parsePhoneNumberFromString(text, {
      extract: false,
      ...(country && { defaultCountry: country as CountryCode }),
    })?.isValid() === true
  );
}
