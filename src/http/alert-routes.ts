/** GET /acm/alerts, GET and PATCH /acm/alerts/{id}. */
import { z } from 'zod';
import type { AlertSeverity } from '../admission/alert.js';
import type { AlertDesk } from '../admission/alert-desk.js';
import { alertJson } from '../admission/alert-json.js';
import { checkedNumber } from '../admission/rule-input.js';
import type { AlertQuery } from '../admission/store-ports.js';
import {
  alertChangedSchema,
  alertChangeSchema,
  alertIdSchema,
  alertListSchema,
  alertQuerySchema,
  alertSchema,
} from './alert-schemas.js';
import { type Route, route } from './route.js';

const MINUTE_MS = 60_000;

export function alertRoutes(alerts: Pick<AlertDesk, 'list' | 'find' | 'change'>, now: () => Date): Route[] {
  return [
    route({
      method: 'GET',
      paths: ['/acm/alerts'],
      summary: 'List alerts, the newest first',
      scopes: ['alerts:read'],
      input: z.object({ query: alertQuerySchema }),
      answer: alertListSchema,
      errors: [503],
      async handle({ query }) {
        const { items, next } = await alerts.list(alertQueryOf(query, now()));
        return {
          count: items.length,
          minutes: query.minutes,
          alerts: items.map(alertJson),
          next: next === '' ? null : next,
        };
      },
    }),
    route({
      method: 'GET',
      paths: ['/acm/alerts/:id'],
      summary: 'Look at an alert',
      scopes: ['alerts:read'],
      input: z.object({ params: alertIdSchema }),
      answer: alertSchema,
      errors: [404, 503],
      handle: async ({ params }) => alertJson((await alerts.find(params.id)).alert),
    }),
    route({
      method: 'PATCH',
      paths: ['/acm/alerts/:id'],
      summary: 'Work on an alert, or settle it',
      scopes: ['alerts:write'],
      changes: true,
      input: z.object({ params: alertIdSchema, body: alertChangeSchema }),
      answer: alertChangedSchema,
      errors: [404, 409, 503],
      async handle({ params, body }, by) {
        const { status, notes, assigned_to: assignedTo } = body;
        const { alert } = await alerts.change(params.id, {
          ...by,
          ...(status === undefined ? {} : { status }),
          ...(notes === undefined ? {} : { notes }),
          ...(assignedTo === undefined ? {} : { assignedTo }),
        });
        return { success: true as const, alert_id: alert.alertId, new_status: alert.status };
      },
    }),
  ];
}

function alertQueryOf(query: z.output<typeof alertQuerySchema>, now: Date): AlertQuery {
  const { status, severity, limit, after } = query;
  return {
    limit,
    after,
    since: new Date(now.getTime() - query.minutes * MINUTE_MS),
    ...(status === undefined ? {} : { status }),
    ...(severity === undefined ? {} : { severity: severity.toLowerCase() as AlertSeverity }),
    ...(query.b_number === undefined ? {} : { bNumber: checkedNumber('b_number', query.b_number) }),
    ...(query.a_number === undefined ? {} : { aNumber: checkedNumber('a_number', query.a_number) }),
  };
}
