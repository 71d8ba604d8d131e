import { type LiveDialog, readDialog } from '../../../src/switches/kamailio/dialog-record.js';

/** As Kamailio 5.6.3 writes an answered one. */
export const WRITTEN_DIALOG = {
  h_entry: 3942,
  h_id: 945,
  ref: 2,
  'call-id': 'call-1',
  from_uri: 'sip:+49301@192.0.2.7',
  to_uri: 'sip:+49302@192.0.2.1',
  state: 4,
  start_ts: 1_795_576_532,
  init_ts: 1_795_576_530,
  end_ts: 0,
  duration: 0,
  timeout: 1_795_619_732,
  lifetime: 43_200,
  dflags: 643,
  sflags: 0,
  iflags: 0,
  caller: {
    tag: 'tag-a',
    contact: 'sip:+49301@192.0.2.7:5061',
    cseq: '101',
    route_set: '',
    socket: 'udp:192.0.2.1:5060',
  },
  callee: {
    tag: 'tag-b',
    contact: 'sip:callee@192.0.2.9:5062',
    cseq: '0',
    route_set: '',
    socket: 'udp:192.0.2.1:5060',
  },
  profiles: [],
  variables: [{ acm_ip: '192.0.2.7' }, { acm_b: '+4930200' }, { acm_a: '+4930100' }],
};

/** As Kamailio 5.6.3 writes one that rings: the callee is unknown yet. */
export const WRITTEN_EARLY_DIALOG = {
  ...WRITTEN_DIALOG,
  h_id: 946,
  'call-id': 'call-2',
  state: 2,
  start_ts: 0,
  timeout: 0,
  callee: { tag: null, contact: null, cseq: null, route_set: null, socket: null },
  variables: [],
};

export function aDialog(written: object = WRITTEN_DIALOG): LiveDialog {
  return readDialog(written) as LiveDialog;
}
