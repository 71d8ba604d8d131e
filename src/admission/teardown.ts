/**
 * Teardown: ends calls through the switch that carries them, and repeats the order until the switch confirms or the
 * time is up. A call that one way cannot end is tried by the next way.
 */
import { randomUUID } from 'node:crypto';
import type { CallInProgress } from './calls.js';
import type { DisconnectOrder, DisconnectOutcome } from './disconnect.js';
import { type Incident, isHarmless } from './incident.js';
import type { Log, SwitchControl } from './ports.js';
import type { SipAnswer } from './reject-profile.js';

/** An order is repeated until this much time has passed, in milliseconds. */
const TEARDOWN_MS_MAX = 30_000;
const PAUSE_MS_MIN = 200;
const PAUSE_MS_MAX = 5_000;
/** Most calls being torn down at a time; further ones are counted as failed. */
const UNDER_WAY_MAX = 10_000;

export interface TeardownOptions {
  /** Ways of ending a call, the preferred one first. */
  readonly controls: readonly SwitchControl[];
  /** How the caller and the callee of a torn down call are told. */
  readonly answer: SipAnswer;
  readonly log: Log;
  /** Told once for each call and way, when it is settled. */
  readonly settled: (order: DisconnectOrder, control: string, outcome: DisconnectOutcome) => void;
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  /** A number in [0, 1). */
  readonly random: () => number;
}

export class Teardown {
  readonly #options: TeardownOptions;
  readonly #underWay = new Set<CallInProgress>();

  constructor(options: TeardownOptions) {
    this.#options = options;
  }

  get underWay(): number {
    return this.#underWay.size;
  }

  /** Orders the end of a call, unless that is under way already. Returns at once; never throws. */
  order(call: CallInProgress, incident: Incident): void {
    if (this.#underWay.has(call)) return;
    const order = this.#orderFor(call, incident);
    if (this.#underWay.size >= UNDER_WAY_MAX) {
      this.#options.settled(order, 'none', 'failed');
      return;
    }
    this.#underWay.add(call);
    void this.#run(order, incident).finally(() => this.#underWay.delete(call));
  }

  #orderFor({ switchId, callId, fromTag }: CallInProgress, { alertId }: Incident): DisconnectOrder {
    const { answer } = this.#options;
    return {
      disconnectId: randomUUID(),
      switchId,
      callId,
      fromTag,
      alertId,
      sipStatus: answer.status,
      sipReason: answer.phrase,
      reasonHeader: answer.reasonHeader,
    };
  }

  async #run(order: DisconnectOrder, incident: Incident): Promise<void> {
    const { log, settled } = this.#options;
    const { callId, alertId, switchId } = order;
    for (const control of this.#options.controls) {
      const outcome = await this.#insist(control, order, incident);
      settled(order, control.name, outcome);
      log.info({ callId, alertId, switchId, control: control.name, outcome }, 'teardown');
      if (outcome !== 'unsupported') return;
    }
  }

  /** Repeats the order to one control, with growing pauses, until it is settled, or nothing may be torn down any more. */
  async #insist(
    control: SwitchControl,
    order: DisconnectOrder,
    incident: Incident,
  ): Promise<DisconnectOutcome> {
    const { now, sleep, random } = this.#options;
    const deadline = now() + TEARDOWN_MS_MAX;
    for (let pauseMs = PAUSE_MS_MIN; ; pauseMs = Math.min(pauseMs * 2, PAUSE_MS_MAX)) {
      const outcome = await control.disconnect(order);
      if (outcome !== 'failed' || now() + pauseMs > deadline) return outcome;
      await sleep(pauseMs * (0.5 + random() / 2));
      if (isHarmless(incident)) return outcome;
    }
  }
}
