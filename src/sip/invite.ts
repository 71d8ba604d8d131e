/** What an initial INVITE says about its call: who calls whom, from where, and which call it is. */
import { CALL_ID_MAX, TAG_MAX } from '../admission/call-attempt.js';
import type { Trunk, Trunks } from '../admission/trunks.js';
import { bounded, readCallParties } from '../sip-headers/call-parties.js';
import { parseNameAddr } from '../sip-headers/name-addr.js';
import type { SipRequest } from './stack.js';

/** One call attempt, within the limits of the contract (detection.proto). */
export interface Invite {
  readonly callId: string;
  readonly fromTag: string;
  readonly aNumber: string;
  readonly bNumber: string;
  /** Without brackets or port. */
  readonly sourceIp: string;
  readonly trunk: Trunk;
  readonly emergency: boolean;
}

/** True for an INVITE within a dialog (a re-INVITE): its To has a tag (RFC 3261, section 12.2). */
export function isWithinDialog(req: SipRequest): boolean {
  return parseNameAddr(req.get('To') ?? '').params.has('tag');
}

/** Reads an initial INVITE. Never fails: a missing header field is an empty value. */
export function readInvite(req: SipRequest, trunks: Trunks): Invite {
  const sourceIp = req.source_address.replace(/^\[(.*)\]$/, '$1');
  const trunk = trunks.find('', sourceIp);
  const field = (name: string): string => req.get(name) ?? '';
  const from = field('From');
  const parties = readCallParties(
    {
      requestUri: req.uri,
      from,
      assertedIdentity: field('P-Asserted-Identity'),
      diversion: field('Diversion'),
      historyInfo: field('History-Info'),
      priority: field('Priority'),
      resourcePriority: field('Resource-Priority'),
    },
    trunk,
  );
  return {
    callId: bounded(field('Call-ID'), CALL_ID_MAX),
    fromTag: bounded(parseNameAddr(from).params.get('tag') ?? '', TAG_MAX),
    ...parties,
    sourceIp,
    trunk,
  };
}
