/**
 * What is known of an incident. Two views of one are joined: in whatever order and however often, the outcome is the same.
 */
import { randomUUID } from 'node:crypto';
import type { Severity } from '../detection/masking-rule.js';

const SEVERITIES: readonly Severity[] = ['none', 'medium', 'high', 'critical'];

/** What one sidecar knows of an incident. */
export interface IncidentFacts {
  readonly alertId: string;
  readonly exempt: boolean;
  readonly openedMs: number;
  readonly lastDetectionMs: number;
  /** Most distinct A-numbers within the window so far. */
  readonly distinctMax: number;
  readonly severity: Severity;
}

/** What grows while an incident lasts. */
interface GrowingFacts {
  openedMs: number;
  lastDetectionMs: number;
  distinctMax: number;
  severity: Severity;
}

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
export function joinFacts(incident: GrowingFacts, told: IncidentFacts): boolean {
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
