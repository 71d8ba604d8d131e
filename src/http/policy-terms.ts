/** What a policy says, in the units of the wire: seconds and hours. */
import { z } from 'zod';
import type { Policy, PolicyTerms } from '../admission/policy.js';
import { present } from '../admission/present-fields.js';

const SECOND_MS = 1_000;
const HOUR_MS = 3_600_000;

export const termsInForceSchema = z
  .strictObject({
    window_seconds: z.int().min(1).max(300).meta({ description: 'Length of the sliding window.' }),
    threshold: z
      .int()
      .min(2)
      .max(100)
      .meta({ description: 'Distinct A-numbers from which on a call is masked.' }),
    cooldown_seconds: z
      .int()
      .min(1)
      .max(86_400)
      .meta({ description: 'A detection within this time of the last one extends its alert.' }),
    enforcement: z
      .enum(['enforce', 'shadow'])
      .meta({ description: 'Whether masked and blocked calls are rejected, or only observed.' }),
    auto_block: z
      .boolean()
      .meta({ description: 'Whether A-numbers of an attack are blocked from the B-number.' }),
    block_duration_hours: z.int().min(1).max(8_760).meta({ description: 'How long such a block lasts.' }),
    auto_disconnect: z
      .boolean()
      .meta({ description: 'Whether the earlier calls of an attack are torn down.' }),
    anonymous_callers: z.enum(['per-source', 'one', 'ignore']).meta({
      description:
        'How callers who hide their number count: one for each source address, one in all, or not at all.',
    }),
  })
  .meta({ id: 'PolicyTermsInForce', description: 'All that a policy says.' });

export type TermsBody = z.infer<typeof termsInForceSchema>;

export const termsSchema = termsInForceSchema.partial().meta({
  id: 'PolicyTerms',
  description: 'What a stored policy says; what is absent comes from the default.',
});

export function termsOf(terms: z.infer<typeof termsSchema>): PolicyTerms {
  return present({
    windowMs: inMs(terms.window_seconds, SECOND_MS),
    threshold: terms.threshold,
    cooldownMs: inMs(terms.cooldown_seconds, SECOND_MS),
    enforcement: terms.enforcement,
    autoBlock: terms.auto_block,
    blockMs: inMs(terms.block_duration_hours, HOUR_MS),
    autoDisconnect: terms.auto_disconnect,
    anonymousCallers: terms.anonymous_callers,
  });
}

export function termsBody(terms: PolicyTerms): Partial<TermsBody> {
  return present({
    window_seconds: inUnits(terms.windowMs, SECOND_MS),
    threshold: terms.threshold,
    cooldown_seconds: inUnits(terms.cooldownMs, SECOND_MS),
    enforcement: terms.enforcement,
    auto_block: terms.autoBlock,
    block_duration_hours: inUnits(terms.blockMs, HOUR_MS),
    auto_disconnect: terms.autoDisconnect,
    anonymous_callers: terms.anonymousCallers,
  });
}

/** A policy in force leaves nothing open. */
export function termsInForceBody(policy: Policy): TermsBody {
  return termsBody(policy) as TermsBody;
}

function inMs(value: number | undefined, unitMs: number): number | undefined {
  return value === undefined ? undefined : value * unitMs;
}

function inUnits(ms: number | undefined, unitMs: number): number | undefined {
  return ms === undefined ? undefined : ms / unitMs;
}
