/** /acm/policies: how strictly calls are judged, and why. */
import { z } from 'zod';
import type { RuleDesk } from '../admission/rule-desk.js';
import { canonicalPolicyScope } from '../admission/rule-input.js';
import type { RulesInForce } from '../admission/rules-in-force.js';
import { answeredPage, nextOf } from './answered-values.js';
import { givenPage, RULES_PAGE_MAX } from './given-values.js';
import {
  callInQuestionSchema,
  explanationBody,
  explanationSchema,
  newPolicySchema,
  policyBody,
  policySchema,
  policyScopeBody,
  policyScopeOf,
  policyScopeQuerySchema,
  policyScopeSchema,
} from './policy-schemas.js';
import { termsOf } from './policy-terms.js';
import { type Route, route } from './route.js';

export interface PolicyParts {
  readonly rules: Pick<RuleDesk, 'listPolicies' | 'setPolicy' | 'removePolicy'>;
  readonly inForce: Pick<RulesInForce, 'explain'>;
}

const changedSchema = z.object({
  success: z.literal(true),
  scope: policyScopeSchema.meta({ description: 'As it is compared.' }),
});

export function policyRoutes({ rules, inForce }: PolicyParts): Route[] {
  return [
    route({
      method: 'GET',
      paths: ['/acm/policies'],
      tag: 'policies',
      summary: 'List the policies that are stored, in no particular order',
      description:
        'Of all policies that cover a call one applies: that of its B-number, else that of its trunk, else that of the ' +
        'longest B prefix, else the default, which is the environment of the sidecar where none is stored for all calls.',
      scopes: ['policy:read'],
      input: z.object({ query: z.object(givenPage(RULES_PAGE_MAX)) }),
      answer: z.object({ ...answeredPage, policies: z.array(policySchema) }),
      errors: [503],
      async handle({ query }) {
        const page = await rules.listPolicies(query);
        return { count: page.items.length, policies: page.items.map(policyBody), next: nextOf(page) };
      },
    }),
    route({
      method: 'PUT',
      paths: ['/acm/policies'],
      tag: 'policies',
      summary: 'Set the policy of a scope',
      description:
        'It replaces what was set for that scope altogether. Look at /acm/policies/explain afterwards: a threshold or a ' +
        'window that is wrong for a number can let an attack through, or reject its everyday calls.',
      scopes: ['policy:write'],
      changes: true,
      input: z.object({ body: newPolicySchema }),
      answer: changedSchema,
      errors: [503],
      async handle({ body }, { author, origin }) {
        const scope = canonicalPolicyScope(policyScopeOf(body.scope));
        await rules.setPolicy(scope, termsOf(body.terms), { author, origin, reason: body.reason });
        return { success: true as const, scope: policyScopeBody(scope) };
      },
    }),
    route({
      method: 'DELETE',
      paths: ['/acm/policies'],
      tag: 'policies',
      summary: 'Remove the policy of a scope',
      description: 'What comes next in the order applies to its calls at once.',
      scopes: ['policy:write'],
      changes: true,
      input: z.object({ query: policyScopeQuerySchema }),
      answer: changedSchema,
      errors: [404, 503],
      async handle({ query }, by) {
        const scope = canonicalPolicyScope(policyScopeOf(query));
        await rules.removePolicy(scope, by);
        return { success: true as const, scope: policyScopeBody(scope) };
      },
    }),
    route({
      method: 'GET',
      paths: ['/acm/policies/explain'],
      tag: 'policies',
      summary: 'What a call would get now, and why',
      description: 'It counts nothing, changes nothing and needs no store.',
      scopes: ['policy:read'],
      input: z.object({ query: callInQuestionSchema }),
      answer: explanationSchema,
      errors: [],
      handle({ query: { a_number: aNumber, b_number: bNumber, source_ip: sourceIp, trunk } }) {
        return explanationBody(inForce.explain({ aNumber, bNumber, sourceIp, trunk }));
      },
    }),
  ];
}
