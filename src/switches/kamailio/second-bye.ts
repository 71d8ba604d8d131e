/**
 * The BYE to the callee that Kamailio may have left out. It sends one BYE to the caller and then one to the callee; where
 * the caller's 200 comes in between, the dialog counts as ended and the second one is not sent, which by then no command
 * can tell. So with such a version the callee is sent one more; a callee that has heard the first answers it with 481.
 */
import type { DisconnectOrder } from '../../admission/disconnect.js';
import type { DialogRecord } from './dialog-record.js';

/** "dialog: enforce second bye towards callee", in 5.8.6, 6.0.2 and 6.1.0. */
const FIXED_IN: readonly (readonly [major: number, minor: number, patch: number])[] = [
  [5, 8, 6],
  [6, 0, 2],
];

/** @param version as core.version has it, for example `kamailio 5.6.3 (x86_64/linux) `. */
export function mayLoseSecondBye(version: string): boolean {
  const [major, minor, patch] = (/(\d+)\.(\d+)\.(\d+)/.exec(version) ?? []).slice(1).map(Number);
  if (major === undefined || minor === undefined || patch === undefined) return true;
  const fixed = FIXED_IN.find((each) => each[0] === major && each[1] === minor);
  if (fixed !== undefined) return patch < fixed[2];
  return major < 5 || (major === 5 && minor < 8);
}

/**
 * The parameters of `tm.t_uac_start`: method, Request-URI, next hop, socket, headers. The command does not wait for the
 * answer. Undefined where the dialog does not say where the callee is.
 */
export function secondBye(dialog: DialogRecord, { reasonHeader }: DisconnectOrder): string[] | undefined {
  const { callId, fromTag, toTag, fromUri, toUri, callerCseq, callee } = dialog;
  const cseq = Number(callerCseq || Number.NaN);
  if (!Number.isSafeInteger(cseq) || callee.contact === '' || toTag === '') return undefined;
  const headers = [
    `From: <${fromUri}>;tag=${fromTag}`,
    `To: <${toUri}>;tag=${toTag}`,
    `Call-ID: ${callId}`,
    // The first one, if it was sent, had the next number.
    `CSeq: ${cseq + 2} BYE`,
    'Max-Forwards: 70',
    ...(callee.routeSet === '' ? [] : [`Route: ${callee.routeSet}`]),
    `Reason: ${reasonHeader}`,
    '',
  ];
  return ['BYE', callee.contact, nextHopOf(callee.routeSet), callee.socket || '.', headers.join('\r\n')];
}

/** The first URI of the route set; `.` stands for none. */
function nextHopOf(routeSet: string): string {
  return /<([^>]+)>/.exec(routeSet)?.[1] ?? '.';
}
