/**
 * Numbering plans, drawn once per configured country from libphonenumber's metadata: parsing a number with the library
 * takes about 10 microseconds, which the hot path does not have, while applying a plan takes a tenth of one.
 */
import {
  type CountryCode,
  getCountryCallingCode,
  getExampleNumber,
  isSupportedCountry,
  Metadata,
} from 'libphonenumber-js/max';
import examples from 'libphonenumber-js/mobile/examples';
import type { NumberingPlan } from '../detection/number.js';

/** True for an ISO 3166-1 alpha-2 code, in capitals, whose numbering plan is known. */
export function isKnownCountry(country: string): boolean {
  return isSupportedCountry(country);
}

/** The numbering plan of a country for which `isKnownCountry` holds. */
export function numberingPlanOf(country: string): NumberingPlan {
  const code = country as CountryCode;
  const metadata = new Metadata();
  metadata.selectNumberingPlan(code);
  const plan = metadata.numberingPlan;
  if (plan === undefined) throw new TypeError(`no numbering plan for country ${country}`);
  const lengths = plan.possibleLengths();
  return {
    callingCode: getCountryCallingCode(code),
    nationalPrefix: nationalPrefixOf(code),
    internationalPrefix: internationalPrefixOf(plan.IDDPrefix(), plan.defaultIDDPrefix()),
    nationalDigitsMin: Math.min(...lengths),
    nationalDigitsMax: Math.max(...lengths),
  };
}

/** What people dial in front of a national number is what the national format of an example has in front of it. */
function nationalPrefixOf(country: CountryCode): string {
  const example = getExampleNumber(country, examples);
  if (example === undefined) return '';
  const dialled = example.formatNational().replace(/\D/g, '');
  return dialled.endsWith(example.nationalNumber) ? dialled.slice(0, -example.nationalNumber.length) : '';
}

/**
 * A prefix such as `011`; empty where `00` is used. Three digits that begin with `00` (Nigeria's `009`) are left out:
 * everyone there dials `00` as well, and the two cannot be told apart.
 */
function internationalPrefixOf(pattern: string | undefined, preferred: string | undefined): string {
  const prefix = /^\d+$/.test(pattern ?? '') ? pattern : preferred;
  if (prefix === undefined || !/^\d+$/.test(prefix) || /^00\d?$/.test(prefix)) return '';
  return prefix;
}
