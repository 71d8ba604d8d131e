/** The beginnings of packed numbers, packed likewise: 234803 is that of 2348031234567. */
import { LEADING_ZERO_WEIGHT, NOT_PACKED } from './number.js';

/** 1, 10, 100, ... 10^15. */
const POWERS = Float64Array.from({ length: 16 }, (_, exponent) => 10 ** exponent);

/** How many digits a packed number has, its leading zeros included. */
export function digitsOfPacked(key: number): number {
  const zeros = Math.floor(key / LEADING_ZERO_WEIGHT);
  return zeros + lengthOf(key - zeros * LEADING_ZERO_WEIGHT);
}

/** The first `length` digits of a packed number that has at least so many. */
export function prefixOfPacked(key: number, length: number): number {
  const zeros = Math.floor(key / LEADING_ZERO_WEIGHT);
  if (length <= zeros) return length * LEADING_ZERO_WEIGHT;
  const value = key - zeros * LEADING_ZERO_WEIGHT;
  const rest = zeros + lengthOf(value) - length;
  // Exact: no quotient of two whole numbers below 2^53 is rounded up to the next whole number.
  return zeros * LEADING_ZERO_WEIGHT + Math.floor(value / POWERS[rest]);
}

/** Canonical digits as they stand, 1 to 15 of them with at most 8 leading zeros, packed; or NOT_PACKED for any other text. */
export function packPrefix(text: string): number {
  if (!/^0{0,8}(?!0)\d{0,15}$/.test(text) || text.length === 0 || text.length > 15) return NOT_PACKED;
  const zeros = text.search(/[^0]|$/);
  return zeros * LEADING_ZERO_WEIGHT + Number(text);
}

function lengthOf(value: number): number {
  let digits = 0;
  while (value >= POWERS[digits]) digits++;
  return digits;
}
