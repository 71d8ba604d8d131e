/** /acm/enforcement: the switch that turns every policy to shadow at once. */
import { z } from 'zod';
import type { RuleDesk } from '../admission/rule-desk.js';
import type { RulesInForce } from '../admission/rules-in-force.js';
import { answeredTime, orNull } from './answered-values.js';
import { givenReason } from './given-values.js';
import { type Route, route } from './route.js';

export interface EnforcementParts {
  readonly rules: Pick<RuleDesk, 'enforcement' | 'switchEnforcement'>;
  readonly inForce: Pick<RulesInForce, 'enforcement'>;
}

const on = z
  .boolean()
  .meta({ description: 'false: nothing is rejected, blocked or torn down, whatever the policies say.' });
const enforcement = z.enum(['enforce', 'shadow']).meta({
  description: 'What follows for this sidecar: shadow if at least one policy in force only observes.',
});

const switchSchema = z
  .object({
    on,
    author: z.string().nullable().meta({ description: 'Who threw it last; null if nobody ever did.' }),
    reason: z.string(),
    changed_at: answeredTime.nullable(),
    enforcement,
  })
  .meta({ id: 'EnforcementSwitch' });

const switchedSchema = z.object({
  on,
  everywhere: z.boolean().meta({
    description:
      'true: it is stored, and every sidecar follows within a second. false: the store is away; it is in force here, and ' +
      'stored as soon as that can be.',
  }),
  enforcement,
});

export function enforcementRoutes({ rules, inForce }: EnforcementParts): Route[] {
  return [
    route({
      method: 'GET',
      paths: ['/acm/enforcement'],
      tag: 'policies',
      summary: 'Whether calls are rejected at all, as this sidecar has it',
      scopes: ['policy:read'],
      input: z.object({}),
      answer: switchSchema,
      errors: [],
      handle() {
        const { on, author, reason, changedAt } = rules.enforcement;
        return {
          on,
          author: orNull(author),
          reason,
          changed_at: changedAt?.toISOString() ?? null,
          enforcement: inForce.enforcement(),
        };
      },
    }),
    route({
      method: 'PUT',
      paths: ['/acm/enforcement'],
      tag: 'policies',
      summary: 'Throw the switch',
      description: 'It takes effect here at once, even while the store is away. The newest change wins.',
      scopes: ['policy:write'],
      changes: true,
      input: z.object({ body: z.strictObject({ on, reason: givenReason }) }),
      answer: switchedSchema,
      errors: [],
      async handle({ body }, { author, origin }) {
        const { everywhere } = await rules.switchEnforcement(body.on, {
          author,
          origin,
          reason: body.reason,
        });
        return { on: body.on, everywhere, enforcement: inForce.enforcement() };
      },
    }),
  ];
}
