/**
 * The messages between the sidecar and sidecar/kamailio/kamailio-evapi.cfg, one JSON object each. The module has no
 * schema of its own; this is ours.
 *
 * From Kamailio. All texts are the base64 of bytes as they stand in the SIP message, so that nothing that a caller writes
 * can break the JSON; '' is absent.
 *
 *     {"type": "check", "at": seconds.microseconds, "tindex": n, "tlabel": n, "call_id", "from_tag", "source_ip", "trunk",
 *      "request_uri", "from", "p_asserted_identity", "diversion", "history_info", "priority", "resource_priority"}
 *
 * is an initial INVITE; `from` is the URI alone. Its transaction, which `tindex` and `tlabel` name, is suspended until the
 * verdict comes or Kamailio's patience is over; without them the call goes on at once (an emergency) and nobody waits.
 *
 *     {"type": "state", "state": "answered" | "ended", "call_id", "from_tag", "a", "b", "source_ip"}
 *
 * is what has become of a call, by its dialog; `a` and `b` are user parts.
 *
 * To Kamailio, texts as they are:
 *
 *     {"type": "verdict", "tindex": n, "tlabel": n, "verdict": "allow" | "observe" | "reject", "screened": 1 | 0}
 *
 * and with `reject` also `"status": n, "phrase", "reason", "call_info"`: the final response, and the values of its Reason and
 * Call-Info, '' for none. Not screened, with an `error` for people: the call could not be checked, and goes on. And `{}`, which
 * only says that something was heard.
 */
import { CALL_ID_MAX, TAG_MAX } from '../../admission/call-attempt.js';
import type { SipAnswer } from '../../admission/reject-profile.js';
import type { Decision } from '../../detection/verdict.js';
import { bounded, type InviteFields } from '../../sip-headers/call-parties.js';
import { userOf } from '../../sip-headers/uri.js';

/** A suspended transaction, by what names it in Kamailio's tm. */
export interface Suspended {
  readonly tindex: number;
  readonly tlabel: number;
}

interface ToldCall {
  readonly callId: string;
  readonly fromTag: string;
  readonly sourceIp: string;
}

export interface CheckMessage extends ToldCall {
  readonly type: 'check';
  /** Undefined where nobody waits. */
  readonly suspended: Suspended | undefined;
  /** Kamailio's clock, in milliseconds; NaN where it did not say. */
  readonly sentMs: number;
  readonly trunk: string;
  readonly fields: InviteFields;
}

export interface StateMessage extends ToldCall {
  readonly type: 'state';
  readonly state: 'answered' | 'ended';
  readonly aNumber: string;
  readonly bNumber: string;
}

/** What was told, or undefined if it makes no sense. */
export function parseEvapiMessage(payload: string): CheckMessage | StateMessage | undefined {
  let message: unknown;
  try {
    message = JSON.parse(payload);
  } catch {
    return undefined;
  }
  if (typeof message !== 'object' || message === null) return undefined;
  const told = message as Readonly<Record<string, unknown>>;
  if (told['type'] === 'check') return checkOf(told);
  return told['type'] === 'state' ? stateOf(told) : undefined;
}

/** Who waits for an answer to a message that makes no sense otherwise. */
export function suspendedIn(payload: string): Suspended | undefined {
  const [tindex, tlabel] = ['tindex', 'tlabel'].map((name) =>
    new RegExp(`"${name}"\\s*:\\s*(\\d{1,10})\\b`).exec(payload)?.at(1),
  );
  return suspendedOf(Number(tindex), Number(tlabel));
}

export function verdictMessage(suspended: Suspended, verdict: Decision, answer: SipAnswer): string {
  const { status, phrase, reasonHeader, callInfo = '' } = answer;
  const rejection = verdict === 'reject' ? { status, phrase, reason: reasonHeader, call_info: callInfo } : {};
  return JSON.stringify({ type: 'verdict', ...suspended, verdict, screened: 1, ...rejection });
}

/** The call goes on unchecked. */
export function unscreenedMessage(suspended: Suspended, error: string): string {
  return JSON.stringify({ type: 'verdict', ...suspended, verdict: 'allow', screened: 0, error });
}

type Told = Readonly<Record<string, unknown>>;

function checkOf(told: Told): CheckMessage {
  return {
    type: 'check',
    ...callOf(told),
    suspended: suspendedOf(told['tindex'], told['tlabel']),
    sentMs: typeof told['at'] === 'number' ? told['at'] * 1_000 : Number.NaN,
    trunk: textOf(told['trunk']),
    fields: {
      requestUri: textOf(told['request_uri']),
      from: textOf(told['from']),
      assertedIdentity: textOf(told['p_asserted_identity']),
      diversion: textOf(told['diversion']),
      historyInfo: textOf(told['history_info']),
      priority: textOf(told['priority']),
      resourcePriority: textOf(told['resource_priority']),
    },
  };
}

function stateOf(told: Told): StateMessage | undefined {
  const { state } = told;
  if (state !== 'answered' && state !== 'ended') return undefined;
  const [aNumber, bNumber] = [told['a'], told['b']].map((user) => userOf(`sip:${textOf(user)}@`));
  return { type: 'state', state, ...callOf(told), aNumber: aNumber!, bNumber: bNumber! };
}

function callOf(told: Told): ToldCall {
  return {
    callId: bounded(textOf(told['call_id']), CALL_ID_MAX),
    fromTag: bounded(textOf(told['from_tag']), TAG_MAX),
    sourceIp: textOf(told['source_ip']).replace(/^\[(.*)\]$/, '$1'),
  };
}

function suspendedOf(tindex: unknown, tlabel: unknown): Suspended | undefined {
  return isId(tindex) && isId(tlabel) ? { tindex, tlabel } : undefined;
}

function isId(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) < 2 ** 32;
}

/** Base64 undone. Bytes that are no UTF-8 are read as Latin-1, so that two callers do not become one. */
function textOf(value: unknown): string {
  if (typeof value !== 'string' || value === '') return '';
  const bytes = Buffer.from(value, 'base64');
  const text = bytes.toString('utf8');
  return text.includes('\ufffd') ? bytes.toString('latin1') : text;
}
