/** Alerts as people and their tools read and change them. */
import { z } from 'zod';
import { ALERT_STATUSES, type Alert } from '../admission/alert.js';
import { NUMBER_MAX } from '../admission/call-attempt.js';

const SEVERITIES = ['MEDIUM', 'HIGH', 'CRITICAL'] as const;
/** An alert may hold 1,000 of each list, and writing a page out holds up the checks of calls. */
const PAGE_MAX = 100;
const MINUTES_MAX = 10_080;

const statusSchema = z.enum(ALERT_STATUSES as [Alert['status'], ...Alert['status'][]]);

/** Takes the values of an enum in either case. */
function inEitherCase<T extends z.ZodType>(values: T) {
  return z.preprocess((value) => (typeof value === 'string' ? value.toUpperCase() : value), values);
}

const number = (description: string) =>
  z
    .string()
    .min(1)
    .max(NUMBER_MAX)
    .optional()
    .meta({ description, examples: ['+2348099999999'] });

export const alertQuerySchema = z.object({
  minutes: z.coerce
    .number()
    .int()
    .min(1)
    .max(MINUTES_MAX)
    .default(60)
    .meta({ description: 'Alerts that were opened so many minutes ago or later.' }),
  status: inEitherCase(statusSchema).optional().meta({ description: 'In either case.' }),
  severity: inEitherCase(z.enum(SEVERITIES)).optional().meta({ description: 'In either case.' }),
  b_number: number('Alerts of this B-number, written in any way.'),
  a_number: number('Alerts in which this A-number took part.'),
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(PAGE_MAX)
    .default(PAGE_MAX)
    .meta({ description: 'Most alerts in the answer.' }),
  after: z.string().max(512).default('').meta({ description: '`next` of the answer before.' }),
});

export const alertIdSchema = z.object({
  id: z.string().meta({ description: 'Any id that was given out for the alert.', format: 'uuid' }),
});

export const alertChangeSchema = z
  .object({
    status: inEitherCase(statusSchema)
      .optional()
      .meta({
        description:
          'In either case. RESOLVED and FALSE_POSITIVE end the incident; the latter also lifts its blocks.',
        examples: ['RESOLVED'],
      }),
    notes: z.string().optional().meta({ description: 'Replaces the notes; at most 10,000 characters.' }),
    assigned_to: z.string().optional().meta({ description: 'At most 64 characters; empty for nobody.' }),
  })
  .meta({ id: 'AlertChange', description: 'What is absent stays; something must be there.' });

const time = z.iso.datetime().meta({ format: 'date-time', examples: ['2026-11-22T03:14:07.250Z'] });

export const alertSchema = z
  .object({
    alert_id: z.uuid(),
    b_number: z.string().meta({ description: 'Canonical; a keyed hash where number privacy is on.' }),
    a_numbers: z.array(z.string()).meta({ description: 'At most 1,000.' }),
    call_ids: z.array(z.string()).meta({ description: 'At most 1,000.' }),
    source_ips: z.array(z.string()).meta({ description: 'At most 1,000.' }),
    call_count: z.int().min(0),
    window_start: time,
    window_end: time,
    severity: z.enum(SEVERITIES),
    status: statusSchema,
    retry_count: z
      .int()
      .min(0)
      .meta({ description: 'How often the teardown of one of its calls has failed.' }),
    created_at: time,
    updated_at: time,
    resolved_at: time.nullable().meta({ description: 'When it became RESOLVED or FALSE_POSITIVE.' }),
    assigned_to: z.string().nullable(),
    notes: z.string(),
  })
  .meta({ id: 'Alert' });

export const alertListSchema = z.object({
  count: z.int().min(0).meta({ description: 'Alerts in this answer.' }),
  minutes: z.int(),
  alerts: z.array(alertSchema).meta({ description: 'The newest first.' }),
  next: z
    .string()
    .nullable()
    .meta({ description: 'Give it as `after` for those that follow; null if none do.' }),
});

export const alertChangedSchema = z.object({
  success: z.literal(true),
  alert_id: z.uuid(),
  new_status: statusSchema,
});
