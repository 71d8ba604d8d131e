/** /acm/allowlist: which calls are allowed whatever the rule says. */
import { z } from 'zod';
import type { RuleDesk } from '../admission/rule-desk.js';
import { entryBody, entrySchema, newEntriesSchema, newEntryOf } from './allowlist-schemas.js';
import { answeredExpiry, answeredPage, nextOf } from './answered-values.js';
import { givenPage, givenTime, RULES_PAGE_MAX } from './given-values.js';
import { type Route, route } from './route.js';

export type AllowlistDesk = Pick<RuleDesk, 'listAllowlist' | 'allow' | 'removeAllowlist' | 'expireAllowlist'>;

const entryId = z.object({ id: z.guid().toLowerCase().meta({ description: '`entry_id` of the entry.' }) });

export function allowlistRoutes(rules: AllowlistDesk): Route[] {
  return [
    route({
      method: 'GET',
      paths: ['/acm/allowlist'],
      tag: 'allowlist',
      summary: 'List the entries in force, the newest first',
      scopes: ['policy:read'],
      input: z.object({ query: z.object(givenPage(RULES_PAGE_MAX)) }),
      answer: z.object({ ...answeredPage, entries: z.array(entrySchema) }),
      errors: [503],
      async handle({ query }) {
        const page = await rules.listAllowlist(query);
        return { count: page.items.length, entries: page.items.map(entryBody), next: nextOf(page) };
      },
    }),
    route({
      method: 'POST',
      paths: ['/acm/allowlist'],
      tag: 'allowlist',
      summary: 'Add entries, all or none',
      description:
        'They are in force here with the answer. An entry whose entry_id is known replaces the one that has it, so ' +
        'that repeating the request is safe if you choose the ids.',
      scopes: ['policy:write'],
      changes: true,
      input: z.object({ body: newEntriesSchema }),
      answer: z.object({
        count: z.int(),
        entries: z
          .array(entrySchema)
          .meta({ description: 'As they are stored, in the order of the request.' }),
      }),
      errors: [503],
      async handle({ body }, by) {
        const entries = await rules.allow(body.entries.map(newEntryOf), by);
        return { count: entries.length, entries: entries.map(entryBody) };
      },
    }),
    route({
      method: 'PATCH',
      paths: ['/acm/allowlist/:id'],
      tag: 'allowlist',
      summary: 'Say anew until when an entry is in force',
      scopes: ['policy:write'],
      changes: true,
      input: z.object({
        params: entryId,
        body: z.strictObject({
          expires_at: givenTime.nullable().meta({ description: 'A time to come; null: never.' }),
        }),
      }),
      answer: z.object({ success: z.literal(true), entry_id: z.guid(), expires_at: answeredExpiry }),
      errors: [404, 503],
      async handle({ params, body: { expires_at: expiresAt } }, by) {
        await rules.expireAllowlist(params.id, expiresAt ?? undefined, by);
        return {
          success: true as const,
          entry_id: params.id,
          expires_at: expiresAt?.toISOString() ?? null,
        };
      },
    }),
    route({
      method: 'DELETE',
      paths: ['/acm/allowlist/:id'],
      tag: 'allowlist',
      summary: 'End an entry at once',
      scopes: ['policy:write'],
      changes: true,
      input: z.object({ params: entryId }),
      answer: z.object({ success: z.literal(true), entry_id: z.guid() }),
      errors: [404, 503],
      async handle({ params }, by) {
        await rules.removeAllowlist(params.id, by);
        return { success: true as const, entry_id: params.id };
      },
    }),
  ];
}
