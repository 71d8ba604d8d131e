/** What people read of the audit log. */

import { InvalidFieldError } from '../errors.js';
import { AUDIT_ACTIONS } from './audit-chain.js';
import { checkText } from './call-attempt.js';
import { checkPage } from './rule-input.js';
import type { AuditLog, AuditPage, AuditQuery } from './store-ports.js';

const TARGET_MAX = 300;

export class AuditDesk {
  constructor(private readonly log: AuditLog) {}

  /** @throws InvalidFieldError; AcmError ACM_STORE_UNAVAILABLE. */
  async list(query: AuditQuery): Promise<AuditPage> {
    checkPage(query);
    const { action, actor, target } = query;
    if (action !== undefined && !AUDIT_ACTIONS.some((known) => known === action))
      throw new InvalidFieldError('action', `takes ${AUDIT_ACTIONS.join(', ')}`);
    if (actor !== undefined) checkText('actor', actor, TARGET_MAX);
    if (target !== undefined) checkText('target', target, TARGET_MAX);
    return this.log.list(query);
  }
}
