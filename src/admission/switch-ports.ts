/** What a connector to a switch is to admission: where its calls come in, how they are listed, how they are ended. */
import type { CallIntake } from './call-intake.js';
import type { CallState } from './calls.js';
import type { SwitchControl } from './ports.js';
import type { SwitchFigures } from './switch-figures.js';

/** A call in progress, as a switch lists it. Texts are as the switch wrote them; '' stands for absent. */
export interface ListedCall {
  /** SIP Call-ID of the caller's leg. */
  readonly callId: string;
  /** As in the reports about the same call. */
  readonly fromTag: string;
  readonly aNumber: string;
  readonly bNumber: string;
  readonly sourceIp: string;
  readonly state: CallState;
  /** How long ago the INVITE came, in milliseconds. */
  readonly ageMs: number;
}

/** The calls that a switch carries. */
export interface CallListing {
  readonly calls: readonly ListedCall[];
  /** False where the switch has more than were listed: what is missing may be there all the same. */
  readonly complete: boolean;
}

/** A control that can say which calls its switch carries. */
export interface CallLister {
  /** The `switch_id` of these calls. */
  readonly switchId: string;
  /** A call whose end has been heard while the list was made is not in it. @throws AcmError ACM_UNAVAILABLE */
  listCalls(): Promise<CallListing>;
}

/** One switch as the sidecar is joined to it: what it tells goes to the intake, and calls are ended through its control. */
export interface SwitchConnector {
  readonly figures: SwitchFigures;
  /** Absent where only calls come in by this way. */
  readonly control?: SwitchControl;
  /** Absent where the switch cannot list its calls by this way. */
  readonly lister?: CallLister;
  /**
   * Connects, now and after every loss.
   * @param connected to be called each time that the calls of the switch should be read.
   * @throws AcmError if it cannot listen where it should; a switch that is away is no reason.
   */
  start(intake: CallIntake, connected: () => void): Promise<void>;
  /** Takes nothing more; resolves when its connections are closed. */
  stop(): Promise<void>;
}
