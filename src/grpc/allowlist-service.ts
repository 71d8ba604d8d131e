/** AllowlistService: which calls are allowed whatever the rule says. */
import type { RuleDesk } from '../admission/rule-desk.js';
import type { AllowlistServiceServer } from '../gen/acm/v1/management.js';
import { allowlistEntryMessage, newAllowlistEntryOf } from './allowlist-wire.js';
import type { ManagementCalls } from './management-calls.js';
import { checkedUuid, pageOf, readEach } from './request-fields.js';

export function allowlistService(
  calls: ManagementCalls,
  rules: RuleDesk,
  now: () => Date,
): AllowlistServiceServer {
  return {
    listAllowlistEntries: calls.query(async (request) => {
      const { items, next } = await rules.listAllowlist(pageOf(request));
      return { entries: items.map(allowlistEntryMessage), nextPageToken: next };
    }),
    addAllowlistEntries: calls.change(async ({ entries, author }) => {
      const at = now();
      const wanted = readEach('entries', entries, (entry) => newAllowlistEntryOf(entry, at));
      return { entries: (await rules.allow(wanted, author)).map(allowlistEntryMessage) };
    }),
    removeAllowlistEntry: calls.change(async ({ entryId }) => {
      await rules.removeAllowlist(checkedUuid('entry_id', entryId));
      return {};
    }),
    setAllowlistExpiry: calls.change(async ({ entryId, expiresAt }) => {
      await rules.expireAllowlist(checkedUuid('entry_id', entryId), expiresAt);
      return {};
    }),
  };
}
