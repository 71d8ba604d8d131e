/** A call through the simulated switch: the caller's leg, and the leg to the callee that it is bridged to. */

/** What a call is; texts go into the events as they are. */
export interface CallPlan {
  /** User of the From header, and caller id. */
  readonly aNumber: string;
  /** User of the Request-URI. */
  readonly bNumber: string;
  /** Address that the INVITE came from. Default 127.0.0.1. */
  readonly sourceIp?: string;
  /** SIP Call-ID. Default: one of its own. */
  readonly callId?: string;
  /** Tag of the From header. Default: one of its own. */
  readonly fromTag?: string;
  /** The caller id where it is not the From user: P-Asserted-Identity or Remote-Party-ID override it. */
  readonly callerId?: string;
  /** More channel variables of the caller's leg, without `variable_`. */
  readonly variables?: Readonly<Record<string, string>>;
}

/** Whose act ended a leg, as `sip_hangup_disposition` has it. */
export type HangupDisposition = 'send_bye' | 'recv_bye' | 'send_refuse' | 'send_cancel' | 'recv_cancel';

export interface Leg {
  readonly uuid: string;
  readonly direction: 'inbound' | 'outbound';
  /** Counts channels since the start. */
  readonly sessionId: number;
  readonly call: SimulatedCall;
  /** Set by uuid_setvar; undefined until something is. */
  variables: Map<string, string> | undefined;
  hangup:
    | { readonly cause: string; readonly disposition: HangupDisposition; readonly atUs: number }
    | undefined;
}

export interface SimulatedCall {
  readonly plan: CallPlan;
  readonly callId: string;
  readonly fromTag: string;
  /** The leg from the caller. */
  readonly a: Leg;
  /** The leg to the callee; it comes after the other one. */
  readonly b: Leg;
  /** Microseconds of the epoch, as everywhere in FreeSWITCH's events. */
  readonly createdUs: number;
  /** 0 until it is answered. */
  answeredUs: number;
  /** The two legs hear each other; from then on the caller's leg names the other one. */
  bridged: boolean;
  /** A client of the event socket has asked for its end. */
  killed: boolean;
}

export function otherLegOf(leg: Leg): Leg {
  return leg === leg.call.a ? leg.call.b : leg.call.a;
}

export function isOver({ a, b }: SimulatedCall): boolean {
  return a.hangup !== undefined && b.hangup !== undefined;
}
