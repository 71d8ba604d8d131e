/** Events as they stand on the wire. */
import { z } from 'zod';
import type { AlertEvent, FeedEvent, Rates } from '../admission/feed-event.js';
import { THREATS_TOLD_MAX } from '../admission/live-figures.js';
import { alertSchema } from './alert-schemas.js';
import { threatBody, threatSchema } from './threat-routes.js';

const { alert_id, b_number, severity, status, assigned_to } = alertSchema.shape;
const at = z.iso.datetime().meta({ format: 'date-time', description: 'When it was told.' });

const alertEventSchema = z
  .discriminatedUnion('what', [
    z.object({
      what: z.enum(['opened', 'grew', 'ended']).meta({
        description:
          'An attack on a B-number has begun, has reached a higher severity, or has ceased for as long as its cooldown.',
      }),
      at,
      alert_id,
      b_number: z.string().meta({ description: 'Canonical.' }),
      severity,
      distinct_a_numbers: z.int().meta({ description: 'Within the window, at the most so far.' }),
      distinct_ips: z.int().meta({ description: 'Source addresses within the window.' }),
      detections: z.int(),
      effect: z
        .enum(['rejecting', 'observing', 'exempt'])
        .meta({ description: 'What becomes of its calls.' }),
    }),
    z.object({
      what: z.literal('changed').meta({ description: 'A person has changed it through this sidecar.' }),
      at,
      alert_id,
      b_number,
      severity,
      status,
      assigned_to,
      changed_by: z.string(),
    }),
    z.object({
      what: z.literal('settled').meta({
        description:
          'A person, here or elsewhere on the store, has settled it while its attack went on here.',
      }),
      at,
      alert_id,
      b_number: z.string().meta({ description: 'Canonical.' }),
    }),
  ])
  .meta({ id: 'AlertEvent', description: '`event: alert`' });

const threatsEventSchema = z
  .object({
    at,
    count: z
      .int()
      .min(0)
      .meta({ description: `At most ${THREATS_TOLD_MAX}.` }),
    threats: z
      .array(threatSchema)
      .meta({ description: 'As GET /acm/threats has them, whenever they are others than before.' }),
  })
  .meta({ id: 'ThreatsEvent', description: '`event: threats`, at most once a second.' });

const rate = (description: string) => z.number().min(0).meta({ description });

const statsEventSchema = z
  .object({
    at,
    checks: rate('Checks answered since the start.'),
    detections: rate('Checks that found masking since the start.'),
    rejected: rate('Checks answered with a rejection since the start.'),
    checks_per_second: rate('In the last second.'),
    detections_per_second: rate('In the last second.'),
    rejected_per_second: rate('In the last second.'),
    active_calls: rate('Calls in progress, as switches tell of them.'),
    open_incidents: rate('Attacks that have not cooled down.'),
  })
  .meta({ id: 'StatsEvent', description: '`event: stats`, once a second.' });

/** What happens to the stream itself. */
const streamEventSchema = z.object({ reason: z.string() }).meta({
  id: 'StreamEvent',
  description:
    '`event: reset`: events were missed, read /acm/alerts and /acm/threats again. `event: dropped` and `event: bye` are ' +
    'the last ones, since the client was too slow, or since the stream has to end; come back with the id of the last event.',
});

/** The data of any event. */
export const eventDataSchema = z
  .union([alertEventSchema, threatsEventSchema, statsEventSchema, streamEventSchema])
  .meta({ description: 'What follows `data: ` of one event, as JSON.' });

/** The data of an event. */
export function eventBody(event: FeedEvent): object {
  const at = event.at.toISOString();
  switch (event.type) {
    case 'alert':
      return { what: event.what, at, ...alertEventBody(event) };
    case 'threats':
      return { at, count: event.threats.length, threats: event.threats.map(threatBody) };
    case 'stats': {
      const { total, perSecond, activeCalls, openIncidents } = event;
      const rates = Object.entries(perSecond).map(([key, value]) => [`${key}_per_second`, value] as const);
      return {
        at,
        ...(total satisfies Rates),
        ...Object.fromEntries(rates),
        active_calls: activeCalls,
        open_incidents: openIncidents,
      };
    }
  }
}

function alertEventBody(event: AlertEvent): object {
  switch (event.what) {
    case 'settled':
      return { alert_id: event.alertId, b_number: event.bNumber };
    case 'changed': {
      const { alertId, bNumber, severity, status, assignedTo } = event.alert;
      return {
        alert_id: alertId,
        b_number: bNumber,
        severity: severity.toUpperCase(),
        status,
        assigned_to: assignedTo === '' ? null : assignedTo,
        changed_by: event.author,
      };
    }
    default: {
      const { alertId, bNumber, severity, distinctACount, distinctSources, detections, effect } =
        event.notice;
      return {
        alert_id: alertId,
        b_number: bNumber,
        severity: severity.toUpperCase(),
        distinct_a_numbers: distinctACount,
        distinct_ips: distinctSources,
        detections,
        effect,
      };
    }
  }
}
