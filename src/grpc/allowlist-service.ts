/** AllowlistService: which calls are allowed whatever the rule says. */
import { readEach } from '../admission/rule-batch.js';
import type { RuleDesk } from '../admission/rule-desk.js';
import type { AllowlistServiceServer } from '../gen/acm/v1/management.js';
import { allowlistEntryMessage, newAllowlistEntryOf } from './allowlist-wire.js';
import type { ManagementCalls } from './management-calls.js';
import { checkedUuid, pageOf } from './request-fields.js';

export function allowlistService(calls: ManagementCalls, rules: RuleDesk): AllowlistServiceServer {
  return {
    listAllowlistEntries: calls.query('policy:read', async (request) => {
      const { items, next } = await rules.listAllowlist(pageOf(request));
      return { entries: items.map(allowlistEntryMessage), nextPageToken: next };
    }),
    addAllowlistEntries: calls.change('policy:write', async ({ entries }, by) => {
      const wanted = readEach('entries', entries, newAllowlistEntryOf);
      return { entries: (await rules.allow(wanted, by)).map(allowlistEntryMessage) };
    }),
    removeAllowlistEntry: calls.change('policy:write', async ({ entryId }, by) => {
      await rules.removeAllowlist(checkedUuid('entry_id', entryId), by);
      return {};
    }),
    setAllowlistExpiry: calls.change('policy:write', async ({ entryId, expiresAt }, by) => {
      await rules.expireAllowlist(checkedUuid('entry_id', entryId), expiresAt, by);
      return {};
    }),
  };
}
