/** GET and POST /acm/config: the policy for all calls. */
import { z } from 'zod';
import type { Actor } from '../admission/access.js';
import type { Policies } from '../admission/policy.js';
import type { RuleDesk } from '../admission/rule-desk.js';
import { InvalidFieldError } from '../errors.js';
import { termsInForceBody, termsInForceSchema, termsOf } from './policy-terms.js';
import { CARRIER_PREFIX, type Route, route } from './route.js';

const REASON = 'POST /acm/config';

export interface ConfigParts {
  readonly policies: Pick<Policies, 'fallback' | 'defaultTerms'>;
  readonly rules: Pick<RuleDesk, 'setPolicy' | 'catchUp'>;
}

const configSchema = termsInForceSchema
  .pick({
    window_seconds: true,
    threshold: true,
    cooldown_seconds: true,
    auto_disconnect: true,
    auto_block: true,
    block_duration_hours: true,
  })
  .meta({ id: 'Config' });

type Config = z.infer<typeof configSchema>;
type ConfigKey = keyof Config;

const changeSchema = configSchema
  .partial()
  .meta({ id: 'ConfigChange', description: 'Any of these. If one is wrong, none is changed.' });

const changedSchema = z
  .partialRecord(
    z.enum(Object.keys(configSchema.shape) as [ConfigKey, ...ConfigKey[]]),
    z.object({ success: z.literal(true), value: z.union([z.number(), z.boolean()]) }),
  )
  .meta({ id: 'ConfigChanged', description: 'For each key that was sent, what is in force now.' });

export function configRoutes(parts: ConfigParts): Route[] {
  const change = inTurn((config: Partial<Config>, by: Actor) => changeConfig(parts, config, by));
  return [
    route({
      method: 'GET',
      paths: ['/acm/config', `${CARRIER_PREFIX}/config`],
      tag: 'policies',
      summary: 'The policy for all calls',
      scopes: ['policy:read'],
      description: 'What is set for a B-number, a trunk or a prefix goes before it.',
      input: z.object({}),
      answer: configSchema,
      errors: [],
      handle: () => configOf(parts.policies.fallback),
    }),
    changeRoute('POST', '/acm/config', change),
    changeRoute('PUT', `${CARRIER_PREFIX}/config`, change),
  ];
}

type Change = (config: Partial<Config>, by: Actor) => Promise<z.infer<typeof changedSchema>>;

function changeRoute(method: 'POST' | 'PUT', path: string, change: Change): Route {
  return route({
    method,
    paths: [path],
    tag: 'policies',
    summary: 'Change the policy for all calls',
    scopes: ['policy:write'],
    description:
      'It is stored, and in force here with the answer and on the other sidecars of the store soon after.',
    changes: true,
    input: z.object({ body: changeSchema }),
    answer: changedSchema,
    errors: [503],
    handle: ({ body }, by) => change(body as Partial<Config>, by),
  });
}

/** What is stored is replaced as a whole: what this change does not name must stay. */
async function changeConfig(
  { policies, rules }: ConfigParts,
  config: Partial<Config>,
  by: Actor,
): Promise<z.infer<typeof changedSchema>> {
  const keys = Object.keys(config) as ConfigKey[];
  if (keys.length === 0) throw new InvalidFieldError('body', 'is empty; what should be changed?');
  await rules.catchUp();
  const terms = { ...policies.defaultTerms, ...termsOf(config) };
  await rules.setPolicy({ kind: 'default' }, terms, { ...by, reason: REASON });
  const current = configOf(policies.fallback);
  return Object.fromEntries(keys.map((key) => [key, { success: true as const, value: current[key] }]));
}

/** Two changes at once would each write back what the other has replaced. */
function inTurn<A extends unknown[], R>(work: (...args: A) => Promise<R>): (...args: A) => Promise<R> {
  let last: Promise<unknown> = Promise.resolve();
  return (...args) => {
    const turn = last.then(() => work(...args));
    last = turn.catch(() => undefined);
    return turn;
  };
}

function configOf(policy: Policies['fallback']): Config {
  const { enforcement: _mode, anonymous_callers: _counting, ...config } = termsInForceBody(policy);
  return config;
}
