/** What people and other systems do with calls in progress, over admission that a test has put together. */
import type { AlertDesk } from '../../src/admission/alert-desk.js';
import { CallDesk } from '../../src/admission/call-desk.js';
import { CallStatistics } from '../../src/admission/call-statistics.js';
import { DayTally } from '../../src/admission/day-tally.js';
import { DisconnectActs } from '../../src/admission/disconnect-acts.js';
import { FraudNews } from '../../src/admission/fraud-news.js';
import type { StatisticsDesk } from '../../src/admission/statistics-desk.js';
import type { ActLog, AlertStore, StatisticsStore } from '../../src/admission/store-ports.js';
import { type AdmissionFixture, recordingLog } from '../admission/admission-fixture.js';

export interface DeskParts {
  readonly acts: ActLog;
  readonly alertDesk: AlertDesk;
  readonly alerts: AlertStore;
  readonly statistics: StatisticsDesk;
  readonly store: StatisticsStore;
  /** When the time is up for which an answer waits; never where nothing is said. */
  readonly sleep?: (ms: number) => Promise<void>;
}

export function callDesksOf(admission: AdmissionFixture, parts: DeskParts) {
  const { acts: log, alertDesk, alerts, statistics, store, sleep = forEver } = parts;
  const { state, calls, teardown, wallClock, logged } = admission;
  const now = (): Date => wallClock.dateOf(admission.now);
  const nowMs = (): number => admission.now;
  const acts = new DisconnectActs({ acts: log, keys: state.keys, log: recordingLog(logged), now });
  const tally = new DayTally(now);
  const threats = { state, wallClock, nowMs };
  return {
    tally,
    callDesk: new CallDesk({ calls, teardown, state, acts, wallClock, now: nowMs, sleep }),
    callStatistics: new CallStatistics({ calls, statistics, alerts, store, tally, threats, now }),
    fraudNews: new FraudNews({ calls, state, teardown, acts, alerts: alertDesk, now: nowMs }),
  };
}

function forEver(): Promise<void> {
  return new Promise(() => undefined);
}
