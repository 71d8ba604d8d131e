/**
 * Which calls are made, and when: ordinary ones at an even rate, and now and then an attack. It knows no clock; the same
 * seed gives the same calls, however the time is cut up in which they are asked for.
 */
import { ATTACK_PATTERNS, type AttackName } from './attack-patterns.js';
import { SeededRandom } from './seeded-random.js';
import type { CallPlan } from './simulated-call.js';

/** The most calls a second. */
export const CPS_MAX = 5_000;
/** Ordinary calls go through all their B-numbers, in a new order each round. */
const ROUND_S_MIN = 6;
/**
 * So many that a round lasts at least 6 s even at the highest rate. A B-number is called once in a round, so within any
 * 5 s at most twice: at the end of one round and at the beginning of the next. Ordinary traffic cannot come near a
 * threshold of five, at any rate.
 */
const ORDINARY_B_COUNT = ROUND_S_MIN * CPS_MAX;
const ORDINARY_A_COUNT = 1_000_000;
const FIRST_ATTACK_MS = 2_000;

const RING_MS = [300, 1_500] as const;
const TALK_MS = [1_000, 5_000] as const;
const UNANSWERED_SHARE = 0.2;
/** A masked caller stays on the line: it is the sidecar that is to end his call. */
const ATTACK_RING_MS = 1_000;
const ATTACK_TALK_MS = 20_000;

export interface TrafficOptions {
  /** Ordinary calls a second, 0 to 5,000; attacks come on top. */
  readonly cps: number;
  /** Milliseconds from the start of one attack to that of the next; 0 for none. */
  readonly attackIntervalMs: number;
  /** They take turns in this order. */
  readonly attacks: readonly AttackName[];
  /** A 32-bit number. */
  readonly seed: number;
}

/** An attack, before anything of it has happened. */
export interface PlannedAttack {
  /** Counts from 1. */
  readonly id: number;
  readonly pattern: AttackName;
  /** International form with the plus; no other call goes there. */
  readonly bNumber: string;
  readonly startMs: number;
  readonly calls: number;
}

export interface PlannedCall extends CallPlan {
  /** Milliseconds since the start, as all times here; with fractions. */
  readonly atMs: number;
  readonly ringMs: number;
  /** 0 for a call that is never answered: the caller gives up after `ringMs`. */
  readonly talkMs: number;
  readonly attack: PlannedAttack | undefined;
}

export class Traffic {
  readonly #options: TrafficOptions;
  readonly #random: SeededRandom;
  readonly #attackRandom: SeededRandom;
  readonly #order = Uint32Array.from({ length: ORDINARY_B_COUNT }, (_, index) => index);
  #ordinaryCalls = 0;
  #attackCount = 0;
  #nextOrdinary: PlannedCall | undefined;
  /** Calls of attacks that have begun, by time. */
  #attackCalls: PlannedCall[] = [];

  constructor(options: TrafficOptions) {
    this.#options = options;
    this.#random = new SeededRandom(options.seed);
    this.#attackRandom = new SeededRandom(~options.seed);
    this.#nextOrdinary = this.#planOrdinary();
  }

  /** The calls due before `ms` that have not been given yet, in their order. */
  until(ms: number): PlannedCall[] {
    const due: PlannedCall[] = [];
    while (this.#nextOrdinary !== undefined && this.#nextOrdinary.atMs < ms) {
      due.push(this.#nextOrdinary);
      this.#nextOrdinary = this.#planOrdinary();
    }
    while (this.#nextAttackMs() < ms) this.#beginAttack();
    if (this.#attackCalls.length === 0) return due;
    const attackCalls = this.#attackCalls.filter(({ atMs }) => atMs < ms);
    this.#attackCalls = this.#attackCalls.filter(({ atMs }) => atMs >= ms);
    return [...due, ...attackCalls].sort((one, other) => one.atMs - other.atMs);
  }

  #nextAttackMs(): number {
    const { attackIntervalMs, attacks } = this.#options;
    if (attackIntervalMs === 0 || attacks.length === 0) return Number.POSITIVE_INFINITY;
    return FIRST_ATTACK_MS + this.#attackCount * attackIntervalMs;
  }

  #planOrdinary(): PlannedCall | undefined {
    const { cps } = this.#options;
    if (cps === 0) return undefined;
    const place = this.#ordinaryCalls % ORDINARY_B_COUNT;
    if (place === 0) this.#random.shuffle(this.#order);
    const a = this.#random.below(ORDINARY_A_COUNT);
    return {
      atMs: ((this.#ordinaryCalls++ + this.#random.fraction()) * 1_000) / cps,
      aNumber: `+234803${String(a).padStart(7, '0')}`,
      bNumber: `+234801${String(this.#order[place]).padStart(7, '0')}`,
      sourceIp: `192.0.2.${this.#random.between(1, 20)}`,
      ringMs: this.#random.between(...RING_MS),
      talkMs: this.#random.fraction() < UNANSWERED_SHARE ? 0 : this.#random.between(...TALK_MS),
      attack: undefined,
    };
  }

  #beginAttack(): void {
    const { attacks } = this.#options;
    const startMs = this.#nextAttackMs();
    const pattern = attacks[this.#attackCount % attacks.length];
    const id = ++this.#attackCount;
    const bDigits = `234809${String(id % 10_000_000).padStart(7, '0')}`;
    const calls = ATTACK_PATTERNS[pattern].calls(bDigits, this.#attackRandom);
    const attack = { id, pattern, bNumber: `+${bDigits}`, startMs, calls: calls.length };
    for (const { offsetMs, callId, ...call } of calls)
      this.#attackCalls.push({
        ...call,
        ...(callId === undefined ? undefined : { callId }),
        atMs: startMs + offsetMs,
        ringMs: ATTACK_RING_MS,
        talkMs: ATTACK_TALK_MS,
        attack,
      });
  }
}
