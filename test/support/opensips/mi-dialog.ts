/** A dialog within the peer, and how mi_http writes it: the names and the order of fields are those of OpenSIPS 4.1. */

/** 1 unconfirmed, 2 early, 3 confirmed without ACK, 4 confirmed, 5 deleted. */
type DialogState = 1 | 2 | 3 | 4 | 5;

export interface MiDialog {
  readonly id: string;
  readonly callId: string;
  readonly fromTag: string;
  readonly fromUri: string;
  readonly toUri: string;
  /** What the script has noted, by name. */
  readonly values: Readonly<Record<string, string>>;
  /** Seconds since 1970 at the answer; 0 before it. */
  readonly answeredSeconds: number;
  state: DialogState;
  /** What caller and callee were told at the end, with the Reason where there was one. */
  readonly told: { caller: string; callee: string };
}

export function writeDialog(dialog: MiDialog, withContext: boolean): object {
  const { id, callId, fromTag, fromUri, toUri, values, answeredSeconds, state } = dialog;
  return {
    ID: id,
    db_id: '4402341478400',
    state,
    user_flags: '',
    timestart: answeredSeconds,
    ...(answeredSeconds === 0 ? {} : { datestart: '2026-11-25 03:12:13' }),
    timeout: answeredSeconds === 0 ? 0 : answeredSeconds + 43_200,
    callid: callId,
    from_uri: fromUri,
    to_uri: toUri,
    caller_tag: fromTag,
    caller_contact: 'sip:caller@127.0.0.1:5080',
    callee_cseq: '0',
    caller_route_set: '',
    caller_bind_addr: 'udp:127.0.0.1:5060',
    caller_sdp: 'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\n',
    CALLEES: [
      {
        callee_tag: 'callee',
        callee_contact: answeredSeconds === 0 ? '' : 'sip:callee@127.0.0.1:5081',
        caller_cseq: '1',
        callee_route_set: '',
        callee_bind_addr: 'udp:127.0.0.1:5060',
      },
    ],
    ...(withContext
      ? { context: { values: Object.entries(values).map(([key, value]) => ({ [key]: value })) } }
      : {}),
  };
}
