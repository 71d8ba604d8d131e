/** Allowlist entries between protobuf and admission. */
import { randomUUID } from 'node:crypto';
import type { AllowlistScope as Scope } from '../admission/allowlist.js';
import type { NewAllowlistEntry as NewEntry } from '../admission/rule-desk.js';
import type { StoredAllowlistEntry } from '../admission/stored-rules.js';
import { InvalidFieldError } from '../errors.js';
import type { AllowlistEntry, AllowlistScope, NewAllowlistEntry } from '../gen/acm/v1/management.js';
import { checkedUuid } from './request-fields.js';

/** An entry to add, as it came; whether it may be added is the use case's affair. @throws InvalidFieldError */
export function newAllowlistEntryOf({ entryId, scope, expiresAt, reason }: NewAllowlistEntry): NewEntry {
  return {
    entryId: entryId === '' ? randomUUID() : checkedUuid('entry_id', entryId),
    scope: allowlistScopeOf(scope),
    expiresAt,
    reason,
  };
}

function allowlistScopeOf(message: AllowlistScope | undefined): Scope {
  const scope = message?.scope;
  switch (scope?.$case) {
    case 'bNumber':
      return { kind: 'b-number', digits: scope.value };
    case 'bPrefix':
      return { kind: 'b-prefix', digits: scope.value };
    case 'aPrefix':
      return { kind: 'a-prefix', digits: scope.value };
    case 'source':
      return { kind: 'source', cidr: scope.value };
    case 'trunk':
      return { kind: 'trunk', name: scope.value };
    case undefined:
      throw new InvalidFieldError('scope', 'is missing; which calls does it cover?');
  }
}

export function allowlistScopeMessage(scope: Scope): AllowlistScope {
  switch (scope.kind) {
    case 'b-number':
      return { scope: { $case: 'bNumber', value: scope.digits } };
    case 'b-prefix':
      return { scope: { $case: 'bPrefix', value: scope.digits } };
    case 'a-prefix':
      return { scope: { $case: 'aPrefix', value: scope.digits } };
    case 'source':
      return { scope: { $case: 'source', value: scope.cidr } };
    case 'trunk':
      return { scope: { $case: 'trunk', value: scope.name } };
  }
}

export function allowlistEntryMessage({ scope, ...rest }: StoredAllowlistEntry): AllowlistEntry {
  return { ...rest, scope: allowlistScopeMessage(scope) };
}
