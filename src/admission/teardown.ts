/**
 * Teardown: ends calls through the switch that carries them, and repeats the order until the switch confirms or the
 * time is up. A call that one way cannot end, or has not got, is tried by the next way.
 */
import { randomUUID } from 'node:crypto';
import type { CallInProgress, Calls } from './calls.js';
import type { DisconnectOrder, DisconnectOutcome } from './disconnect.js';
import type { Incident } from './incident.js';
import { isHarmless } from './incident-effect.js';
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
  /** A call that is over is forgotten there: the switch may not report the end of one that it was told to end. */
  readonly calls: Pick<Calls, 'end'>;
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

/** Why a call is torn down. */
export interface TeardownCause {
  /** '' for a call that no alert is about. */
  readonly alertId: string;
  /** True once nothing may be torn down on this account any more. */
  isOver(): boolean;
}

export function causeOf(incident: Incident): TeardownCause {
  return { alertId: incident.alertId, isOver: () => isHarmless(incident) };
}

/** What it takes to name a call to a switch. */
export type CallToEnd = Pick<CallInProgress, 'callId' | 'fromTag' | 'switchId'>;

export class Teardown {
  readonly #options: TeardownOptions;
  readonly #underWay = new Map<string, Promise<DisconnectOutcome>>();

  constructor(options: TeardownOptions) {
    this.#options = options;
  }

  get underWay(): number {
    return this.#underWay.size;
  }

  /** Whether the end of a call is ordered and not settled yet. */
  isUnderWay(call: CallToEnd): boolean {
    return this.#underWay.has(identityOf(call));
  }

  /**
   * Orders the end of a call, unless that is under way already. Returns at once.
   * @returns what became of it, at the latest when every way has had its time; never rejects.
   */
  order(call: CallToEnd, cause: TeardownCause): Promise<DisconnectOutcome> {
    const identity = identityOf(call);
    const before = this.#underWay.get(identity);
    if (before !== undefined) return before;
    const order = this.#orderFor(call, cause.alertId);
    if (this.#underWay.size >= UNDER_WAY_MAX) {
      this.#options.settled(order, 'none', 'failed');
      return Promise.resolve('failed');
    }
    const outcome = this.#run(order, cause).finally(() => this.#underWay.delete(identity));
    this.#underWay.set(identity, outcome);
    return outcome;
  }

  #orderFor({ switchId, callId, fromTag }: CallToEnd, alertId: string): DisconnectOrder {
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

  /** Asks each way in turn, in rounds with growing pauses, until one has ended the call or none is left that may. */
  async #run(order: DisconnectOrder, cause: TeardownCause): Promise<DisconnectOutcome> {
    const { controls, now, sleep, random } = this.#options;
    const carriers = controls.filter((control) => control.carries(order.switchId));
    let left = carriers.length > 0 ? carriers : controls;
    let answers: Answer[] = [];
    const deadline = now() + TEARDOWN_MS_MAX;
    for (let pauseMs = PAUSE_MS_MIN; ; pauseMs = Math.min(pauseMs * 2, PAUSE_MS_MAX)) {
      const round = await askEach(left, order);
      answers = [...answers.filter(({ control }) => !left.includes(control)), ...round];
      left = round.filter(({ outcome }) => outcome === 'failed').map(({ control }) => control);
      const isEnded = round.at(-1)?.outcome === 'ended';
      if (isEnded || left.length === 0 || now() + pauseMs > deadline) break;
      await sleep(pauseMs * (0.5 + random() / 2));
      if (cause.isOver()) break;
    }
    return this.#conclude(order, answers);
  }

  /** Each way that cannot end calls is told of; of the others the one that knows most. */
  #conclude(order: DisconnectOrder, answers: readonly Answer[]): DisconnectOutcome {
    for (const { control, outcome } of answers)
      if (outcome === 'unsupported') this.#settle(order, control.name, outcome);
    const decisive = DECISIVE.map((each) => answers.find(({ outcome }) => outcome === each)).find(Boolean);
    if (decisive === undefined) return 'unsupported';
    const { control, outcome } = decisive;
    this.#settle(order, control.name, outcome);
    if (outcome !== 'failed') this.#options.calls.end(order.callId, order.fromTag, this.#options.now());
    return outcome;
  }

  #settle(order: DisconnectOrder, control: string, outcome: DisconnectOutcome): void {
    const { log, settled } = this.#options;
    const { callId, alertId, switchId } = order;
    settled(order, control, outcome);
    log.info({ callId, alertId, switchId, control, outcome }, 'teardown');
  }
}

function identityOf({ switchId, callId, fromTag }: CallToEnd): string {
  return `${switchId}\n${callId}\n${fromTag}`;
}

/** What one way has said at last. */
interface Answer {
  readonly control: SwitchControl;
  readonly outcome: DisconnectOutcome;
}

/** That one way has not got the call says little while another, which may have it, does not answer. */
const DECISIVE: readonly DisconnectOutcome[] = ['ended', 'failed', 'gone'];

/** Until one has ended the call. */
async function askEach(controls: readonly SwitchControl[], order: DisconnectOrder): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (const control of controls) {
    const outcome = await control.disconnect(order);
    answers.push({ control, outcome });
    if (outcome === 'ended') break;
  }
  return answers;
}
