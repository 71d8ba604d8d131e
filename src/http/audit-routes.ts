/** GET /acm/audit. */
import { z } from 'zod';
import { AUDIT_ACTIONS, type AuditEntry } from '../admission/audit-chain.js';
import type { AuditDesk } from '../admission/audit-desk.js';
import { present } from '../admission/present-fields.js';
import type { AuditQuery } from '../admission/store-ports.js';
import { answeredPage, answeredTime, nextOf } from './answered-values.js';
import { givenPage, givenTime } from './given-values.js';
import { type Route, route } from './route.js';

/** An entry may hold notes of 10,000 characters twice. */
const AUDIT_PAGE_MAX = 100;

const auditQuerySchema = z.object({
  ...givenPage(AUDIT_PAGE_MAX),
  actor: z.string().min(1).optional(),
  action: z.enum(AUDIT_ACTIONS).optional(),
  target: z.string().min(1).optional(),
  since: givenTime.optional().meta({ description: 'Entries of then or later.' }),
  until: givenTime.optional().meta({ description: 'Entries before it.' }),
  order: z.enum(['newest', 'oldest']).default('newest').meta({ description: 'Which come first.' }),
});

const entrySchema = z
  .object({
    entry_id: z.int().min(1).meta({ description: 'Counts the entries, without a gap.' }),
    at: answeredTime,
    actor: z
      .string()
      .meta({ description: 'A token or certificate by its name, or what a local caller said.' }),
    origin: z
      .string()
      .meta({ description: 'Where from, and by what right.', examples: ['grpc unix-socket, no token'] }),
    action: z.string(),
    target: z.string().meta({ description: 'What was changed.' }),
    before_json: z.string().meta({
      description: 'What it was, as JSON to the letter as it was hashed; `null` for what was not there.',
    }),
    after_json: z.string().meta({ description: 'What it became; `null` for what is there no more.' }),
    hash: z.string().meta({
      description:
        'SHA-256, hexadecimal, of the JSON array [entry_id, at, actor, origin, action, target, before_json, after_json, ' +
        'hash of the entry before] in UTF-8 without white space; the hash before the first entry is empty.',
    }),
  })
  .meta({ id: 'AuditEntry' });

const pointSchema = z.object({ entry_id: z.int().min(0), hash: z.string() }).meta({ id: 'AuditPoint' });

const auditListSchema = z.object({
  ...answeredPage,
  entries: z.array(entrySchema),
  head: pointSchema.meta({ description: 'The last entry that was made: where the chain must end.' }),
  dropped_to: pointSchema.meta({
    description: 'The last entry that was dropped for its age: where the chain begins; entry 0 for none.',
  }),
});

export function auditRoutes(audit: AuditDesk): Route[] {
  return [
    route({
      method: 'GET',
      paths: ['/acm/audit'],
      tag: 'access',
      summary: 'Who changed what',
      scopes: ['admin'],
      input: z.object({ query: auditQuerySchema }),
      answer: auditListSchema,
      errors: [503],
      async handle({ query }) {
        const { items, next, head, droppedTo } = await audit.list(auditQueryOf(query));
        return {
          count: items.length,
          entries: items.map(entryBody),
          next: nextOf({ next }),
          head: { entry_id: head.entryId, hash: head.hash },
          dropped_to: { entry_id: droppedTo.entryId, hash: droppedTo.hash },
        };
      },
    }),
  ];
}

function auditQueryOf({ order, since, until, ...rest }: z.output<typeof auditQuerySchema>): AuditQuery {
  const { actor, action, target, ...page } = rest;
  return {
    ...page,
    oldestFirst: order === 'oldest',
    ...present({ actor, action, target, since, until }),
  };
}

function entryBody({ entryId, at, before, after, ...rest }: AuditEntry): z.infer<typeof entrySchema> {
  return { entry_id: entryId, at: at.toISOString(), before_json: before, after_json: after, ...rest };
}
