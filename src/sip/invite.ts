/** What an initial INVITE says about its call: who calls whom, from where, and which call it is. */
import { createHash } from 'node:crypto';
import { CALL_ID_MAX, NUMBER_MAX, TAG_MAX } from '../admission/call-attempt.js';
import type { Trunk, Trunks } from '../admission/trunks.js';
import { type NameAddr, parseNameAddr, parseNameAddrs } from './name-addr.js';
import type { SipRequest } from './stack.js';
import { hostOf, userOf } from './uri.js';

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

/** The Resource-Priority namespace of emergency calls (RFC 7135). `ets` and `wps` (RFC 4412) mark privileged callers. */
const EMERGENCY_NAMESPACE = /(^|,)\s*esnet\./i;

/** True for an INVITE within a dialog (a re-INVITE): its To has a tag (RFC 3261, section 12.2). */
export function isWithinDialog(req: SipRequest): boolean {
  return parseNameAddr(req.get('To') ?? '').params.has('tag');
}

/** Reads an initial INVITE. Never fails: a missing header field is an empty value. */
export function readInvite(req: SipRequest, trunks: Trunks): Invite {
  const sourceIp = req.source_address.replace(/^\[(.*)\]$/, '$1');
  const trunk = trunks.find('', sourceIp);
  const from = parseNameAddr(req.get('From') ?? '');
  return {
    callId: bounded(req.get('Call-ID') ?? '', CALL_ID_MAX),
    fromTag: bounded(from.params.get('tag') ?? '', TAG_MAX),
    aNumber: bounded(callerOf(req, from, trunk), NUMBER_MAX),
    bNumber: bounded(calleeOf(req, trunk), NUMBER_MAX),
    sourceIp,
    trunk,
    emergency: isEmergency(req),
  };
}

/** P-Asserted-Identity (RFC 3325) from a trunk that is trusted with it, else From. */
function callerOf(req: SipRequest, from: NameAddr, trunk: Trunk): string {
  const identities = trunk.trustIdentity ? parseNameAddrs(req.get('P-Asserted-Identity') ?? '') : [];
  return identities.map(({ uri }) => userOf(uri)).find((user) => user !== '') ?? userOf(from.uri);
}

/** The number first dialled, from a trunk that is trusted with it, else the Request-URI's. A URI without user is its host. */
function calleeOf(req: SipRequest, trunk: Trunk): string {
  const dialled = trunk.trustDiversion ? firstDialled(req) : '';
  return dialled || userOf(req.uri) || hostOf(req.uri);
}

/**
 * Each diversion puts its entry on top (RFC 5806, section 4.1), so the first is the last. History-Info (RFC 7044,
 * section 5) counts instead: index 1 is the first target.
 */
function firstDialled(req: SipRequest): string {
  const diversions = parseNameAddrs(req.get('Diversion') ?? '');
  const history = parseNameAddrs(req.get('History-Info') ?? '');
  const first = history.find(({ params }) => params.get('index') === '1');
  return userOf(diversions.at(-1)?.uri ?? '') || userOf(first?.uri ?? '');
}

/** Priority: emergency (RFC 3261, section 20.26), or Resource-Priority in the namespace of emergency calls. */
function isEmergency(req: SipRequest): boolean {
  const priority = req.get('Priority') ?? '';
  return (
    priority.trim().toLowerCase() === 'emergency' ||
    EMERGENCY_NAMESPACE.test(req.get('Resource-Priority') ?? '')
  );
}

/**
 * A value that breaks the contract's limits is replaced by its digest: the call still counts as one from this caller or
 * to this callee. An error instead would be a way around the count.
 */
function bounded(text: string, lengthMax: number): string {
  if (text.length <= lengthMax && !/\p{Cc}/u.test(text)) return text;
  return `sha256-${createHash('sha256').update(text).digest('hex')}`;
}
