/** /api/v1/fraud: what a carrier's switch tells of its calls, and what it asks (the API of Voice-Switch-IM). */
import { z } from 'zod';
import type { CallDesk, CallInView } from '../admission/call-desk.js';
import type { CallIntake } from '../admission/call-intake.js';
import type { CallFigures, CallStatistics } from '../admission/call-statistics.js';
import type { Log } from '../admission/ports.js';
import { eventsOf } from './call-schemas.js';
import { CarrierEvents } from './carrier-events.js';
import {
  acceptedSchema,
  activeCallsSchema,
  activeQuerySchema,
  batchAcceptedSchema,
  callStatsSchema,
  carrierBatchSchema,
  carrierEventSchema,
  disconnectedSchema,
  disconnectSchema,
} from './carrier-schemas.js';
import { CARRIER_PREFIX, type Route, route } from './route.js';

export interface CarrierParts {
  readonly intake: Pick<CallIntake, 'observe' | 'report'>;
  readonly desk: Pick<CallDesk, 'list' | 'disconnect'>;
  readonly statistics: Pick<CallStatistics, 'figures'>;
}

export function carrierRoutes({ intake, desk, statistics }: CarrierParts, log: Log): Route[] {
  return [...eventRoutesOf(new CarrierEvents(intake, log)), ...callRoutesOf(desk, statistics)];
}

function eventRoutesOf(events: CarrierEvents): Route[] {
  return [
    route({
      method: 'POST',
      paths: [`${CARRIER_PREFIX}/events`],
      tag: 'carrier',
      summary: 'Tell of one call',
      description:
        'The call goes on meanwhile. One that is to be rejected is torn down through the switch that carries it.',
      scopes: ['events:write'],
      input: z.object({ body: carrierEventSchema }),
      answerStatus: 202,
      answer: acceptedSchema,
      errors: [],
      handle({ body }) {
        events.take(body);
        return { status: 'accepted' as const, call_id: body.call_id };
      },
    }),
    route({
      method: 'POST',
      paths: [`${CARRIER_PREFIX}/events/batch`],
      tag: 'carrier',
      summary: 'Tell of many calls',
      description: 'In their order. One that is wrong has its error in the answer, and the others are taken.',
      scopes: ['events:write'],
      input: z.object({ body: carrierBatchSchema }),
      answerStatus: 202,
      answer: batchAcceptedSchema,
      errors: [],
      async handle({ body }) {
        const all = eventsOf(body);
        const errors = await events.takeAll(all);
        return { status: 'accepted' as const, processed: all.length - errors.length, errors };
      },
    }),
  ];
}

function callRoutesOf(desk: CarrierParts['desk'], statistics: CarrierParts['statistics']): Route[] {
  return [
    route({
      method: 'GET',
      paths: [`${CARRIER_PREFIX}/calls/active`],
      tag: 'carrier',
      summary: 'List calls in progress',
      description: 'Those that switches have told this sidecar of, whichever way it came.',
      scopes: ['alerts:read'],
      input: z.object({ query: activeQuerySchema }),
      answer: activeCallsSchema,
      errors: [],
      async handle({ query: { b_number: bNumber, limit } }) {
        const { calls, total } = await desk.list({ bNumber, limit });
        return { active_calls: calls.map(activeCallBody), count: calls.length, total };
      },
    }),
    route({
      method: 'GET',
      paths: [`${CARRIER_PREFIX}/calls/stats`],
      tag: 'carrier',
      summary: 'How many calls there are, what became of them today, and who is called most',
      scopes: ['alerts:read'],
      input: z.object({}),
      answer: callStatsSchema,
      errors: [],
      handle: async () => callStatsBody(await statistics.figures()),
    }),
    route({
      method: 'POST',
      paths: [`${CARRIER_PREFIX}/disconnect`],
      tag: 'carrier',
      summary: 'End calls, whatever the rule says of them',
      description:
        'Waits up to 5 seconds for the switches to confirm it; what they have not confirmed goes on being tried. A call that ' +
        'is not known here is tried on every switch. The audit log says who ordered it; while the store is away, the log of ' +
        'the sidecar does.',
      scopes: ['alerts:write'],
      changes: true,
      input: z.object({ body: disconnectSchema }),
      answer: disconnectedSchema,
      errors: [],
      async handle({ body }, by) {
        const { call_ids: callIds, alert_id: alertId, reason } = body;
        const results = await desk.disconnect({ callIds, alertId: alertId ?? '', reason: reason ?? '' }, by);
        const disconnected = results.filter(({ success }) => success).length;
        return {
          requested: results.length,
          disconnected,
          failed: results.length - disconnected,
          results: results.map(({ callId, success, error }) => ({
            call_id: callId,
            success,
            ...(success ? {} : { error }),
          })),
        };
      },
    }),
  ];
}

function activeCallBody(call: CallInView): z.input<typeof activeCallsSchema>['active_calls'][number] {
  return {
    call_id: call.callId,
    from_tag: call.fromTag,
    a_number: call.aNumber,
    b_number: call.bNumber,
    status: call.state === 'ringing' ? 'ringing' : 'active',
    switch_id: call.switchId,
    source_ip: call.sourceIp,
    started_at: call.startedAt.toISOString(),
    duration_seconds: Math.floor(call.durationMs / 1_000),
    ending: call.ending,
    spared: call.spared,
  };
}

function callStatsBody(figures: CallFigures): z.input<typeof callStatsSchema> {
  return {
    active_calls: figures.activeCalls,
    calls_last_5min: figures.callsLast5Min,
    calls_last_1hour: figures.callsLastHour,
    fraud_alerts_today: figures.alertsToday,
    disconnects_today: figures.disconnectsToday,
    today_scope: figures.todayScope,
    top_b_numbers: figures.busiest.map(({ bNumber, callCount, distinctACount, flagged }) => ({
      b_number: bNumber,
      call_count: callCount,
      unique_a_numbers: distinctACount,
      is_flagged: flagged,
    })),
  };
}
