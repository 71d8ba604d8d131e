/** Answers what Kamailio asks and takes what it tells, over its event socket. */
import type { CallIntake } from '../../admission/call-intake.js';
import type { Log } from '../../admission/ports.js';
import type { SwitchFigures } from '../../admission/switch-figures.js';
import type { Trunks } from '../../admission/trunks.js';
import { AcmError } from '../../errors.js';
import { readCallParties } from '../../sip-headers/call-parties.js';
import {
  type CheckMessage,
  parseEvapiMessage,
  type StateMessage,
  suspendedIn,
  unscreenedMessage,
  verdictMessage,
} from './evapi-messages.js';
import type { Staleness } from './evapi-staleness.js';

export interface EvapiDeskParts {
  readonly intake: Pick<CallIntake, 'screen' | 'observe' | 'report'>;
  /** How far the numbers of a call are trusted. */
  readonly trunks: Trunks;
  readonly switchId: string;
  readonly staleness: Staleness;
  readonly figures: SwitchFigures;
  readonly log: Log;
  /** Monotonic milliseconds. */
  readonly nowMs: () => number;
}

export class EvapiDesk {
  readonly #parts: EvapiDeskParts;

  constructor(parts: EvapiDeskParts) {
    this.#parts = parts;
  }

  /** @returns the answer, if somebody waits for one. Never throws. */
  take(payload: string): string | undefined {
    const { figures, log } = this.#parts;
    figures.events++;
    const message = parseEvapiMessage(payload);
    try {
      if (message?.type === 'check') return this.#check(message);
      if (message !== undefined) return this.#follow(message);
    } catch (error) {
      return this.#complain(payload, error);
    }
    figures.drop('malformed');
    log.debug({ length: payload.length }, 'Kamailio sent a message that makes no sense');
    const suspended = suspendedIn(payload);
    return suspended && unscreenedMessage(suspended, 'the message makes no sense');
  }

  #check(message: CheckMessage): string | undefined {
    const { intake, trunks, switchId, staleness, figures, nowMs } = this.#parts;
    const { suspended, callId, fromTag, sourceIp, trunk: named } = message;
    if (staleness.isStale(message.sentMs, nowMs())) {
      figures.drop('overload');
      return undefined;
    }
    const trunk = trunks.find(named, sourceIp);
    const parties = readCallParties(message.fields, trunk);
    const attempt = { callId, fromTag, ...parties, sourceIp, switchId, trunk: named || trunk.name };
    if (suspended === undefined) {
      intake.observe(attempt, 'ringing');
      return undefined;
    }
    const checked = intake.screen(attempt);
    return verdictMessage(suspended, checked.decision, checked.answer);
  }

  #follow({ callId, fromTag, aNumber, bNumber, sourceIp, state }: StateMessage): undefined {
    const { intake, switchId } = this.#parts;
    const call = { callId, fromTag, aNumber, bNumber, sourceIp, switchId };
    intake.report({ ...call, trunk: '', emergency: false, state, ageMs: 0 });
  }

  /** What is wrong with a call must not hold it up. */
  #complain(payload: string, error: unknown): string | undefined {
    const { figures, log } = this.#parts;
    figures.drop('malformed');
    if (error instanceof AcmError)
      log.debug({ complaint: error.message }, 'Kamailio told of a call that breaks a limit');
    else log.error({ err: error }, 'a message of Kamailio could not be handled');
    const suspended = suspendedIn(payload);
    return (
      suspended && unscreenedMessage(suspended, error instanceof AcmError ? error.message : 'internal error')
    );
  }
}
