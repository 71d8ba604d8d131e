/** The calls of the simulated switch, and what happens to them: placed, answered, ended by somebody. */
import { causeOfStatus } from './hangup-cause.js';
import type { SeededRandom } from './seeded-random.js';
import {
  type CallPlan,
  type HangupDisposition,
  isOver,
  type Leg,
  otherLegOf,
  type SimulatedCall,
} from './simulated-call.js';
import type { EventName } from './subscription.js';

export interface SwitchboardParts {
  readonly random: SeededRandom;
  /** Microseconds of the epoch. */
  readonly nowUs: () => number;
  /** Tells the clients. */
  readonly emit: (name: EventName, leg: Leg) => void;
  /** Puts something off until the command at hand is answered: a channel's events come from its own thread. */
  readonly defer: (work: () => void) => void;
}

/** Who hears of what becomes of calls without being a client. */
export interface CallWatcher {
  /** The callee has answered, so nobody has ended the call so far. */
  answered?(call: SimulatedCall): void;
  /** A client of the event socket has asked for the end of the call. */
  killed?(call: SimulatedCall): void;
}

/** How a leg ends. */
interface LegEnd {
  readonly leg: Leg;
  readonly cause: string;
  readonly disposition: HangupDisposition;
}

export class Switchboard {
  readonly #parts: SwitchboardParts;
  readonly #legs = new Map<string, Leg>();
  /** Channels since the start. */
  sessions = 0;
  /** The most channels at one time. */
  peak = 0;
  answered = 0;
  /** Calls that are over. */
  ended = 0;
  readonly #watchers: CallWatcher[] = [];

  constructor(parts: SwitchboardParts) {
    this.#parts = parts;
  }

  /** Channels, two for each call. */
  get size(): number {
    return this.#legs.size;
  }

  legs(): Iterable<Leg> {
    return this.#legs.values();
  }

  watch(watcher: CallWatcher): void {
    this.#watchers.push(watcher);
  }

  /** A channel that still takes commands. */
  find(uuid: string): Leg | undefined {
    const leg = this.#legs.get(uuid);
    return leg === undefined || leg.hangup !== undefined || leg.call.killed ? undefined : leg;
  }

  /** An INVITE comes in and is passed on: both legs are created, the callee's phone rings. */
  place(plan: CallPlan): SimulatedCall {
    const { random, nowUs, emit } = this.#parts;
    const call = {
      plan,
      callId: plan.callId ?? `${random.uuid()}@simulator`,
      fromTag: plan.fromTag ?? random.uuid().slice(0, 8),
      createdUs: nowUs(),
      answeredUs: 0,
      bridged: false,
      killed: false,
    } as { -readonly [K in keyof SimulatedCall]: SimulatedCall[K] };
    call.a = this.#createLeg(call, 'inbound');
    emit('CHANNEL_CREATE', call.a);
    call.b = this.#createLeg(call, 'outbound');
    emit('CHANNEL_CREATE', call.b);
    this.peak = Math.max(this.peak, this.size);
    return call;
  }

  /** The callee answers: his leg first, as in FreeSWITCH. */
  answer(call: SimulatedCall): void {
    if (call.answeredUs !== 0 || call.killed || call.a.hangup !== undefined) return;
    const { nowUs, emit } = this.#parts;
    call.answeredUs = nowUs();
    this.answered++;
    emit('CHANNEL_ANSWER', call.b);
    emit('CHANNEL_ANSWER', call.a);
    call.bridged = true;
    emit('CHANNEL_BRIDGE', call.a);
    for (const watcher of this.#watchers) watcher.answered?.(call);
  }

  /** One side hangs up: BYE, or CANCEL of the caller before the answer. */
  hangUp(call: SimulatedCall, by: 'caller' | 'callee' = 'caller'): void {
    if (call.killed) return;
    const { a, b } = call;
    if (call.answeredUs === 0)
      this.#end(
        { leg: a, cause: 'ORIGINATOR_CANCEL', disposition: 'recv_cancel' },
        { leg: b, cause: 'ORIGINATOR_CANCEL', disposition: 'send_cancel' },
      );
    else {
      const [first, second] = by === 'caller' ? [a, b] : [b, a];
      this.#end(
        { leg: first, cause: 'NORMAL_CLEARING', disposition: 'recv_bye' },
        { leg: second, cause: 'NORMAL_CLEARING', disposition: 'send_bye' },
      );
    }
  }

  /** `uuid_kill`: this leg with the cause, the other one as a consequence. */
  kill(leg: Leg, cause: string): void {
    const other = otherLegOf(leg);
    const { call } = leg;
    this.#killLater(call, () => {
      if (call.answeredUs !== 0)
        this.#end(
          { leg, cause, disposition: 'send_bye' },
          { leg: other, cause: 'NORMAL_CLEARING', disposition: 'send_bye' },
        );
      else if (leg === call.a)
        this.#end(
          { leg, cause, disposition: 'send_refuse' },
          { leg: other, cause: 'ORIGINATOR_CANCEL', disposition: 'send_cancel' },
        );
      else
        this.#end(
          { leg, cause, disposition: 'send_cancel' },
          { leg: other, cause, disposition: 'send_refuse' },
        );
    });
  }

  /** The `respond` application on the caller's leg: its final response before the answer, BYE after it. */
  respond({ call }: Leg, status: number): void {
    const cause = causeOfStatus(status);
    this.#killLater(call, () => {
      const early = call.answeredUs === 0;
      // The transfer takes the caller's leg away from the other one, which ends first.
      call.bridged = false;
      this.#end(
        {
          leg: call.b,
          cause: early ? 'ORIGINATOR_CANCEL' : 'NORMAL_CLEARING',
          disposition: early ? 'send_cancel' : 'send_bye',
        },
        { leg: call.a, cause, disposition: early ? 'send_refuse' : 'send_bye' },
      );
    });
  }

  #createLeg(call: SimulatedCall, direction: Leg['direction']): Leg {
    const leg: Leg = {
      uuid: this.#parts.random.uuid(),
      direction,
      sessionId: ++this.sessions,
      call,
      variables: undefined,
      hangup: undefined,
    };
    this.#legs.set(leg.uuid, leg);
    return leg;
  }

  #killLater(call: SimulatedCall, end: () => void): void {
    call.killed = true;
    for (const watcher of this.#watchers) watcher.killed?.(call);
    this.#parts.defer(end);
  }

  #end(...ends: readonly LegEnd[]): void {
    const { emit, nowUs } = this.#parts;
    for (const { leg, cause, disposition } of ends) {
      if (leg.hangup !== undefined) continue;
      leg.hangup = { cause, disposition, atUs: nowUs() };
      emit('CHANNEL_HANGUP', leg);
      emit('CHANNEL_HANGUP_COMPLETE', leg);
      emit('CHANNEL_DESTROY', leg);
      this.#legs.delete(leg.uuid);
      if (isOver(leg.call)) this.ended++;
    }
  }
}
