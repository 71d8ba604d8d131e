/** What people may write into rules: limits, each complaint naming the field as it is on the wire. */
import { canonicalNumber, canonicalPrefix, isAnonymous } from '../detection/number.js';
import { InvalidFieldError } from '../errors.js';
import { isAddressRange } from './address-ranges.js';
import type { AllowlistScope } from './allowlist.js';
import { checkText, NAME_MAX, NUMBER_MAX } from './call-attempt.js';
import type { PolicyScope, PolicyTerms } from './policy.js';
import type { PageRequest } from './store-ports.js';

export const REASON_MAX = 500;
const PAGE_MAX = 1_000;
const CURSOR_MAX = 512;

/** What each number of a policy may be, in milliseconds where it is a time. */
const TERM_LIMITS: readonly (readonly [
  key: 'windowMs' | 'threshold' | 'cooldownMs' | 'blockMs',
  field: string,
  unitMs: number,
  min: number,
  max: number,
])[] = [
  ['windowMs', 'window_seconds', 1_000, 1, 300],
  ['threshold', 'threshold', 1, 2, 100],
  ['cooldownMs', 'cooldown_seconds', 1_000, 1, 86_400],
  ['blockMs', 'block_duration_hours', 3_600_000, 1, 8_760],
];

/** @throws InvalidFieldError */
export function checkAuthor(author: string): void {
  if (author === '') throw new InvalidFieldError('author', 'is empty; who makes this change?');
  checkText('author', author, NAME_MAX);
}

/** @throws InvalidFieldError */
export function checkReason(reason: string): void {
  checkText('reason', reason, REASON_MAX);
}

/** @throws InvalidFieldError */
export function checkPage({ limit, after }: PageRequest): void {
  if (!Number.isInteger(limit) || limit < 1 || limit > PAGE_MAX)
    throw new InvalidFieldError('limit', `takes a whole number from 1 to ${PAGE_MAX}`);
  checkText('after', after, CURSOR_MAX);
}

/** @throws InvalidFieldError for terms that are out of range, or that say nothing. */
export function checkTerms(terms: PolicyTerms): void {
  if (Object.keys(terms).length === 0)
    throw new InvalidFieldError('terms', 'are empty; what should be different from the default?');
  for (const [key, field, unitMs, min, max] of TERM_LIMITS) {
    const value = terms[key];
    if (value === undefined) continue;
    const inUnits = value / unitMs;
    if (!Number.isInteger(inUnits) || inUnits < min || inUnits > max)
      throw new InvalidFieldError(field, `takes a whole number from ${min} to ${max}`);
  }
}

/** A scope with its number in canonical form. @throws InvalidFieldError */
export function canonicalPolicyScope(scope: PolicyScope): PolicyScope {
  switch (scope.kind) {
    case 'default':
      return scope;
    case 'trunk':
      return { kind: 'trunk', name: checkedName('trunk', scope.name) };
    case 'b-number':
      return { kind: 'b-number', digits: checkedNumber('b_number', scope.digits) };
    case 'b-prefix':
      return { kind: 'b-prefix', digits: checkedPrefix('b_prefix', scope.digits) };
  }
}

/** A scope with its number in canonical form. @throws InvalidFieldError */
export function canonicalAllowlistScope(scope: AllowlistScope): AllowlistScope {
  switch (scope.kind) {
    case 'trunk':
      return { kind: 'trunk', name: checkedName('trunk', scope.name) };
    case 'b-number':
      return { kind: 'b-number', digits: checkedNumber('b_number', scope.digits) };
    case 'b-prefix':
      return { kind: 'b-prefix', digits: checkedPrefix('b_prefix', scope.digits) };
    case 'a-prefix':
      return { kind: 'a-prefix', digits: checkedPrefix('a_prefix', scope.digits) };
    case 'source':
      if (!isAddressRange(scope.cidr))
        throw new InvalidFieldError('source', 'takes an address or a CIDR range, such as 192.0.2.0/24');
      return scope;
  }
}

/** An A-number that can be blocked, canonical. @throws InvalidFieldError */
export function blockableANumber(aNumber: string): string {
  if (isAnonymous(aNumber))
    throw new InvalidFieldError('a_number', 'is anonymous: a block would be one of all anonymous callers');
  return checkedNumber('a_number', aNumber);
}

/** @throws InvalidFieldError for a number that is empty, too long, or holds a control character. */
export function checkedNumber(field: string, number: string): string {
  if (number === '') throw new InvalidFieldError(field, 'is empty');
  checkText(field, number, NUMBER_MAX);
  return canonicalNumber(number);
}

function checkedPrefix(field: string, prefix: string): string {
  checkText(field, prefix, NUMBER_MAX);
  const canonical = canonicalPrefix(prefix);
  if (canonical === '') throw new InvalidFieldError(field, 'is empty: it would cover every number');
  return canonical;
}

function checkedName(field: string, name: string): string {
  if (name === '') throw new InvalidFieldError(field, 'is empty');
  checkText(field, name, NAME_MAX);
  return name;
}

/** True for a time that RFC 3339 and the store can write down: one of the years 1 to 9999. */
export function isRecordable(time: Date): boolean {
  const year = time.getUTCFullYear();
  return year >= 1 && year <= 9_999;
}

/** @throws InvalidFieldError for a time that has passed, or that cannot be written down. */
export function checkExpiry(expiresAt: Date | undefined, now: Date): void {
  if (expiresAt === undefined) return;
  checkTime('expires_at', expiresAt);
  if (expiresAt.getTime() <= now.getTime()) throw new InvalidFieldError('expires_at', 'has passed already');
}

/** @throws InvalidFieldError for a time that cannot be written down. */
export function checkTime(field: string, time: Date): void {
  if (!isRecordable(time)) throw new InvalidFieldError(field, 'is not a time of the years 1 to 9999');
}
