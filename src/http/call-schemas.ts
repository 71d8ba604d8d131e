/** What a switch says of a call, and what it is told. */
import { z } from 'zod';
import { CALL_ID_MAX, NAME_MAX, NUMBER_MAX, TAG_MAX } from '../admission/call-attempt.js';
import { problemSchema } from './problem.js';

/** Most calls in one batch. */
export const EVENTS_MAX = 1_000;

/**
 * Limits are told here and enforced by admission, which lets a call to an exempt number go on even if it breaks them.
 * `null` is as good as absent.
 */
function text(maxLength: number, description: string, example: string) {
  return z
    .string()
    .nullish()
    .meta({ maxLength, description, examples: [example] });
}

export const callEventSchema = z
  .object({
    a_number: text(NUMBER_MAX, 'Who calls; empty or absent for an anonymous caller.', '+2348030000001'),
    b_number: text(
      NUMBER_MAX,
      'Who is called. Required, except for a call that has ended.',
      '+2348099999999',
    ),
    source_ip: text(45, 'IPv4 or IPv6 address that the call came from.', '192.0.2.7'),
    switch_id: text(NAME_MAX, 'The switch that asks.', 'sbc-1'),
    trunk: text(NAME_MAX, 'Trunk that the call came in by.', 'lagos'),
    call_id: text(
      CALL_ID_MAX,
      'SIP Call-ID. With it, a call that is told of again gets the same verdict and counts once.',
      '3848276298220188511@192.0.2.7',
    ),
    raw_call_id: text(CALL_ID_MAX, 'Stands in for call_id where that is absent.', ''),
    from_tag: text(
      TAG_MAX,
      "Tag of the SIP From header; the call's end must name the same one.",
      '9fxced76sl',
    ),
    status: text(
      NAME_MAX,
      'completed, ended or disconnected, in either case: the call has ended, and nothing is checked. ringing, active or ' +
        'answered: a call that is let through counts as in progress until its end is told. Anything else: a call attempt.',
      'ringing',
    ),
    emergency: z.boolean().nullish().meta({
      description:
        'The call itself says that it is an emergency (Priority, Resource-Priority): it is exempt, whoever is called.',
    }),
    timestamp: z.union([z.string(), z.number()]).nullish().meta({
      description: 'Accepted and ignored: the sidecar goes by its own clock when it checks a call.',
    }),
  })
  .meta({ id: 'CallEvent', description: 'One call, as a switch tells of it.' });

export type CallEvent = z.output<typeof callEventSchema>;

export const VERDICTS = { allow: 'ALLOW', observe: 'OBSERVE', reject: 'REJECT' } as const;

export const verdictSchema = z.enum(['ALLOW', 'OBSERVE', 'REJECT']).meta({
  description: 'What to do. OBSERVE: let it go on; it would have been REJECT, but the policy only watches.',
});
export const reasonSchema = z.enum(['none', 'masking', 'blocked', 'allowlisted', 'exempt']);

export const callVerdictSchema = z
  .object({
    detected: z
      .boolean()
      .meta({ description: 'True if the call is masked, also where that is only observed.' }),
    alert_id: z.uuid().nullable().meta({ description: 'The alert that the call belongs to.' }),
    verdict: verdictSchema,
    reason: reasonSchema,
    b_number: z.string().meta({ description: 'As it was sent.', examples: ['+2348099999999'] }),
    call_count: z
      .int()
      .min(0)
      .meta({ description: 'Calls to b_number within the window, this one included.' }),
    distinct_a_count: z
      .int()
      .min(0)
      .meta({ description: 'Distinct A-numbers within the window, with this one.' }),
    window_seconds: z.number().min(1).max(300),
    threshold: z.int().min(2).max(100),
    sip_status: z
      .int()
      .nullable()
      .meta({ description: 'With REJECT: the SIP answer.', examples: [608] }),
    sip_reason: z
      .string()
      .nullable()
      .meta({ description: 'Its reason phrase.', examples: ['Rejected'] }),
    reason_header: z
      .string()
      .nullable()
      .meta({
        description: 'Value of its Reason header field (RFC 3326).',
        examples: ['SIP;cause=608;text="Rejected"'],
      }),
    call_info: z
      .string()
      .nullable()
      .meta({ description: 'Value of its Call-Info header field (RFC 8688), where there is to be one.' }),
    latency_ms: z.number().min(0).meta({ description: 'How long the check took.' }),
    message: z.string().meta({ examples: ['masking: 5 of 5 A-numbers within 5 s'] }),
  })
  .meta({ id: 'CallVerdict', description: 'The verdict on one call.' });

export type CallVerdict = z.infer<typeof callVerdictSchema>;

/** The type that some switches give to a batch. */
const BATCH_TYPE = 'call_events_batch';

/** A batch of calls, as a bare list or as `events`. @param item id of the schema by which each is validated. */
export function callBatchOf(item: string) {
  const events = z
    .array(z.unknown())
    .min(1)
    .max(EVENTS_MAX)
    .meta({
      description: `1 to ${EVENTS_MAX} calls, taken in this order; each is validated by itself.`,
      items: { $ref: `#/$defs/${item}` },
    });
  return z.union([z.object({ type: z.literal(BATCH_TYPE).optional(), events }), events], {
    error: `takes a list of 1 to ${EVENTS_MAX} calls, bare or as \`events\`; a \`type\` beside it is ${BATCH_TYPE}`,
  });
}

export function eventsOf(batch: z.output<ReturnType<typeof callBatchOf>>): readonly unknown[] {
  return Array.isArray(batch) ? batch : batch.events;
}

export const callBatchSchema = callBatchOf('CallEvent');

export const batchAnswerSchema = z.object({
  processed: z.int().min(0).meta({ description: 'Calls without an error.' }),
  detected: z.int().min(0).meta({ description: 'Those of them that are masked.' }),
  results: z
    .array(z.union([callVerdictSchema, z.object({ error: problemSchema })]))
    .meta({ description: 'One for each event, in its place.' }),
});
