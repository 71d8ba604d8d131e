/** What becomes of the calls of an incident. */
import type { AlertEffect } from './alert.js';
import type { Incident } from './incident.js';

/** True for an incident that has no consequences for calls: it is only watched. */
export function isHarmless(incident: Incident): boolean {
  return incident.exempt || incident.policy.enforcement === 'shadow';
}

export function effectOf(incident: Incident): AlertEffect {
  if (incident.exempt) return 'exempt';
  return incident.policy.enforcement === 'shadow' ? 'observing' : 'rejecting';
}
