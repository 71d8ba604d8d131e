/** Makes planned calls happen on a simulated switch, and keeps the ground truth: what a sidecar should have found. */
import { ATTACK_PATTERNS, type AttackName } from './attack-patterns.js';
import type { CallPlan, SimulatedCall } from './simulated-call.js';
import type { Switchboard } from './switchboard.js';
import type { PlannedAttack, Traffic } from './traffic.js';

/** What happens within one step happens at once; milliseconds. */
const STEP_MS = 10;
/** After a longer stall the rest is dropped: what should have come in seconds must not come in one rush. */
const BEHIND_MS_MAX = 500;
/** The latest attacks are kept. */
const ATTACKS_MAX = 10_000;

/** One attack, as it went. */
export interface AttackTruth {
  readonly id: number;
  readonly pattern: AttackName;
  readonly b_number: string;
  /** RFC 3339. */
  readonly started_at: string;
  readonly calls: number;
  /** Whether a sidecar with the rule of five A-numbers in five seconds is to detect it. */
  readonly expected_detection: boolean;
  /** Calls of it that a client of the event socket has ended. */
  killed: number;
}

export interface TrafficTruth {
  /** Calls that belong to no attack. */
  readonly ordinary: { placed: number; killed: number };
  readonly attacks: readonly AttackTruth[];
  /** Milliseconds that were left out since the machine was too slow. */
  readonly skipped_ms: number;
  /** The most milliseconds that a call came late. */
  readonly late_ms_max: number;
}

type Act = 'answer' | 'hangUp';

export class TrafficPlayer {
  readonly #board: Switchboard;
  readonly #traffic: Traffic;
  readonly #agenda = new Map<number, (readonly [call: SimulatedCall, act: Act])[]>();
  readonly #attackOf = new WeakMap<CallPlan, AttackTruth>();
  readonly #attacks = new Map<number, AttackTruth>();
  readonly #ordinary = { placed: 0, killed: 0 };
  /** An attack begins. */
  onAttack: (attack: AttackTruth) => void = () => undefined;
  /** Steps played. */
  #step = 0;
  #skippedMs = 0;
  #lateMsMax = 0;

  constructor(board: Switchboard, traffic: Traffic) {
    this.#board = board;
    this.#traffic = traffic;
    board.watch({ killed: ({ plan }) => this.#countKilled(plan) });
  }

  get truth(): TrafficTruth {
    return {
      ordinary: this.#ordinary,
      attacks: [...this.#attacks.values()],
      skipped_ms: Math.round(this.#skippedMs),
      late_ms_max: Math.round(this.#lateMsMax),
    };
  }

  /** Plays what is due. @param elapsedMs since the start. @param nowMs of the epoch. */
  advance(elapsedMs: number, nowMs: number): void {
    const behindMs = elapsedMs - this.#skippedMs - this.#step * STEP_MS;
    this.#lateMsMax = Math.max(this.#lateMsMax, behindMs - STEP_MS);
    if (behindMs > BEHIND_MS_MAX) this.#skippedMs += behindMs - BEHIND_MS_MAX;
    const steps = Math.floor((elapsedMs - this.#skippedMs) / STEP_MS);
    while (this.#step < steps) this.#playStep(nowMs);
  }

  #playStep(nowMs: number): void {
    const step = this.#step++;
    for (const planned of this.#traffic.until((step + 1) * STEP_MS)) {
      if (planned.attack === undefined) this.#ordinary.placed++;
      else this.#attackOf.set(planned, this.#truthOf(planned.attack, nowMs));
      const call = this.#board.place(planned);
      const { ringMs, talkMs } = planned;
      if (talkMs > 0) this.#plan(step, ringMs, call, 'answer');
      this.#plan(step, ringMs + talkMs, call, 'hangUp');
    }
    for (const [call, act] of this.#agenda.get(step) ?? []) this.#board[act](call);
    this.#agenda.delete(step);
  }

  #plan(step: number, afterMs: number, call: SimulatedCall, act: Act): void {
    const due = step + Math.max(1, Math.ceil(afterMs / STEP_MS));
    const acts = this.#agenda.get(due);
    if (acts === undefined) this.#agenda.set(due, [[call, act]]);
    else acts.push([call, act]);
  }

  #truthOf({ id, pattern, bNumber, calls }: PlannedAttack, nowMs: number): AttackTruth {
    const known = this.#attacks.get(id);
    if (known !== undefined) return known;
    const truth: AttackTruth = {
      id,
      pattern,
      b_number: bNumber,
      started_at: new Date(nowMs).toISOString(),
      calls,
      expected_detection: ATTACK_PATTERNS[pattern].reachesThreshold,
      killed: 0,
    };
    this.#attacks.set(id, truth);
    this.onAttack(truth);
    if (this.#attacks.size > ATTACKS_MAX) this.#attacks.delete(this.#attacks.keys().next().value!);
    return truth;
  }

  #countKilled(plan: CallPlan): void {
    const attack = this.#attackOf.get(plan);
    if (attack === undefined) this.#ordinary.killed++;
    else attack.killed++;
  }
}
