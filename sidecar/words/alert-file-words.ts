/** One alert with its evidence, for whoever is woken by it: what, when, from where, by which rule, and what came of it. */
import { DisconnectOutcome, Reason, Severity, Verdict } from '../../src/gen/acm/v1/detection.js';
import {
  type Alert,
  type AlertCall,
  type AlertDisconnect,
  AlertEffect,
  type AlertFieldChange,
  type AlertHistoryEntry,
  AlertStatus,
  type GetAlertResponse,
} from '../../src/gen/acm/v1/management.js';
import { termsInWords } from './policy-words.js';
import { table } from './table.js';
import { atMillisecond, atSecond, roughly } from './times.js';

/** Rows of evidence and names in a list; a screen holds no more. */
const ROWS_MAX = 30;
const NAMES_MAX = 10;

const CONSEQUENCES: Readonly<Record<AlertEffect, string>> = {
  [AlertEffect.UNSPECIFIED]: '',
  [AlertEffect.REJECTING]: 'Masked calls are rejected.',
  [AlertEffect.OBSERVING]: 'Shadow: its calls are only observed, they all go on.',
  [AlertEffect.EXEMPT]: 'The B-number is exempt: its calls all go on.',
};

export function alertFileInWords(file: GetAlertResponse, now: Date): string {
  const { alert, calls, disconnects, history } = file;
  if (alert === undefined) return '';
  return [
    headline(alert),
    '',
    ...labelled('What', whatHappened(alert)),
    ...labelled('When', whenItHappened(alert, now)),
    ...labelled('Where', whereFrom(alert, calls)),
    ...labelled('Callers', [severalOf(alert.aNumbers)]),
    ...labelled('Rule', ruleOf(alert)),
    ...labelled('Calls', callsInWords(alert, calls)),
    ...labelled('Teardown', teardownInWords(alert, disconnects)),
    ...labelled('History', history.length === 0 ? ['nobody has touched it'] : history.map(changeInWords)),
    ...labelled('Notes', alert.notes === '' ? ['none'] : alert.notes.split('\n')),
    '',
    nextStep(alert),
  ].join('\n');
}

/** Lines with a label before the first. */
function labelled(label: string, lines: readonly string[]): string[] {
  return lines.map((line, i) => `${(i === 0 ? label : '').padEnd(10)}${line}`.trimEnd());
}

function headline({ severity, alertId, status, assignedTo }: Alert): string {
  const assigned = assignedTo === '' ? 'assigned to nobody' : `assigned to ${assignedTo}`;
  return `${Severity[severity]} alert ${alertId}: ${AlertStatus[status]}, ${assigned}`;
}

function whatHappened(alert: Alert): string[] {
  const { windowSeconds = 0, threshold = 0 } = alert.policy?.terms ?? {};
  return [
    `${alert.distinctACount} different numbers called ${alert.bNumber} within ${windowSeconds} s; ${threshold} are too many.`,
    `${alert.callCount} calls belong to it so far. ${CONSEQUENCES[alert.effect]}`,
  ];
}

function whenItHappened(alert: Alert, now: Date): string[] {
  const { windowStart, windowEnd, createdAt, endedAt } = alert;
  const ago = createdAt === undefined ? '' : ` (${roughly(now.getTime() - createdAt.getTime())} ago)`;
  return [
    `opened ${atSecond(createdAt)}${ago}`,
    `calls from ${atSecond(windowStart)} to ${atSecond(windowEnd)}`,
    endedAt === undefined ? 'it goes on' : `ended ${atSecond(endedAt)}`,
  ];
}

function whereFrom({ sourceIps }: Alert, calls: readonly AlertCall[]): string[] {
  return [
    `${sourceIps.length === 1 ? 'one address' : `${sourceIps.length} addresses`}: ${severalOf(sourceIps)}`,
    `trunks: ${severalOf(distinct(calls.map(({ trunk }) => trunk)))}; switches: ${severalOf(distinct(calls.map(({ switchId }) => switchId)))}`,
  ];
}

function ruleOf({ policy }: Alert): string[] {
  if (policy === undefined) return ['not recorded'];
  const origin = policy.revision === 0 ? 'from the environment' : `revision ${policy.revision}`;
  return [`policy ${policy.scope} (${origin}): ${termsInWords(policy.terms ?? {})}`];
}

function callsInWords({ alertId, callCount }: Alert, calls: readonly AlertCall[]): string[] {
  if (calls.length === 0) return ['none are kept'];
  const rows = calls.map((call) => [
    atMillisecond(call.calledAt),
    call.aNumber,
    call.sourceIp,
    call.trunk,
    Verdict[call.verdict],
    Reason[call.reason].toLowerCase(),
    call.sipStatus === 0 ? 'went on' : `${call.sipStatus} ${call.sipReason}`,
    call.callId,
  ]);
  const kept = calls.length < callCount ? ` (the first ${calls.length} of ${callCount} are kept)` : '';
  return [
    tally(calls.map(({ verdict, reason }) => `${Verdict[verdict]} ${Reason[reason].toLowerCase()}`)) + kept,
    ...excerpt(
      ['TIME', 'A-NUMBER', 'SOURCE', 'TRUNK', 'VERDICT', 'REASON', 'ANSWER', 'CALL-ID'],
      rows,
      alertId,
    ),
  ];
}

function teardownInWords({ alertId }: Alert, disconnects: readonly AlertDisconnect[]): string[] {
  if (disconnects.length === 0) return ['no call was to be ended'];
  const rows = disconnects.map(({ settledAt, outcome, control, switchId, callId }) => [
    atMillisecond(settledAt),
    DisconnectOutcome[outcome].toLowerCase(),
    control,
    switchId,
    callId,
  ]);
  return [
    tally(disconnects.map(({ outcome }) => DisconnectOutcome[outcome].toLowerCase())),
    ...excerpt(['TIME', 'OUTCOME', 'BY', 'SWITCH', 'CALL-ID'], rows, alertId),
  ];
}

function excerpt(head: readonly string[], rows: readonly (readonly string[])[], alertId: string): string[] {
  const lines = table(head, rows.slice(0, ROWS_MAX)).split('\n');
  const left = rows.length - ROWS_MAX;
  return left > 0 ? [...lines, `and ${left} more: acm alerts show ${alertId} --json`] : lines;
}

function changeInWords({ changedAt, author, changes }: AlertHistoryEntry): string {
  return `${atSecond(changedAt)} ${author}: ${changes.map(fieldInWords).join('; ')}`;
}

function fieldInWords({ field, from, to }: AlertFieldChange): string {
  if (field === 'notes') return 'wrote the notes';
  return `${field} ${from || 'nobody'} -> ${to || 'nobody'}`;
}

function nextStep({ alertId, status }: Alert): string {
  const update = `acm alerts update ${alertId} --status`;
  if (status === AlertStatus.NEW) return `Next: ${update} INVESTIGATING --assign <you>`;
  if (status === AlertStatus.INVESTIGATING) return `Next: ${update} RESOLVED, or FALSE_POSITIVE`;
  return `It is settled. To take it up again: ${update} INVESTIGATING`;
}

/** `4 ALLOW none, 43 REJECT masking`. */
function tally(kinds: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const kind of kinds) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return [...counts].map(([kind, count]) => `${count} ${kind}`).join(', ');
}

function distinct(names: readonly string[]): string[] {
  return [...new Set(names)].filter((name) => name !== '');
}

function severalOf(names: readonly string[]): string {
  if (names.length === 0) return 'none known';
  const left = names.length - NAMES_MAX;
  return names.slice(0, NAMES_MAX).join(', ') + (left > 0 ? ` and ${left} more` : '');
}
