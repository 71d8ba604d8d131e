/**
 * What is known of an incident. Two views of one are joined: in whatever order and however often, the outcome is the same.
 */
import { randomUUID } from 'node:crypto';
import type { Severity } from '../detection/masking-rule.js';
import type { Incident, StoredIncident } from './incident.js';

const SEVERITIES: readonly Severity[] = ['none', 'medium', 'high', 'critical'];

export type IncidentFacts = Omit<StoredIncident, 'bNumber'>;

/** What an incident begins with, before its first detection is counted. */
export function newFacts(exempt: boolean, nowMs: number): IncidentFacts {
  return {
    alertId: randomUUID(),
    exempt,
    openedMs: nowMs,
    lastDetectionMs: nowMs,
    distinctMax: 0,
    severity: 'none',
  };
}

/** Takes over what is told: the newest, the most, the gravest. @returns whether detections are newer than those known. */
export function joinFacts(incident: Incident, told: IncidentFacts): boolean {
  const isNewer = told.lastDetectionMs > incident.lastDetectionMs;
  incident.lastDetectionMs = Math.max(incident.lastDetectionMs, told.lastDetectionMs);
  incident.openedMs = Math.min(incident.openedMs, told.openedMs);
  incident.distinctMax = Math.max(incident.distinctMax, told.distinctMax);
  incident.severity = graver(incident.severity, told.severity);
  return isNewer;
}

/** Severity only rises, also when the policy changes while an incident lasts. */
export function graver(one: Severity, other: Severity): Severity {
  return SEVERITIES.indexOf(one) > SEVERITIES.indexOf(other) ? one : other;
}
