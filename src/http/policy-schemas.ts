/** Policies and explanations as they stand on the wire. */
import { z } from 'zod';
import { NAME_MAX, NUMBER_MAX } from '../admission/call-attempt.js';
import type { Explanation } from '../admission/explain-call.js';
import { nameOfScope, type PolicyScope } from '../admission/policy.js';
import { canonicalPolicyScope } from '../admission/rule-input.js';
import type { StoredPolicy } from '../admission/stored-rules.js';
import { answeredAlertId, orNull, signature } from './answered-values.js';
import { reasonSchema, VERDICTS, verdictSchema } from './call-schemas.js';
import { exactlyOne, givenNumber, givenReason } from './given-values.js';
import { termsBody, termsInForceBody, termsInForceSchema, termsSchema } from './policy-terms.js';

const narrowScope = {
  b_number: givenNumber('One number that is called.').optional(),
  trunk: z
    .string()
    .min(1)
    .max(NAME_MAX)
    .optional()
    .meta({
      description: 'Trunk that calls come in by; it need not be configured yet.',
      examples: ['lagos'],
    }),
  b_prefix: givenNumber('How numbers that are called begin: `+234`, `00234` and `234` are one.').optional(),
};

const judgeScope = exactlyOne((scope: ScopeBody) => canonicalPolicyScope(policyScopeOf(scope)));

export const policyScopeSchema = z
  .strictObject({
    all_calls: z.literal(true).optional().meta({ description: 'Calls for which there is nothing else.' }),
    ...narrowScope,
  })
  .superRefine(judgeScope)
  .meta({
    id: 'PolicyScope',
    description: 'Which calls a policy is for: exactly one of these.',
    minProperties: 1,
    maxProperties: 1,
  });

/** The same, in a query. */
export const policyScopeQuerySchema = z
  .strictObject({
    all_calls: z
      .literal('true')
      .transform(() => true as const)
      .optional()
      .meta({ description: 'Calls for which there is nothing else.' }),
    ...narrowScope,
  })
  .superRefine(judgeScope);

interface ScopeBody {
  readonly all_calls?: true | undefined;
  readonly b_number?: string | undefined;
  readonly trunk?: string | undefined;
  readonly b_prefix?: string | undefined;
}

export const newPolicySchema = z.strictObject({
  scope: policyScopeSchema,
  terms: termsSchema,
  reason: givenReason,
});

export const policySchema = z
  .object({
    scope: policyScopeSchema,
    terms: termsSchema,
    revision: z
      .int()
      .min(1)
      .meta({ description: 'Grows with every change in the store; that of the change that set it.' }),
    ...signature,
  })
  .meta({ id: 'Policy' });

const callText = (lengthMax: number, description: string) =>
  z.string().max(lengthMax).default('').meta({ description });

export const callInQuestionSchema = z.object({
  a_number: callText(NUMBER_MAX, 'Who calls; may be absent.'),
  b_number: givenNumber('Who is called.'),
  trunk: callText(
    NAME_MAX,
    'Trunk that the call comes in by; absent: the configured one whose sources contain source_ip.',
  ),
  source_ip: callText(45, 'Address that the call comes from.'),
});

export const explanationSchema = z
  .object({
    b_number: z.string().meta({ description: 'Canonical.' }),
    trunk: z.string().nullable().meta({ description: 'Trunk that the call is taken to come in by.' }),
    policies: z
      .array(
        z.object({
          scope: z.string().meta({
            examples: ['default', 'b_number 2348099999999', 'trunk lagos', 'b_prefix 23480'],
          }),
          revision: z.int().min(0).meta({ description: '0: what the environment of the sidecar says.' }),
          terms: termsInForceSchema,
        }),
      )
      .meta({
        description: 'The first applies; after it those that would apply in its place, the default last.',
      }),
    switched_off: z.boolean().meta({ description: 'True while the switch turns every policy to shadow.' }),
    exempt: z.boolean().meta({ description: 'True for a B-number that is never rejected.' }),
    allowlist_entry_id: z.guid().nullable().meta({ description: 'An entry that covers the call.' }),
    blocked: z.boolean().meta({ description: 'True if A is blocked from calling B.' }),
    distinct_a_count: z
      .int()
      .min(0)
      .meta({ description: 'Distinct A-numbers within the window now, this call not included.' }),
    alert_id: answeredAlertId.meta({ description: 'The open alert of B.' }),
    verdict: verdictSchema,
    reason: reasonSchema,
  })
  .meta({ id: 'Explanation', description: 'What a call would get now if it brought no new A-number.' });

/** @param scope with exactly one field. */
export function policyScopeOf({ b_number, trunk, b_prefix }: ScopeBody): PolicyScope {
  if (b_number !== undefined) return { kind: 'b-number', digits: b_number };
  if (trunk !== undefined) return { kind: 'trunk', name: trunk };
  if (b_prefix !== undefined) return { kind: 'b-prefix', digits: b_prefix };
  return { kind: 'default' };
}

export function policyScopeBody(scope: PolicyScope): z.input<typeof policyScopeSchema> {
  switch (scope.kind) {
    case 'default':
      return { all_calls: true };
    case 'b-number':
      return { b_number: scope.digits };
    case 'trunk':
      return { trunk: scope.name };
    case 'b-prefix':
      return { b_prefix: scope.digits };
  }
}

export function policyBody({ scope, terms, ...rest }: StoredPolicy): z.input<typeof policySchema> {
  return {
    scope: policyScopeBody(scope),
    terms: termsBody(terms),
    revision: rest.revision,
    reason: rest.reason,
    author: rest.author,
    changed_at: rest.changedAt.toISOString(),
  };
}

export function explanationBody(explanation: Explanation): z.input<typeof explanationSchema> {
  return {
    b_number: explanation.bNumber,
    trunk: orNull(explanation.trunk),
    policies: explanation.policies.map((policy) => ({
      scope: nameOfScope(policy.scope),
      revision: policy.revision,
      terms: termsInForceBody(policy),
    })),
    switched_off: explanation.switchedOff,
    exempt: explanation.exempt,
    allowlist_entry_id: orNull(explanation.allowlistEntryId),
    blocked: explanation.blocked,
    distinct_a_count: explanation.distinctACount,
    alert_id: orNull(explanation.alertId),
    verdict: VERDICTS[explanation.decision],
    reason: explanation.reason,
  };
}
