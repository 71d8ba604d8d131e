/**
 * Number privacy: phone numbers written down as keyed hashes. Who has the key can search by number; who has only the store
 * cannot read one. (Who has both can try all numbers: there are few enough of them.)
 */
import { createHmac } from 'node:crypto';
import { HASH_MARK } from './rule-keys.js';

/** 128 bits: no two of a billion numbers meet. */
const BYTES = 16;

/** Turns a canonical number into what is written down. */
export type Conceal = (canonical: string) => string;

/** Numbers as they are. */
export const plainNumbers: Conceal = (canonical) => canonical;

/** HMAC-SHA256 (RFC 2104), cut to 128 bits, in base64url. What is a fingerprint already, or no number, stays as it is. */
export function hashedNumbers(key: string): Conceal {
  return (canonical) => {
    if (canonical.startsWith(HASH_MARK) || canonical === 'anonymous' || canonical === '') return canonical;
    const digest = createHmac('sha256', key).update(canonical).digest();
    return HASH_MARK + digest.subarray(0, BYTES).toString('base64url');
  };
}
