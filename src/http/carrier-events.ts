/** Events of a carrier's calls: what goes on meanwhile is checked out of path, and what has ended is let go. */
import { setImmediate as yieldTurn } from 'node:timers/promises';
import type { CallAttempt } from '../admission/call-attempt.js';
import type { CallIntake } from '../admission/call-intake.js';
import type { CallState } from '../admission/calls.js';
import type { Log } from '../admission/ports.js';
import { InvalidFieldError } from '../errors.js';
import { NAMELESS_SWITCH } from './call-handler.js';
import { type CarrierEvent, carrierEventSchema } from './carrier-schemas.js';
import { checkedItem } from './invalid-request.js';
import type { Problem } from './problem.js';
import { problemOf } from './status.js';

/** Events taken before others may be answered: a quarter of a millisecond. */
const EVENTS_PER_TURN = 25;

const STATES: Readonly<Record<CarrierEvent['status'], CallState | 'ended'>> = {
  ringing: 'ringing',
  active: 'answered',
  completed: 'ended',
  disconnected: 'ended',
};

export interface EventError {
  readonly index: number;
  readonly error: Problem;
}

export class CarrierEvents {
  constructor(
    private readonly intake: Pick<CallIntake, 'observe' | 'report'>,
    private readonly log: Log,
  ) {}

  /** A call that is to be rejected is torn down through the switch that carries it. @throws InvalidFieldError */
  take(event: CarrierEvent): void {
    const attempt = attemptOf(event);
    const state = STATES[event.status];
    try {
      if (state === 'ended') this.intake.report({ ...attempt, state, ageMs: 0 });
      else this.intake.observe(attempt, state);
    } catch (error) {
      throw withCarrierName(error);
    }
  }

  /** Each by itself, in their order. @returns what is wrong with those that were not taken. */
  async takeAll(events: readonly unknown[]): Promise<EventError[]> {
    const errors: EventError[] = [];
    for (const [index, event] of events.entries()) {
      if (index % EVENTS_PER_TURN === EVENTS_PER_TURN - 1) await yieldTurn();
      try {
        this.take(checkedItem(carrierEventSchema, event));
      } catch (error) {
        const problem = problemOf(error);
        if (problem.status === 500) this.log.error({ err: error }, 'an event of a batch failed');
        errors.push({ index, error: problem });
      }
    }
    return errors;
  }
}

function attemptOf(event: CarrierEvent): CallAttempt {
  return {
    callId: event.call_id,
    fromTag: '',
    aNumber: event.a_number,
    bNumber: event.b_number,
    sourceIp: event.source_ip ?? '',
    switchId: event.switch_id || NAMELESS_SWITCH,
    trunk: event.carrier_id ?? '',
    emergency: false,
  };
}

/** Admission knows the carrier as a trunk. */
function withCarrierName(error: unknown): unknown {
  return error instanceof InvalidFieldError && error.field === 'trunk'
    ? new InvalidFieldError('carrier_id', error.complaint)
    : error;
}
