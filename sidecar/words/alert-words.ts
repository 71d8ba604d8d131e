/** Alerts in words: the list, and what a change came to. */
import { Severity } from '../../src/gen/acm/v1/detection.js';
import {
  type Alert,
  AlertEffect,
  AlertStatus,
  type UpdateAlertResponse,
} from '../../src/gen/acm/v1/management.js';
import { allowedInWords, coverInWords } from './allowlist-words.js';
import { listing } from './table.js';
import { atSecond } from './times.js';

export const EFFECTS: Readonly<Record<AlertEffect, string>> = {
  [AlertEffect.UNSPECIFIED]: '',
  [AlertEffect.REJECTING]: 'rejected',
  [AlertEffect.OBSERVING]: 'only observed',
  [AlertEffect.EXEMPT]: 'exempt',
};

export function alertTable(alerts: readonly Alert[], more: boolean): string {
  const head = [
    'OPENED',
    'SEVERITY',
    'STATUS',
    'B-NUMBER',
    'CALLERS',
    'CALLS',
    'WERE',
    'ENDED',
    'ASSIGNED',
    'ALERT',
  ];
  const rows = alerts.map((alert) => [
    atSecond(alert.createdAt),
    Severity[alert.severity],
    AlertStatus[alert.status],
    alert.bNumber,
    String(alert.distinctACount),
    String(alert.callCount),
    EFFECTS[alert.effect],
    alert.endedAt === undefined ? 'goes on' : atSecond(alert.endedAt),
    alert.assignedTo,
    alert.alertId,
  ]);
  return listing(head, rows, { more, none: 'No alert matches.' });
}

/** The alert as it is now; for a false positive what was done about the next one, or what can be. */
export function changedAlertInWords({ alert, proposal, allowed }: UpdateAlertResponse): string {
  if (alert === undefined) return '';
  const assigned = alert.assignedTo === '' ? 'assigned to nobody' : `assigned to ${alert.assignedTo}`;
  const lines = [`Alert ${alert.alertId} on ${alert.bNumber} is ${AlertStatus[alert.status]}, ${assigned}.`];
  if (proposal !== undefined) lines.push('The blocks that it made are lifted.');
  if (allowed !== undefined) lines.push(allowedInWords(allowed));
  else if (proposal !== undefined)
    lines.push(
      `It would happen again: ${coverInWords(proposal.scope)} may be allowed, unchecked and uncounted, for ${proposal.days} days.`,
      'If that is right:',
      `  acm alerts update ${alert.alertId} --status FALSE_POSITIVE --allow ${proposal.days}`,
    );
  return lines.join('\n');
}
