/** Blocks as they stand on the wire. */
import { z } from 'zod';
import { BATCH_MAX } from '../admission/rule-batch.js';
import type { NewBlock } from '../admission/rule-desk.js';
import type { StoredBlock } from '../admission/stored-rules.js';
import { answeredAlertId, answeredTime, orNull, signature } from './answered-values.js';
import { givenNumber, givenPage, givenReason, givenTime, RULES_PAGE_MAX } from './given-values.js';

const futureTime = givenTime.meta({ description: 'When the block ceases to be in force: a time to come.' });

export const blockQuerySchema = z.object({
  a_number: givenNumber('Blocks of this A-number.').optional(),
  b_number: givenNumber('Blocks from this B-number.').optional(),
  ...givenPage(RULES_PAGE_MAX),
});

export const newBlocksSchema = z.strictObject({
  blocks: z
    .array(
      z
        .strictObject({
          a_number: givenNumber('Who may not call; not `anonymous`, which would block everyone who is.'),
          b_number: givenNumber('Who may not be called. Calls to an exempt number go on all the same.'),
          expires_at: futureTime,
          reason: givenReason,
        })
        .meta({ id: 'NewBlock' }),
    )
    .min(1)
    .max(BATCH_MAX)
    .meta({ description: 'All are added, or none.' }),
});

export const pairSchema = z.strictObject({
  a_number: givenNumber('Who may not call.'),
  b_number: givenNumber('Who may not be called.'),
});

export const blockExpirySchema = z.strictObject({ expires_at: futureTime });

export const blockSchema = z
  .object({
    a_number: z.string().meta({ description: 'Canonical; a keyed hash where number privacy is on.' }),
    b_number: z.string(),
    expires_at: answeredTime,
    ...signature,
    alert_id: answeredAlertId.meta({ description: 'The alert that made it; null if a person did.' }),
  })
  .meta({ id: 'Block', description: 'Calls of A to B are rejected.' });

export function newBlockOf(block: z.output<typeof newBlocksSchema>['blocks'][number]): NewBlock {
  const { a_number: aNumber, b_number: bNumber, expires_at: expiresAt, reason } = block;
  return { aNumber, bNumber, expiresAt, reason };
}

export function blockBody(block: StoredBlock): z.input<typeof blockSchema> {
  return {
    a_number: block.aNumber,
    b_number: block.bNumber,
    expires_at: block.expiresAt.toISOString(),
    reason: block.reason,
    author: block.author,
    changed_at: block.changedAt.toISOString(),
    alert_id: orNull(block.alertId),
  };
}
