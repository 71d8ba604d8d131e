/** AuditService: who changed what. */
import type { AuditEntry } from '../admission/audit-chain.js';
import type { AuditDesk } from '../admission/audit-desk.js';
import { present } from '../admission/present-fields.js';
import type { AuditEntry as AuditMessage, AuditServiceServer } from '../gen/acm/v1/access.js';
import type { ManagementCalls } from './management-calls.js';
import { checkedTime, filterOf, pageOf } from './request-fields.js';

export function auditService(calls: ManagementCalls, audit: AuditDesk): AuditServiceServer {
  return {
    listAuditEntries: calls.query('admin', async (request) => {
      const filters = present({
        actor: filterOf(request.actor),
        action: filterOf(request.action),
        target: filterOf(request.target),
        since: checkedTime('since', request.since),
        until: checkedTime('until', request.until),
      });
      const { oldestFirst } = request;
      const { items, next, head, droppedTo } = await audit.list({
        ...pageOf(request),
        ...filters,
        oldestFirst,
      });
      return { entries: items.map(entryMessage), nextPageToken: next, head, droppedTo };
    }),
  };
}

function entryMessage({ before, after, ...rest }: AuditEntry): AuditMessage {
  return { ...rest, beforeJson: before, afterJson: after };
}
