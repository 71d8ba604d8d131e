/** A dialog as Kamailio's dialog module writes it (RPC commands dlg.dlg_list and dlg.list; 5.5 and later). */
import type { CallState } from '../../admission/calls.js';
import { stageOf, textOf, variablesOf } from '../dialog-facts.js';
import { isObject } from '../json-object.js';

export interface DialogRecord {
  /** `hEntry:hId` */
  readonly identity: string;
  /** The place in Kamailio's table; both together name the dialog for as long as it lives. */
  readonly hEntry: number;
  readonly hId: number;
  readonly callId: string;
  readonly fromTag: string;
  /** '' before the answer. */
  readonly toTag: string;
  /** The number in the caller's CSeq, of the INVITE as long as the call is early. */
  readonly callerCseq: string;
  readonly stage: CallState | 'ended';
  readonly fromUri: string;
  readonly toUri: string;
  /** When the INVITE came, in whole seconds since 1970 by Kamailio's clock. */
  readonly initSeconds: number;
  /** What the script has noted with $dlg_var. */
  readonly variables: ReadonlyMap<string, string>;
  readonly callee: DialogLeg;
}

/** A dialog that is not over. */
export type LiveDialog = DialogRecord & { readonly stage: CallState };

/** Where requests within the dialog go on one side. */
export interface DialogLeg {
  readonly contact: string;
  /** Value of a Route header, '' for none. */
  readonly routeSet: string;
  /** Of Kamailio, for example `udp:127.0.0.1:5060`. */
  readonly socket: string;
}

/** @returns undefined for what is no dialog; dlg.dlg_list answers an empty object where there is none. */
export function readDialog(value: unknown): DialogRecord | undefined {
  if (!isObject(value)) return undefined;
  const { h_entry: hEntry, h_id: hId, state, init_ts: initSeconds, caller, callee } = value;
  if (!isCount(hEntry) || !isCount(hId) || !isCount(state)) return undefined;
  const [callerLeg, calleeLeg] = [isObject(caller) ? caller : {}, isObject(callee) ? callee : {}];
  return {
    identity: `${hEntry}:${hId}`,
    hEntry,
    hId,
    callId: textOf(value['call-id']),
    fromTag: textOf(callerLeg['tag']),
    toTag: textOf(calleeLeg['tag']),
    callerCseq: textOf(callerLeg['cseq']),
    stage: stageOf(state),
    fromUri: textOf(value['from_uri']),
    toUri: textOf(value['to_uri']),
    initSeconds: isCount(initSeconds) ? initSeconds : 0,
    variables: variablesOf(value['variables']),
    callee: {
      contact: textOf(calleeLeg['contact']),
      routeSet: textOf(calleeLeg['route_set']),
      socket: textOf(calleeLeg['socket']),
    },
  };
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0;
}
