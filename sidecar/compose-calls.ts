/** Calls in progress as people, carriers and other systems ask about them and end them. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { AlertDesk } from '../src/admission/alert-desk.js';
import { CallDesk } from '../src/admission/call-desk.js';
import { CallStatistics } from '../src/admission/call-statistics.js';
import type { DayTally } from '../src/admission/day-tally.js';
import { DisconnectActs } from '../src/admission/disconnect-acts.js';
import { FraudNews } from '../src/admission/fraud-news.js';
import type { Log, WallClock } from '../src/admission/ports.js';
import type { StatisticsDesk } from '../src/admission/statistics-desk.js';
import type { Config } from '../src/config.js';
import { SignedRequests } from '../src/events/signed-requests.js';
import type { Admission } from './assemble-admission.js';
import type { ComposedStore } from './compose-store.js';

export interface CallParts {
  readonly config: Config;
  readonly admission: Admission;
  readonly store: ComposedStore;
  readonly alerts: AlertDesk;
  readonly statistics: StatisticsDesk;
  readonly tally: DayTally;
  readonly log: Log;
  readonly wallClock: WallClock;
  readonly now: () => Date;
  /** Monotonic milliseconds with fractions. */
  readonly nowMs: () => number;
}

export function composeCalls({ config, admission, store, alerts, statistics, tally, ...rest }: CallParts) {
  const { log, wallClock, now, nowMs } = rest;
  const { state, calls, teardown } = admission;
  const acts = new DisconnectActs({ acts: store.audit, keys: state.keys, log, now });
  const wholeNow = (): number => Math.floor(nowMs());
  return {
    callDesk: new CallDesk({
      calls,
      teardown,
      state,
      acts,
      wallClock,
      now: wholeNow,
      sleep: (ms) => sleep(ms, undefined, { ref: false }),
    }),
    callStatistics: new CallStatistics({
      calls,
      statistics,
      alerts: store.alerts,
      store: store.statistics,
      tally,
      threats: { state, wallClock, nowMs },
      now,
    }),
    fraudNews: new FraudNews({ calls, state, teardown, acts, alerts, now: wholeNow }),
    signatures: new SignedRequests(config.fraudWebhookSecret, Date.now),
  };
}
