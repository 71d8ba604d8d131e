/** /acm/alerts: to find attacks, look into them, and settle them. */
import { z } from 'zod';
import { checkMay } from '../admission/access.js';
import type { AlertSeverity } from '../admission/alert.js';
import type { AlertDesk } from '../admission/alert-desk.js';
import { alertJson } from '../admission/alert-json.js';
import { present } from '../admission/present-fields.js';
import type { AlertQuery } from '../admission/store-ports.js';
import { evidenceBody, evidenceSchema } from './alert-evidence.js';
import {
  alertChangedBody,
  alertChangedSchema,
  alertChangeSchema,
  alertIdSchema,
  alertListSchema,
  alertQuerySchema,
  alertSchema,
  MINUTES_DEFAULT,
} from './alert-schemas.js';
import { nextOf } from './answered-values.js';
import { CARRIER_PREFIX, type Route, route } from './route.js';

const MINUTE_MS = 60_000;

export function alertRoutes(alerts: Pick<AlertDesk, 'list' | 'find' | 'change'>, now: () => Date): Route[] {
  return [
    route({
      method: 'GET',
      paths: ['/acm/alerts', `${CARRIER_PREFIX}/alerts`],
      tag: 'alerts',
      summary: 'List alerts, the newest first',
      scopes: ['alerts:read'],
      input: z.object({ query: alertQuerySchema }),
      answer: alertListSchema,
      errors: [503],
      async handle({ query }) {
        const minutes = minutesOf(query);
        const page = await alerts.list(alertQueryOf(query, minutes, now()));
        return {
          count: page.items.length,
          minutes,
          alerts: page.items.map(alertJson),
          next: nextOf(page),
        };
      },
    }),
    route({
      method: 'GET',
      paths: ['/acm/alerts/:id'],
      tag: 'alerts',
      summary: 'Look at an alert',
      scopes: ['alerts:read'],
      input: z.object({ params: alertIdSchema }),
      answer: alertSchema,
      errors: [404, 503],
      handle: async ({ params }) => alertJson((await alerts.find(params.id)).alert),
    }),
    route({
      method: 'GET',
      paths: ['/acm/alerts/:id/evidence'],
      tag: 'alerts',
      summary: 'See what lies behind an alert',
      description: 'What each call got, what became of the teardown, and who did what.',
      scopes: ['alerts:read'],
      input: z.object({ params: alertIdSchema }),
      answer: evidenceSchema,
      errors: [404, 503],
      handle: async ({ params }) => evidenceBody(await alerts.find(params.id)),
    }),
    route({
      method: 'PATCH',
      paths: ['/acm/alerts/:id'],
      tag: 'alerts',
      summary: 'Work on an alert, or settle it',
      scopes: ['alerts:write'],
      changes: true,
      input: z.object({ params: alertIdSchema, body: alertChangeSchema }),
      answer: alertChangedSchema,
      errors: [404, 409, 503],
      async handle({ params, body }, by, { caller }) {
        const { status, notes, assigned_to: assignedTo, allow_days: allowDays } = body;
        if (allowDays !== undefined) checkMay(caller, ['policy:write']);
        const change = { ...by, ...present({ status, notes, assignedTo }) };
        return alertChangedBody(await alerts.change(params.id, change, allowDays));
      },
    }),
  ];
}

type Query = z.output<typeof alertQuerySchema>;

/** Null where times say which alerts. */
function minutesOf({ minutes, since, until }: Query): number | null {
  return since === undefined && until === undefined ? (minutes ?? MINUTES_DEFAULT) : null;
}

function alertQueryOf(query: Query, minutes: number | null, now: Date): AlertQuery {
  const { status, severity, limit, after, until, b_number: bNumber, a_number: aNumber } = query;
  const since = minutes === null ? query.since : new Date(now.getTime() - minutes * MINUTE_MS);
  return {
    limit,
    after,
    ...present({ since, until, status, severity: severity?.toLowerCase() as AlertSeverity | undefined }),
    ...present({ bNumber, aNumber }),
  };
}
