/** Writes down that somebody has ordered the end of calls: in the audit log, or at least in the log of the sidecar. */
import { AcmError } from '../errors.js';
import type { Actor } from './access.js';
import type { AuditNote } from './audit-chain.js';
import { callerName } from './caller-key.js';
import type { CallInProgress } from './calls.js';
import type { AdmissionState } from './check-call.js';
import type { Log } from './ports.js';
import { redactNumber, redactNumbersIn } from './redaction.js';
import type { ActLog } from './store-ports.js';

/** One call whose end is ordered. */
export interface OrderedEnd {
  readonly callId: string;
  /** Undefined for one that is known to the switches only. */
  readonly call: CallInProgress | undefined;
}

export interface DisconnectReason {
  /** '' for none. */
  readonly alertId: string;
  /** In words; '' for none. */
  readonly reason: string;
}

export interface DisconnectActsParts {
  readonly acts: ActLog;
  readonly keys: Pick<AdmissionState['keys'], 'textOf'>;
  readonly log: Log;
  readonly now: () => Date;
}

export class DisconnectActs {
  constructor(private readonly parts: DisconnectActsParts) {}

  /** Calls matter more than what is written of them: this never rejects. Reads the calls before it returns. */
  async writeDown(orders: readonly OrderedEnd[], why: DisconnectReason, by: Actor): Promise<void> {
    const { acts, log, now } = this.parts;
    if (orders.length === 0) return;
    const { alertId } = why;
    const reason = redactNumbersIn(why.reason);
    const notes = orders.map((order) => this.#noteOf(order, { alertId, reason }));
    const told = { ...by, calls: orders.length, alertId, reason };
    log.info(told, 'somebody has ordered the end of calls');
    try {
      await acts.write(notes, by, now());
    } catch (error) {
      const callIds = orders.map(({ callId }) => callId);
      if (!(error instanceof AcmError)) log.error({ err: error }, 'an entry of the audit log failed');
      const complaint = error instanceof AcmError ? error.message : 'a defect';
      log.warn({ ...told, callIds, complaint }, 'the audit log cannot say who has ordered the end of calls');
    }
  }

  /** Numbers are redacted, since the store may be one that holds no whole ones. */
  #noteOf({ callId, call }: OrderedEnd, { alertId, reason }: DisconnectReason): AuditNote {
    return {
      action: 'call.disconnect',
      target: callId,
      before: call === undefined ? null : this.#stateOf(call),
      after: { ending: true, reason, ...(alertId === '' ? {} : { alert_id: alertId }) },
    };
  }

  #stateOf({ aKey, bKey, switchId, state }: CallInProgress): object {
    const { keys } = this.parts;
    return {
      a_number: redactNumber(callerName(keys.textOf(aKey))),
      b_number: redactNumber(keys.textOf(bKey)),
      switch_id: switchId,
      state,
    };
  }
}
