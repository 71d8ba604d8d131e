/** The end of one call, as it is ordered from a switch and confirmed by it. */

/** What became of the attempt to end a call. */
export type DisconnectOutcome =
  /** The call was there and the switch has confirmed its end. */
  | 'ended'
  /** There is no such call any more. */
  | 'gone'
  /** This way of connecting cannot end the call. */
  | 'unsupported'
  /** It did not work this time. */
  | 'failed';

export const DISCONNECT_OUTCOMES: readonly DisconnectOutcome[] = ['ended', 'gone', 'unsupported', 'failed'];

/** The order to end one call. */
export interface DisconnectOrder {
  /** Stays the same when the order is repeated. */
  readonly disconnectId: string;
  readonly switchId: string;
  readonly callId: string;
  readonly fromTag: string;
  readonly alertId: string;
  /** Final response for a call that has not been answered. */
  readonly sipStatus: number;
  readonly sipReason: string;
  /** Value of the Reason header field (RFC 3326) for the final response, CANCEL and BYE. */
  readonly reasonHeader: string;
}
