/** What the dialog modules of Kamailio and OpenSIPS, which have one origin, write alike; and what our scripts note in them. */
import type { CallState } from '../admission/calls.js';
import type { ListedCall } from '../admission/switch-ports.js';
import { userOf } from '../sip-headers/uri.js';
import { isObject } from './json-object.js';

/** States of the dialog module, dlg_hash.h: 1 and 2 before the answer, 3 until the ACK, 4 after it, 5 ended. */
const EARLY_STATE_MAX = 2;
const ENDED_STATE = 5;

/** What the scripts in sidecar/kamailio and sidecar/opensips note about each call. */
const A_VARIABLE = 'acm_a';
const B_VARIABLE = 'acm_b';
const SOURCE_VARIABLE = 'acm_ip';

export function stageOf(state: number): CallState | 'ended' {
  if (state >= ENDED_STATE) return 'ended';
  return state <= EARLY_STATE_MAX ? 'ringing' : 'answered';
}

/** Variables of a dialog: `[{"acm_a": "+49301"}, {"count": 3}]`. */
export function variablesOf(value: unknown): Map<string, string> {
  const pairs = Array.isArray(value) ? value.filter(isObject).flatMap((each) => Object.entries(each)) : [];
  return new Map(
    pairs.map(([name, noted]) => [name, typeof noted === 'number' ? String(noted) : textOf(noted)]),
  );
}

/** What is not there is null. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** Who calls whom, and from where, as the script has noted it; otherwise by the URIs of From and To. */
export function partiesOf(dialog: {
  readonly variables: ReadonlyMap<string, string>;
  readonly fromUri: string;
  readonly toUri: string;
}): Pick<ListedCall, 'aNumber' | 'bNumber' | 'sourceIp'> {
  const { variables, fromUri, toUri } = dialog;
  return {
    aNumber: variables.get(A_VARIABLE) ?? userOf(fromUri),
    bNumber: variables.get(B_VARIABLE) ?? userOf(toUri),
    sourceIp: variables.get(SOURCE_VARIABLE) ?? '',
  };
}
