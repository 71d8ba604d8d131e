/** Who calls whom, as the header fields of an initial INVITE say it, and as far as the trunk that it came by is trusted. */
import { createHash } from 'node:crypto';
import { NUMBER_MAX } from '../admission/call-attempt.js';
import type { Trunk } from '../admission/trunks.js';
import { parseNameAddr, parseNameAddrs } from './name-addr.js';
import { hostOf, userOf } from './uri.js';

/** Values of header fields; '' for one that is absent, several of one name joined by commas. */
export interface InviteFields {
  readonly requestUri: string;
  readonly from: string;
  readonly assertedIdentity: string;
  readonly diversion: string;
  readonly historyInfo: string;
  readonly priority: string;
  readonly resourcePriority: string;
}

export interface CallParties {
  readonly aNumber: string;
  readonly bNumber: string;
  readonly emergency: boolean;
}

/** The Resource-Priority namespace of emergency calls (RFC 7135). `ets` and `wps` (RFC 4412) mark privileged callers. */
const EMERGENCY_NAMESPACE = /(^|,)\s*esnet\./i;

/** Within the limits of the contract (detection.proto). */
export function readCallParties(fields: InviteFields, trunk: Trunk): CallParties {
  return {
    aNumber: bounded(callerOf(fields, trunk), NUMBER_MAX),
    bNumber: bounded(calleeOf(fields, trunk), NUMBER_MAX),
    emergency: isEmergency(fields),
  };
}

/**
 * A value that breaks the contract's limits is replaced by its digest: the call still counts as one from this caller or
 * to this callee. An error instead would be a way around the count.
 */
export function bounded(text: string, lengthMax: number): string {
  if (text.length <= lengthMax && !/\p{Cc}/u.test(text)) return text;
  return `sha256-${createHash('sha256').update(text).digest('hex')}`;
}

/** P-Asserted-Identity (RFC 3325) from a trunk that is trusted with it, else From. */
function callerOf({ assertedIdentity, from }: InviteFields, { trustIdentity }: Trunk): string {
  const identities = trustIdentity ? parseNameAddrs(assertedIdentity) : [];
  const asserted = identities.map(({ uri }) => userOf(uri)).find((user) => user !== '');
  return asserted ?? userOf(parseNameAddr(from).uri);
}

/** The number first dialled, from a trunk that is trusted with it, else the Request-URI's. A URI without user is its host. */
function calleeOf(fields: InviteFields, { trustDiversion }: Trunk): string {
  const dialled = trustDiversion ? firstDialled(fields) : '';
  return dialled || userOf(fields.requestUri) || hostOf(fields.requestUri);
}

/**
 * Each diversion puts its entry on top (RFC 5806, section 4.1), so the first is the last. History-Info (RFC 7044,
 * section 5) counts instead: index 1 is the first target.
 */
function firstDialled({ diversion, historyInfo }: InviteFields): string {
  const diversions = parseNameAddrs(diversion);
  const history = parseNameAddrs(historyInfo);
  const first = history.find(({ params }) => params.get('index') === '1');
  return userOf(diversions.at(-1)?.uri ?? '') || userOf(first?.uri ?? '');
}

/** Priority: emergency (RFC 3261, section 20.26), or Resource-Priority in the namespace of emergency calls. */
function isEmergency({ priority, resourcePriority }: InviteFields): boolean {
  return priority.trim().toLowerCase() === 'emergency' || EMERGENCY_NAMESPACE.test(resourcePriority);
}
