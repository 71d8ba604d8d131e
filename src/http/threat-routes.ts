/** GET /acm/threat and /acm/threats: how near B-numbers are to an attack, by what this sidecar's window holds now. */
import { z } from 'zod';
import { NUMBER_MAX } from '../admission/call-attempt.js';
import { checkedNumber } from '../admission/rule-input.js';
import { currentThreats, type Threat, type ThreatParts, threatTo } from '../admission/threats.js';
import { type Route, route } from './route.js';

/** Most B-numbers in one answer. */
const THREATS_MAX = 1_000;

export const threatSchema = z
  .object({
    b_number: z.string().meta({ description: 'Canonical.', examples: ['2348099999999'] }),
    threat_level: z.enum(['low', 'medium', 'high', 'critical']).meta({
      description: 'With T as the threshold: critical from T A-numbers on, high at T - 1, medium at T - 2.',
    }),
    distinct_a_numbers: z
      .int()
      .min(0)
      .meta({ description: 'Within the window that applies to this B-number.' }),
    distinct_ips: z.int().min(0).meta({ description: 'Source addresses of these calls.' }),
    call_count: z.int().min(0),
    last_seen: z.iso
      .datetime()
      .nullable()
      .meta({ format: 'date-time', description: 'Newest call within the window; null for none.' }),
  })
  .meta({ id: 'Threat' });

const threatQuerySchema = z.object({
  b_number: z
    .string()
    .min(1)
    .max(NUMBER_MAX)
    .meta({ examples: ['+2348099999999'] }),
});

const threatListSchema = z.object({
  count: z
    .int()
    .min(0)
    .meta({ description: `B-numbers in this answer, at most ${THREATS_MAX}.` }),
  threats: z.array(threatSchema).meta({ description: 'The one with the most A-numbers first.' }),
});

export function threatRoutes(parts: ThreatParts): Route[] {
  return [
    route({
      method: 'GET',
      paths: ['/acm/threat'],
      tag: 'monitoring',
      summary: 'How near a B-number is to an attack',
      scopes: ['alerts:read'],
      input: z.object({ query: threatQuerySchema }),
      answer: threatSchema,
      errors: [],
      handle({ query }) {
        const bNumber = checkedNumber('b_number', query.b_number);
        const { keys, trunks } = parts.state;
        const bKey = keys.acquire(bNumber, trunks.fallback.plan);
        const threat = threatTo(parts, bKey, '');
        keys.release(bKey);
        return threatBody(threat);
      },
    }),
    route({
      method: 'GET',
      paths: ['/acm/threats'],
      tag: 'monitoring',
      summary: 'B-numbers with an open incident that are at threat level medium or higher now',
      scopes: ['alerts:read'],
      input: z.object({}),
      answer: threatListSchema,
      errors: [],
      async handle() {
        const threats = (await currentThreats(parts, THREATS_MAX)).map(threatBody);
        return { count: threats.length, threats };
      },
    }),
  ];
}

/** A threat as it stands on the wire. */
export function threatBody(threat: Threat): z.infer<typeof threatSchema> {
  return {
    b_number: threat.bNumber,
    threat_level: threat.level,
    distinct_a_numbers: threat.distinctACount,
    distinct_ips: threat.distinctSources,
    call_count: threat.callCount,
    last_seen: threat.lastSeen?.toISOString() ?? null,
  };
}
