/** GET /acm/threat and /acm/threats: how near B-numbers are to an attack, by what this sidecar's window holds now. */
import { z } from 'zod';
import { NUMBER_MAX } from '../admission/call-attempt.js';
import type { AdmissionState } from '../admission/check-call.js';
import type { WallClock } from '../admission/ports.js';
import { checkedNumber } from '../admission/rule-input.js';
import { threatLevelOf } from '../detection/masking-rule.js';
import { type Route, route } from './route.js';

/** Most B-numbers in one answer. */
const THREATS_MAX = 1_000;

export interface ThreatParts {
  readonly state: Pick<AdmissionState, 'keys' | 'window' | 'policies' | 'incidents' | 'trunks'>;
  readonly wallClock: Pick<WallClock, 'dateOf'>;
  /** Monotonic milliseconds with fractions. */
  readonly nowMs: () => number;
}

const threatSchema = z
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
        const threat = threatOf(parts, bKey, '', Math.floor(parts.nowMs()));
        keys.release(bKey);
        return threat;
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
      handle() {
        const threats = threatsOf(parts);
        return { count: threats.length, threats };
      },
    }),
  ];
}

/** What is cheap is asked of every incident, the rest only of those that are told of. */
function threatsOf(parts: ThreatParts): z.infer<typeof threatSchema>[] {
  const { incidents, window } = parts.state;
  const nowMs = Math.floor(parts.nowMs());
  return incidents
    .current(nowMs)
    .map(({ bKey, trunk, policy }) => ({
      bKey,
      trunk,
      threshold: policy.threshold,
      distinct: window.distinct(bKey, nowMs, policy.windowMs),
    }))
    .filter(({ distinct, threshold }) => threatLevelOf(distinct, threshold) !== 'low')
    .sort((one, other) => other.distinct - one.distinct)
    .slice(0, THREATS_MAX)
    .map(({ bKey, trunk }) => threatOf(parts, bKey, trunk, nowMs));
}

function threatOf(
  { state, wallClock }: ThreatParts,
  bKey: number,
  trunk: string,
  nowMs: number,
): z.infer<typeof threatSchema> {
  const { keys, window, policies } = state;
  const { windowMs, threshold } = policies.find(bKey, trunk);
  const distinct = window.distinct(bKey, nowMs, windowMs);
  const newest = window.callsBetween(bKey, nowMs - windowMs, nowMs, 1).at(-1);
  return {
    b_number: keys.textOf(bKey),
    threat_level: threatLevelOf(distinct, threshold),
    distinct_a_numbers: distinct,
    distinct_ips: window.distinctSources(bKey, nowMs, windowMs),
    call_count: window.callCount(bKey, nowMs, windowMs),
    last_seen: newest === undefined ? null : wallClock.dateOf(newest.timeMs).toISOString(),
  };
}
