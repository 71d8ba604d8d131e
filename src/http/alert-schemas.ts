/** Alerts as people and their tools read and change them. */
import { z } from 'zod';
import { ALERT_STATUSES, type Alert } from '../admission/alert.js';
import type { ChangedAlert } from '../admission/alert-desk.js';
import { allowlistScopeBody, allowlistScopeSchema, entryBody, entrySchema } from './allowlist-schemas.js';
import { answeredPage, answeredTime } from './answered-values.js';
import { givenNumber, givenPage, givenTime } from './given-values.js';

const SEVERITIES = ['MEDIUM', 'HIGH', 'CRITICAL'] as const;
/** An alert may hold 1,000 of each list, and writing a page out holds up the checks of calls. */
const PAGE_MAX = 100;
const MINUTES_MAX = 10_080;
/** Where neither a time nor a number of minutes is given. */
export const MINUTES_DEFAULT = 60;

const statusSchema = z.enum(ALERT_STATUSES as [Alert['status'], ...Alert['status'][]]);

/** Takes the values of an enum in either case. */
function inEitherCase<T extends z.ZodType>(values: T) {
  return z.preprocess((value) => (typeof value === 'string' ? value.toUpperCase() : value), values);
}

export const alertQuerySchema = z
  .object({
    minutes: z.coerce.number().int().min(1).max(MINUTES_MAX).optional().meta({
      description: 'Alerts that were opened so many minutes ago or later.',
      default: MINUTES_DEFAULT,
    }),
    since: givenTime
      .optional()
      .meta({ description: 'Alerts that were opened then or later; in the place of minutes.' }),
    until: givenTime
      .optional()
      .meta({ description: 'Alerts that were opened before; in the place of minutes.' }),
    status: inEitherCase(statusSchema).optional().meta({ description: 'In either case.' }),
    severity: inEitherCase(z.enum(SEVERITIES)).optional().meta({ description: 'In either case.' }),
    b_number: givenNumber('Alerts of this B-number, written in any way.').optional(),
    a_number: givenNumber('Alerts in which this A-number took part.').optional(),
    ...givenPage(PAGE_MAX),
  })
  .superRefine(({ minutes, since, until }, context) => {
    const complain = (field: string, message: string) =>
      context.addIssue({ code: 'custom', path: [field], message });
    if (minutes !== undefined && (since !== undefined || until !== undefined))
      complain('minutes', 'cannot be combined with since and until');
    if (since !== undefined && until !== undefined && since >= until)
      complain('until', 'must be later than since');
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
    allow_days: z.int().min(1).max(365).optional().meta({
      description:
        'With FALSE_POSITIVE only: makes the allowlist entry that is proposed for it, for so many days.',
    }),
  })
  .meta({ id: 'AlertChange', description: 'What is absent stays; something must be there.' });

export const alertSchema = z
  .object({
    alert_id: z.uuid(),
    b_number: z.string().meta({ description: 'Canonical; a keyed hash where number privacy is on.' }),
    a_numbers: z.array(z.string()).meta({ description: 'At most 1,000.' }),
    call_ids: z.array(z.string()).meta({ description: 'At most 1,000.' }),
    source_ips: z.array(z.string()).meta({ description: 'At most 1,000.' }),
    call_count: z.int().min(0),
    window_start: answeredTime,
    window_end: answeredTime,
    severity: z.enum(SEVERITIES),
    status: statusSchema,
    retry_count: z
      .int()
      .min(0)
      .meta({ description: 'How often the teardown of one of its calls has failed.' }),
    created_at: answeredTime,
    updated_at: answeredTime,
    resolved_at: answeredTime.nullable().meta({ description: 'When it became RESOLVED or FALSE_POSITIVE.' }),
    assigned_to: z.string().nullable(),
    notes: z.string(),
  })
  .meta({ id: 'Alert' });

export const alertListSchema = z.object({
  ...answeredPage,
  minutes: z.int().nullable().meta({ description: 'null where since or until took its place.' }),
  alerts: z.array(alertSchema).meta({ description: 'The newest first.' }),
});

export const alertChangedSchema = z.object({
  success: z.literal(true),
  alert_id: z.uuid(),
  new_status: statusSchema,
  proposal: z
    .object({ scope: allowlistScopeSchema, days: z.int(), reason: z.string() })
    .optional()
    .meta({ description: 'What would keep a false positive from happening again: see allow_days.' }),
  allowed: entrySchema.optional().meta({ description: 'The entry that was made on account of allow_days.' }),
});

export function alertChangedBody({
  alert,
  proposal,
  allowed,
}: ChangedAlert): z.input<typeof alertChangedSchema> {
  return {
    success: true,
    alert_id: alert.alertId,
    new_status: alert.status,
    ...(proposal === undefined
      ? {}
      : { proposal: { ...proposal, scope: allowlistScopeBody(proposal.scope) } }),
    ...(allowed === undefined ? {} : { allowed: entryBody(allowed) }),
  };
}
