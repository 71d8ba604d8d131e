/** How near B-numbers are to an attack, by what this sidecar's window holds now. Asked by people, never by a call. */
import { setImmediate as yieldTurn } from 'node:timers/promises';
import { type ThreatLevel, threatLevelOf } from '../detection/masking-rule.js';
import type { AdmissionState } from './check-call.js';
import type { Incident } from './incident.js';
import type { WallClock } from './ports.js';

/** Incidents looked at, and threats described, before calls may be answered: about a tenth of a millisecond each. */
const INCIDENTS_PER_TURN = 200;
const THREATS_PER_TURN = 5;

export interface Threat {
  /** Canonical. */
  readonly bNumber: string;
  readonly level: ThreatLevel;
  /** All of these within the window that applies to the B-number. */
  readonly distinctACount: number;
  readonly distinctSources: number;
  readonly callCount: number;
  /** Newest call; undefined for none. */
  readonly lastSeen: Date | undefined;
  /** The same by the monotonic clock: a date made of it may differ by a millisecond each time. */
  readonly lastSeenMs: number | undefined;
}

export interface ThreatParts {
  readonly state: Pick<AdmissionState, 'keys' | 'window' | 'policies' | 'incidents' | 'trunks'>;
  readonly wallClock: Pick<WallClock, 'dateOf'>;
  /** Monotonic milliseconds with fractions. */
  readonly nowMs: () => number;
}

/** @param trunk by which calls to B come, as far as it is known: the policy may hang on it. */
export function threatTo({ state, wallClock, nowMs }: ThreatParts, bKey: number, trunk: string): Threat {
  const { keys, window, policies } = state;
  const { windowMs, threshold } = policies.find(bKey, trunk);
  const now = Math.floor(nowMs());
  const distinct = window.distinct(bKey, now, windowMs);
  const newest = window.callsBetween(bKey, now - windowMs, now, 1).at(-1);
  return {
    bNumber: keys.textOf(bKey),
    level: threatLevelOf(distinct, threshold),
    distinctACount: distinct,
    distinctSources: window.distinctSources(bKey, now, windowMs),
    callCount: window.callCount(bKey, now, windowMs),
    lastSeen: newest === undefined ? undefined : wallClock.dateOf(newest.timeMs),
    lastSeenMs: newest?.timeMs,
  };
}

/**
 * B-numbers with an open incident that are at level medium or higher, the one with the most A-numbers first. There may be
 * a hundred thousand incidents, so calls are answered meanwhile; what closes meanwhile is left out.
 * @param limit most of them.
 */
export async function currentThreats(parts: ThreatParts, limit: number): Promise<Threat[]> {
  const { incidents } = parts.state;
  const threats: Threat[] = [];
  for (const { incident } of await gravest(parts, limit)) {
    if (threats.length % THREATS_PER_TURN === 0) await yieldTurn();
    const { bKey, trunk } = incident;
    if (incidents.find(bKey, parts.nowMs()) === incident) threats.push(threatTo(parts, bKey, trunk));
  }
  return threats;
}

interface Ranked {
  readonly incident: Incident;
  readonly distinct: number;
}

/** What is cheap is asked of every incident, and no more than twice the wanted are held while looking. */
async function gravest({ state, nowMs }: ThreatParts, limit: number): Promise<Ranked[]> {
  const { incidents, window } = state;
  let ranked: Ranked[] = [];
  let looked = 0;
  for (const incident of incidents.walk()) {
    if (++looked % INCIDENTS_PER_TURN === 0) await yieldTurn();
    const { bKey, policy } = incident;
    const now = Math.floor(nowMs());
    // Asked only after the pause: the walk may have stood still on an incident that has closed.
    if (incidents.find(bKey, now) !== incident) continue;
    const distinct = window.distinct(bKey, now, policy.windowMs);
    if (threatLevelOf(distinct, policy.threshold) !== 'low') ranked.push({ incident, distinct });
    if (ranked.length >= 2 * limit) ranked = best(ranked, limit);
  }
  return best(ranked, limit);
}

function best(ranked: Ranked[], limit: number): Ranked[] {
  return ranked.sort((one, other) => other.distinct - one.distinct).slice(0, limit);
}
