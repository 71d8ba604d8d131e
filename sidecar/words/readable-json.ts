/** Messages as JSON for people and scripts: names in place of enum numbers, and a oneof as the field that is set. */
import { CallPhase } from '../../src/gen/acm/v1/calls.js';
import { DisconnectOutcome, Enforcement, Reason, Severity, Verdict } from '../../src/gen/acm/v1/detection.js';
import { AlertEffect, AlertStatus, AnonymousCallers } from '../../src/gen/acm/v1/management.js';
import { StatsScope } from '../../src/gen/acm/v1/stats.js';

/** By the name of the field; a text of that name stays as it is. */
const NAMES: Readonly<Record<string, Readonly<Record<number, string>>>> = {
  status: AlertStatus,
  severity: Severity,
  minSeverity: Severity,
  effect: AlertEffect,
  verdict: Verdict,
  reason: Reason,
  outcome: DisconnectOutcome,
  enforcement: Enforcement,
  anonymousCallers: AnonymousCallers,
  scope: StatsScope,
  phase: CallPhase,
};

export function readableJson(message: object): string {
  return JSON.stringify(message, readable, 2);
}

function readable(key: string, value: unknown): unknown {
  if (typeof value === 'number') return NAMES[key]?.[value] ?? value;
  if (typeof value === 'object' && value !== null && '$case' in value && 'value' in value)
    return { [String(value.$case)]: value.value };
  return value;
}
