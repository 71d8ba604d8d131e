/**
 * Ways of masking a caller, and two that look like one and are none. Of each it is known whether five distinct A-numbers
 * reach the B-number within five seconds, the rule that a sidecar comes with; a test counts them anew.
 */
import type { SeededRandom } from './seeded-random.js';

export const ATTACK_NAMES = [
  'sequential',
  'burst',
  'distributed',
  'slow-drip',
  'rotating',
  'staggered',
  'mixed',
  'evasion',
] as const;

export type AttackName = (typeof ATTACK_NAMES)[number];

/** One INVITE of an attack. */
export interface AttackCall {
  /** Milliseconds after the attack's start. */
  readonly offsetMs: number;
  /** As it stands in the From header. */
  readonly aNumber: string;
  /** As it stands in the Request-URI. */
  readonly bNumber: string;
  readonly sourceIp: string;
  /** Undefined: one of its own. */
  readonly callId: string | undefined;
}

export interface AttackPattern {
  /** What it does, for people. */
  readonly sentence: string;
  /** Whether five distinct A-numbers reach B within five seconds: then, and only then, it is to be detected. */
  readonly reachesThreshold: boolean;
  /** @param bDigits the victim's number in international form, without the plus. */
  readonly calls: (bDigits: string, random: SeededRandom) => readonly AttackCall[];
}

export const ATTACK_PATTERNS: Readonly<Record<AttackName, AttackPattern>> = {
  sequential: {
    sentence: 'eight consecutive A-numbers, one every 200 ms',
    reachesThreshold: true,
    calls: (bDigits, random) => {
      const first = random.between(10_000_000, 80_000_000);
      return callsFrom(8, 200, bDigits, (n) => `+23470${first + n}`);
    },
  },
  burst: {
    sentence: 'ten A-numbers at the same moment',
    reachesThreshold: true,
    calls: (bDigits, random) => callsFrom(10, 0, bDigits, distinctCallers(10, random)),
  },
  distributed: {
    sentence: 'eight A-numbers in two seconds, each from a source address of its own',
    reachesThreshold: true,
    calls: (bDigits, random) =>
      callsFrom(8, 250, bDigits, distinctCallers(8, random)).map((call, n) => ({
        ...call,
        sourceIp: `198.51.100.${n + 1}`,
      })),
  },
  'slow-drip': {
    sentence: 'twelve A-numbers, one every 1.5 s: never more than four within five seconds',
    reachesThreshold: false,
    calls: (bDigits, random) => callsFrom(12, 1_500, bDigits, distinctCallers(12, random)),
  },
  rotating: {
    sentence: 'twenty calls in four seconds from four A-numbers that take turns: never five of them',
    reachesThreshold: false,
    calls: (bDigits, random) => {
      const caller = distinctCallers(4, random);
      return callsFrom(20, 200, bDigits, (n) => caller(n % 4));
    },
  },
  staggered: {
    sentence: 'seven A-numbers, one every second: the fifth comes after 4 s',
    reachesThreshold: true,
    calls: (bDigits, random) => callsFrom(7, 1_000, bDigits, distinctCallers(7, random)),
  },
  mixed: {
    sentence: 'two A-numbers that take turns, a pause, then six more at once',
    reachesThreshold: true,
    calls: (bDigits, random) => {
      const caller = distinctCallers(8, random);
      const turns = callsFrom(6, 300, bDigits, (n) => caller(n % 2));
      const rest = callsFrom(6, 0, bDigits, (n) => caller(2 + n));
      return [...turns, ...rest.map((call) => ({ ...call, offsetMs: 3_000 }))];
    },
  },
  evasion: {
    sentence: 'six A-numbers with one Call-ID in common, both numbers spelled differently each time',
    reachesThreshold: true,
    calls: (bDigits, random) => {
      const caller = distinctCallers(6, random);
      const callId = `${random.uuid()}@evasion`;
      const spelledB = (n: number): string => SPELLINGS[n % SPELLINGS.length](bDigits);
      const spelledA = (n: number): string => SPELLINGS[(n + 2) % SPELLINGS.length](caller(n).slice(1));
      return callsFrom(6, 400, bDigits, spelledA).map((call, n) => ({
        ...call,
        bNumber: spelledB(n),
        callId,
      }));
    },
  },
};

/** Ways to write one international number, given without the plus. */
const SPELLINGS: readonly ((digits: string) => string)[] = [
  (digits) => `+${digits}`,
  (digits) => `00${digits}`,
  (digits) => digits,
  (digits) => `+${digits.slice(0, 3)}-${digits.slice(3, 6)}-${digits.slice(6)}`,
  (digits) => `+${digits.slice(0, 3)} (${digits.slice(3, 6)}) ${digits.slice(6)}`,
  (digits) => `00${digits.slice(0, 3)}.${digits.slice(3)}`,
];

function callsFrom(
  count: number,
  everyMs: number,
  bDigits: string,
  caller: (n: number) => string,
): AttackCall[] {
  return Array.from({ length: count }, (_, n) => ({
    offsetMs: n * everyMs,
    aNumber: caller(n),
    bNumber: `+${bDigits}`,
    sourceIp: '203.0.113.66',
    callId: undefined,
  }));
}

/** Numbers without a pattern; the last digits keep them apart. */
function distinctCallers(count: number, random: SeededRandom): (n: number) => string {
  const numbers = Array.from(
    { length: count },
    (_, n) => `+23470${random.between(100_000, 999_999)}${String(n).padStart(2, '0')}`,
  );
  return (n) => numbers[n];
}
