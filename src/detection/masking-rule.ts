/** The rule: counts in, judgement out. */

/** How grave an attack is; `none` when there is no attack. */
export type Severity = 'none' | 'medium' | 'high' | 'critical';

/** How close a B-number is to being attacked. */
export type ThreatLevel = 'low' | 'medium' | 'high' | 'critical';

const HIGH_FROM = 2;
const CRITICAL_FROM = 5;

/** True when `distinct` callers within the window make a masked call. */
export function isMasking(distinct: number, threshold: number): boolean {
  return distinct >= threshold;
}

/** Severity of an attack with this many distinct callers. */
export function severityOf(distinct: number, threshold: number): Severity {
  if (distinct >= threshold + CRITICAL_FROM) return 'critical';
  if (distinct >= threshold + HIGH_FROM) return 'high';
  return distinct >= threshold ? 'medium' : 'none';
}

/** Threat level of a B-number with this many distinct callers. One that nobody calls is low, whatever the threshold. */
export function threatLevelOf(distinct: number, threshold: number): ThreatLevel {
  if (distinct === 0) return 'low';
  if (distinct >= threshold) return 'critical';
  if (distinct === threshold - 1) return 'high';
  return distinct === threshold - 2 ? 'medium' : 'low';
}
