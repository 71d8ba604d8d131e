/** Calls as a carrier's switch tells of them (Voice-Switch-IM), and what it is told. */
import { z } from 'zod';
import { CALL_ID_MAX, NAME_MAX, NUMBER_MAX } from '../admission/call-attempt.js';
import { CALL_IDS_MAX } from '../admission/call-desk.js';
import { REASON_MAX } from '../admission/rule-input.js';
import { answeredTime } from './answered-values.js';
import { callBatchOf } from './call-schemas.js';
import { givenNumber } from './given-values.js';
import { problemSchema } from './problem.js';

/** Most calls in one list: to write out more would hold up the checks of calls. */
const CALLS_MAX = 500;
/** As many as an alert holds. */
const NEWS_CALLS_MAX = 1_000;
const ALERT_ID_MAX = 128;

const optionalText = (description: string) => z.string().nullish().meta({ description });

export const carrierEventSchema = z
  .object({
    call_id: z
      .string()
      .min(1)
      .max(CALL_ID_MAX)
      .meta({
        description: "SIP Call-ID, or the switch's own name for the call.",
        examples: ['a84b4c76e66710'],
      }),
    a_number: z
      .string()
      .max(NUMBER_MAX)
      .meta({ description: 'Who calls; empty for an anonymous caller.', examples: ['+2348030000001'] }),
    b_number: givenNumber('Who is called.'),
    status: z
      .preprocess(
        (value) => (typeof value === 'string' ? value.toLowerCase() : value),
        z.enum(['ringing', 'active', 'completed', 'disconnected']),
      )
      .meta({
        description:
          'In either case. ringing, active: a call attempt, or news of a call that is known. completed, disconnected: its end.',
      }),
    timestamp: z.union([z.string(), z.number()]).nullish().meta({
      description: 'Accepted and ignored: the sidecar goes by its own clock.',
    }),
    carrier_id: optionalText(
      `Who brings the call, at most ${NAME_MAX} characters: policies and allowlist entries of the trunk of this name are for it.`,
    ),
    switch_id: optionalText(`The switch that carries it, at most ${NAME_MAX} characters.`),
    direction: z.enum(['inbound', 'outbound']).nullish().meta({
      description:
        'Both are counted. Callers are counted by their number, so the second leg of a call adds none; it adds to the count of calls.',
    }),
    sip_method: optionalText('Accepted and ignored: status says what has happened.'),
    source_ip: optionalText('IPv4 or IPv6 address that the call came from.'),
  })
  .meta({ id: 'CarrierEvent', description: 'One call, as a carrier tells of it.' });

export type CarrierEvent = z.output<typeof carrierEventSchema>;

export const carrierBatchSchema = callBatchOf('CarrierEvent');

export const acceptedSchema = z.object({ status: z.literal('accepted'), call_id: z.string() });

export const batchAcceptedSchema = z.object({
  status: z.literal('accepted'),
  processed: z.int().min(0).meta({ description: 'Calls without an error.' }),
  errors: z
    .array(
      z.object({
        index: z.int().min(0).meta({ description: 'Place of the call in the batch, from 0.' }),
        error: problemSchema,
      }),
    )
    .meta({ description: 'Those that were not taken; the others were.' }),
});

export const disconnectSchema = z
  .object({
    call_ids: z
      .array(z.string().min(1).max(CALL_ID_MAX))
      .min(1)
      .max(CALL_IDS_MAX)
      .meta({ description: 'One that stands there twice counts once.' }),
    alert_id: z
      .uuid()
      .nullish()
      .meta({ description: 'The alert that is the reason; its evidence shows what became of each call.' }),
    reason: z
      .string()
      .max(REASON_MAX)
      .nullish()
      .meta({ description: 'Why, in words; it goes into the audit log, phone numbers in it redacted.' }),
  })
  .meta({ id: 'Disconnect' });

export const disconnectedSchema = z
  .object({
    requested: z.int().min(0),
    disconnected: z.int().min(0).meta({ description: 'Calls of which a switch has confirmed the end.' }),
    failed: z.int().min(0).meta({ description: 'The others.' }),
    results: z
      .array(
        z.object({
          call_id: z.string(),
          success: z.boolean(),
          error: z.string().optional().meta({ description: 'Why it is not known to have ended.' }),
        }),
      )
      .meta({ description: 'One for each Call-ID, in the order in which they were named first.' }),
  })
  .meta({ id: 'Disconnected' });

export const activeQuerySchema = z.object({
  b_number: givenNumber('Calls to this B-number, written in any way.').optional(),
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(CALLS_MAX)
    .default(100)
    .meta({ description: 'Most calls in the answer.' }),
});

export const activeCallsSchema = z.object({
  active_calls: z
    .array(
      z
        .object({
          call_id: z.string(),
          from_tag: z.string().meta({ description: 'Empty where the switch does not tell it.' }),
          a_number: z.string().meta({ description: 'Canonical; `anonymous` for who hides their number.' }),
          b_number: z.string().meta({ description: 'Canonical.' }),
          status: z.enum(['ringing', 'active']),
          switch_id: z.string(),
          source_ip: z.string().meta({ description: 'Empty where the switch does not tell it.' }),
          started_at: answeredTime,
          duration_seconds: z.number().min(0),
          ending: z.boolean().meta({ description: 'A switch is being told to end it.' }),
          spared: z
            .boolean()
            .meta({ description: 'It is never torn down: an exempt number, or an allowlisted caller.' }),
        })
        .meta({ id: 'ActiveCall' }),
    )
    .meta({ description: 'Those that were reported last first.' }),
  count: z.int().min(0).meta({ description: 'Calls in this answer.' }),
  total: z.int().min(0).meta({ description: 'Calls that match, in this answer or not.' }),
});

export const callStatsSchema = z
  .object({
    active_calls: z.int().min(0),
    calls_last_5min: z.int().min(0).meta({ description: 'Checks of this sidecar.' }),
    calls_last_1hour: z.int().min(0).meta({
      description: 'Checks of all sidecars on the store; those of others once their minute is over.',
    }),
    fraud_alerts_today: z.int().min(0).meta({ description: 'Opened since midnight, UTC.' }),
    disconnects_today: z
      .int()
      .min(0)
      .meta({
        description:
          'Calls that switches have ended at the word of a sidecar since midnight, UTC. Of those that no alert is about this ' +
          'sidecar counts its own, since its start.',
      }),
    today_scope: z.enum(['all', 'sidecar']).meta({
      description:
        'What the two of today rest on. all: the store, for all sidecars on it. sidecar: this one alone, since its start; ' +
        'without a store, and while it is away.',
    }),
    top_b_numbers: z
      .array(
        z.object({
          b_number: z.string().meta({ description: 'Canonical.' }),
          call_count: z.int().min(0).meta({ description: 'Within the window that applies to it.' }),
          unique_a_numbers: z.int().min(0).meta({ description: 'Within that window too.' }),
          is_flagged: z.boolean().meta({ description: 'There is an open incident.' }),
        }),
      )
      .meta({
        description:
          'The most called just now, at most 10: of those that are attacked and those with the most calls in progress.',
      }),
  })
  .meta({ id: 'CallStats' });

export const newsSchema = z
  .object({
    event_type: z.enum(['fraud_detected', 'fraud_cleared']),
    alert: z.looseObject({
      alert_id: z
        .string()
        .max(ALERT_ID_MAX)
        .nullish()
        .meta({ description: 'With fraud_cleared: of our alert.' }),
      b_number: z.string().max(NUMBER_MAX).nullish(),
      call_ids: z
        .array(z.string().min(1).max(CALL_ID_MAX))
        .max(NEWS_CALLS_MAX)
        .nullish()
        .meta({ description: 'With fraud_detected: calls to end.' }),
    }),
  })
  .meta({ id: 'FraudNews', description: 'What another system has found out.' });

export const newsTakenSchema = z.object({
  status: z.literal('accepted'),
  event_type: z.enum(['fraud_detected', 'fraud_cleared']),
  resolved: z.boolean().meta({ description: 'An alert of ours is RESOLVED on account of it.' }),
  calls: z
    .object({
      ordered: z.int().min(0).meta({ description: 'Calls that are being torn down.' }),
      observed: z.int().min(0).meta({ description: 'Left alone: their policy only watches.' }),
      spared: z.int().min(0).meta({ description: 'Left alone: exempt, or allowlisted.' }),
      unknown: z.int().min(0).meta({ description: 'Call-IDs without a call in progress here.' }),
    })
    .meta({ description: 'What became of alert.call_ids.' }),
});
