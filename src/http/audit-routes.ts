/** GET /acm/audit. */
import { z } from 'zod';
import { AUDIT_ACTIONS, type AuditEntry } from '../admission/audit-chain.js';
import type { AuditDesk } from '../admission/audit-desk.js';
import type { AuditQuery } from '../admission/store-ports.js';
import { pageQuery, time } from './page-schemas.js';
import { type Route, route } from './route.js';

const auditQuerySchema = z.object({
  ...pageQuery,
  actor: z.string().min(1).optional(),
  action: z.enum(AUDIT_ACTIONS).optional(),
  target: z.string().min(1).optional(),
  since: time.optional().meta({ description: 'Entries of then or later.' }),
  until: time.optional().meta({ description: 'Entries before it.' }),
  order: z.enum(['newest', 'oldest']).default('newest').meta({ description: 'Which come first.' }),
});

const entrySchema = z
  .object({
    entry_id: z.int().min(1).meta({ description: 'Counts the entries, without a gap.' }),
    at: time,
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
  entries: z.array(entrySchema),
  next: z
    .string()
    .nullable()
    .meta({ description: 'Give it as `after` for those that follow; null if none do.' }),
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
      summary: 'Who changed what',
      scopes: ['admin'],
      input: z.object({ query: auditQuerySchema }),
      answer: auditListSchema,
      errors: [503],
      async handle({ query }) {
        const { items, next, head, droppedTo } = await audit.list(auditQueryOf(query));
        return {
          entries: items.map(entryBody),
          next: next === '' ? null : next,
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
    ...(actor === undefined ? {} : { actor }),
    ...(action === undefined ? {} : { action }),
    ...(target === undefined ? {} : { target }),
    ...(since === undefined ? {} : { since: new Date(since) }),
    ...(until === undefined ? {} : { until: new Date(until) }),
  };
}

function entryBody({ entryId, at, before, after, ...rest }: AuditEntry): z.infer<typeof entrySchema> {
  return { entry_id: entryId, at: at.toISOString(), before_json: before, after_json: after, ...rest };
}
