/** Webhooks and their dead letters as people and their tools read them. */
import { z } from 'zod';

const PAGE_MAX = 1_000;
const NAME_MAX = 64;

const time = z.iso.datetime().meta({ format: 'date-time', examples: ['2026-11-22T03:14:07.250Z'] });
const name = z.string().max(NAME_MAX);

export const webhookListSchema = z.object({
  webhooks: z.array(
    z
      .object({
        name,
        origin: z
          .string()
          .meta({ description: 'Scheme, host and port of its URL: the rest may be a secret.' }),
        min_severity: z.enum(['MEDIUM', 'HIGH', 'CRITICAL']),
        allow_private: z
          .boolean()
          .meta({ description: 'Whether it may lead to an address that is not public.' }),
        waiting: z.int().min(0).meta({ description: 'Deliveries that wait or are under way.' }),
        dead: z.int().min(0).meta({ description: 'Deliveries that were given up and are kept.' }),
      })
      .meta({ id: 'Webhook' }),
  ),
});

export const deadLetterQuerySchema = z.object({
  webhook: name.min(1).optional().meta({ description: 'Only those for the webhook of this name.' }),
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(PAGE_MAX)
    .default(100)
    .meta({ description: 'Most dead letters in the answer.' }),
  after: z.string().max(512).default('').meta({ description: '`next` of the answer before.' }),
});

export const deadLetterListSchema = z.object({
  count: z.int().min(0).meta({ description: 'Dead letters in this answer.' }),
  dead_letters: z
    .array(
      z
        .object({
          delivery_id: z.uuid(),
          webhook: z.string(),
          event: z.enum(['alert.opened', 'alert.severity_raised', 'alert.changed', 'alert.ended']),
          alert_id: z.uuid(),
          occurred_at: time,
          attempts: z.int().min(0),
          last_status: z
            .int()
            .nullable()
            .meta({ description: 'HTTP status of the last answer; null for none.' }),
          last_error: z.string(),
          died_at: time,
          replayed_by: z.string().nullable().meta({ description: 'Who has replayed it before.' }),
        })
        .meta({ id: 'DeadLetter' }),
    )
    .meta({ description: 'Those of the newest events first.' }),
  next: z
    .string()
    .nullable()
    .meta({ description: 'Give it as `after` for those that follow; null if none do.' }),
});

export const deliveryIdSchema = z.object({
  id: z.string().meta({ description: 'Id of the delivery.', format: 'uuid' }),
});

export const replaySchema = z
  .object({ webhook: name.min(1).meta({ description: 'Name of the webhook.' }) })
  .meta({ id: 'Replay' });

export const replayedSchema = z.object({
  replayed: z.int().min(0).meta({ description: 'How many are tried again; 1,000 at the most.' }),
  left: z
    .int()
    .min(0)
    .meta({ description: 'Dead letters of the webhook that are left: ask again for them.' }),
});
