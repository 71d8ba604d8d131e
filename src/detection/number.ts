/**
 * Phone numbers as keys. The window compares numbers millions of times a second, so a number becomes a float64:
 * an E.164 number has at most 15 digits (ITU-T E.164, section 6.1) and a float64 holds integers exactly up to 2^53.
 *
 * `+234...`, `00234...`, `0803...` (on a trunk with a country) and `234...` are one number. What is not a phone
 * number (`A001`, a SIP user name) has no packed form and is compared as it stands.
 */

/** How subscribers of one country write numbers; taken from the country of a trunk. */
export interface NumberingPlan {
  /** Country calling code, digits only, for example `234`. */
  readonly callingCode: string;
  /** What precedes a national number when it is dialled at home, for example `0`; empty where there is none. */
  readonly nationalPrefix: string;
  /** What precedes an international number instead of `+` or `00`, for example `011`; may be empty. */
  readonly internationalPrefix: string;
  /** Fewest and most digits of a national number without its prefix. */
  readonly nationalDigitsMin: number;
  readonly nationalDigitsMax: number;
}

/** What `packNumber` returns for text that has no packed form. */
export const NOT_PACKED = -1;

/** Most digits of an E.164 number. */
const DIGITS_MAX = 15;
/** Leading zeros that still fit a float64 beside 15 digits: 8 * 10^15 + 10^15 < 2^53. */
const LEADING_ZEROS_MAX = 8;
export const LEADING_ZERO_WEIGHT = 1e15;
/** A shorter rest after `00` is a number of its own: `000` is Australia's emergency number, not an empty one. */
const INTERNATIONAL_DIGITS_MIN = 7;

const CODE_0 = 48;
const CODE_9 = 57;
const CODE_PLUS = 43;

/** space ( ) - . are how people group digits (RFC 3966, section 5.1.1, and the space that people type). */
function isSeparator(code: number): boolean {
  return code === 32 || code === 40 || code === 41 || code === 45 || code === 46;
}

/**
 * The key of a number that consists of digits, a leading `+` and separators, or NOT_PACKED for anything else.
 * Keys are integers in [0, 2^53). Allocates nothing unless the plan has to rewrite a national number.
 */
export function packNumber(text: string, plan: NumberingPlan | undefined): number {
  let value = 0;
  let digits = 0;
  let leadingZeros = 0;
  let international = false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code >= CODE_0 && code <= CODE_9) {
      if (code === CODE_0 && leadingZeros === digits) leadingZeros++;
      value = value * 10 + (code - CODE_0);
      digits++;
    } else if (code === CODE_PLUS) {
      if (digits > 0 || international) return NOT_PACKED;
      international = true;
    } else if (!isSeparator(code)) return NOT_PACKED;
  }
  if (digits === 0) return NOT_PACKED;
  if (!international && plan !== undefined) return packNational(text, plan);
  if (hasDoubleZeroPrefix(digits, leadingZeros)) return packDigits(value, digits - 2, 0);
  return packDigits(value, digits, leadingZeros);
}

/** `00` is the international prefix that ITU-T E.164 recommends; no country code begins with 0. */
function hasDoubleZeroPrefix(digits: number, leadingZeros: number): boolean {
  return leadingZeros === 2 && digits - 2 >= INTERNATIONAL_DIGITS_MIN;
}

function packDigits(value: number, digits: number, leadingZeros: number): number {
  if (digits > DIGITS_MAX || leadingZeros > LEADING_ZEROS_MAX) return NOT_PACKED;
  return leadingZeros * LEADING_ZERO_WEIGHT + value;
}

/** The key of digits that are canonical already, as unpackNumber() gives them, or NOT_PACKED for anything else. */
export function packCanonical(text: string): number {
  return /^\d+$/.test(text) ? packDigits(Number(text), text.length, leadingZerosOf(text)) : NOT_PACKED;
}

/** Whether digits pack into this key. */
export function isPackedKey(key: number): boolean {
  if (!Number.isInteger(key) || key <= 0) return false;
  if (key < LEADING_ZERO_WEIGHT) return true;
  const leadingZeros = Math.floor(key / LEADING_ZERO_WEIGHT);
  const value = key - leadingZeros * LEADING_ZERO_WEIGHT;
  return leadingZeros <= LEADING_ZEROS_MAX && value < 10 ** (DIGITS_MAX - leadingZeros);
}

function packNational(text: string, plan: NumberingPlan): number {
  const digits = digitsOf(text);
  const canonical = internationalForm(digits, plan);
  return packDigits(Number(canonical), canonical.length, leadingZerosOf(canonical));
}

/** `08031234567` in Nigeria -> `2348031234567`; digits that are international already come back as they are. */
function internationalForm(digits: string, plan: NumberingPlan): string {
  const { callingCode, nationalPrefix, internationalPrefix } = plan;
  const rest = digits.slice(internationalPrefix.length);
  if (
    internationalPrefix !== '' &&
    digits.startsWith(internationalPrefix) &&
    rest.length >= INTERNATIONAL_DIGITS_MIN
  ) {
    return rest;
  }
  if (hasDoubleZeroPrefix(digits.length, leadingZerosOf(digits))) return digits.slice(2);
  if (nationalPrefix !== '' && digits.startsWith(nationalPrefix)) {
    const national = digits.slice(nationalPrefix.length);
    if (isNational(national, plan)) return callingCode + national;
  }
  // Bare digits are international (`234...`) unless the country dials without a prefix, as Spain and North America.
  const carriesCode = digits.startsWith(callingCode) && isNational(digits.slice(callingCode.length), plan);
  if (nationalPrefix === '' && !carriesCode && isNational(digits, plan)) return callingCode + digits;
  return digits;
}

function isNational(digits: string, plan: NumberingPlan): boolean {
  return digits.length >= plan.nationalDigitsMin && digits.length <= plan.nationalDigitsMax;
}

function digitsOf(text: string): string {
  return text.replace(/\D/g, '');
}

function leadingZerosOf(digits: string): number {
  let zeros = 0;
  while (zeros < digits.length && digits.charCodeAt(zeros) === CODE_0) zeros++;
  return zeros;
}

/** The digits that a packed key stands for. */
export function unpackNumber(key: number): string {
  const leadingZeros = Math.floor(key / LEADING_ZERO_WEIGHT);
  const value = key - leadingZeros * LEADING_ZERO_WEIGHT;
  return '0'.repeat(leadingZeros) + (value === 0 ? '' : String(value));
}

/**
 * The form in which a number without packed key is compared: digits alone if it is a phone number (one of more
 * than 15 digits), else the text as it stands.
 */
export function canonicalToken(text: string): string {
  return /^\+?[\d ().-]+$/.test(text) ? digitsOf(text).replace(/^00(?=[1-9]\d{6})/, '') : text;
}

/** A number in the form in which it is compared, stored and searched for: digits in international form, or a name. */
export function canonicalNumber(text: string): string {
  const packed = packNumber(text, undefined);
  return packed === NOT_PACKED ? canonicalToken(text) : unpackNumber(packed);
}

/** The beginning of a canonical number: `+234`, `00234` and `234` are one. */
export function canonicalPrefix(text: string): string {
  return /^\+?[\d ().-]*$/.test(text) ? digitsOf(text).replace(/^00(?=\d)/, '') : text;
}

/** True for the names under which callers hide their number (RFC 3323, section 4.1, and what switches write). */
export function isAnonymous(aNumber: string): boolean {
  if (aNumber.length === 0) return true;
  const first = aNumber.charCodeAt(0) | 32;
  // `a`, `u` and `r`: most numbers are decided by their first character.
  if (first !== 97 && first !== 117 && first !== 114) return false;
  const name = aNumber.toLowerCase();
  return name === 'anonymous' || name === 'unavailable' || name === 'restricted';
}
