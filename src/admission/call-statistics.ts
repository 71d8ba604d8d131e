/** How the calls are today, for whoever runs a switch: how many, what became of them, and who is called most. */
import { setImmediate as yieldTurn } from 'node:timers/promises';
import type { Calls } from './calls.js';
import { type DayTally, midnightBefore } from './day-tally.js';
import { type StatisticsDesk, unlessAway } from './statistics-desk.js';
import type { AlertStore, StatisticsStore } from './store-ports.js';
import { currentThreats, type Threat, type ThreatParts, threatTo } from './threats.js';

/** B-numbers in the answer. */
const TOP_MAX = 10;
/** B-numbers passed before others may be answered: about a tenth of a millisecond. */
const PASSED_PER_TURN = 2_000;

/** A B-number within the window that applies to it. */
export interface BusyNumber {
  /** Canonical. */
  readonly bNumber: string;
  readonly callCount: number;
  readonly distinctACount: number;
  /** It has an open incident. */
  readonly flagged: boolean;
}

export interface CallFigures {
  readonly activeCalls: number;
  /** Checks of this sidecar. */
  readonly callsLast5Min: number;
  /** Checks of all sidecars on the store, as far as they are there. */
  readonly callsLastHour: number;
  /** Both since midnight, UTC. */
  readonly alertsToday: number;
  readonly disconnectsToday: number;
  /** What these two rest on: all sidecars on the store, or this one alone, since its start. */
  readonly todayScope: 'all' | 'sidecar';
  /** The one with the most A-numbers first; at most 10. */
  readonly busiest: readonly BusyNumber[];
}

export interface CallStatisticsParts {
  readonly calls: Pick<Calls, 'size' | 'byCalled' | 'countTo'>;
  readonly statistics: Pick<StatisticsDesk, 'history'>;
  readonly alerts: Pick<AlertStore, 'countBySeverity'>;
  readonly store: Pick<StatisticsStore, 'disconnectsSince'>;
  readonly tally: Pick<DayTally, 'today'>;
  readonly threats: ThreatParts;
  readonly now: () => Date;
}

export class CallStatistics {
  constructor(private readonly parts: CallStatisticsParts) {}

  async figures(): Promise<CallFigures> {
    const { calls, statistics } = this.parts;
    const [last5Min, lastHour, today, busiest] = await Promise.all([
      statistics.history(5),
      statistics.history(60),
      this.#today(),
      this.#busiest(),
    ]);
    return {
      activeCalls: calls.size,
      callsLast5Min: last5Min.figures.checks,
      callsLastHour: lastHour.figures.checks,
      ...today,
      busiest,
    };
  }

  /** The store keeps teardowns that belong to alerts; of the others this sidecar knows its own. */
  async #today(): Promise<Pick<CallFigures, 'alertsToday' | 'disconnectsToday' | 'todayScope'>> {
    const { alerts, store, tally, now } = this.parts;
    const midnight = midnightBefore(now());
    const stored = await unlessAway(() =>
      Promise.all([alerts.countBySeverity(midnight), store.disconnectsSince(midnight)]),
    );
    const own = tally.today;
    if (stored === undefined)
      return {
        alertsToday: own.alerts,
        disconnectsToday: own.disconnects + own.otherDisconnects,
        todayScope: 'sidecar',
      };
    const [{ medium, high, critical }, disconnects] = stored;
    return {
      alertsToday: medium + high + critical,
      disconnectsToday: disconnects + own.otherDisconnects,
      todayScope: 'all',
    };
  }

  /** Of the B-numbers that are attacked and those with the most calls in progress, the ones called by most just now. */
  async #busiest(): Promise<BusyNumber[]> {
    const attacked = (await currentThreats(this.parts.threats, TOP_MAX)).map((threat) =>
      busyOf(threat, true),
    );
    const known = new Set(attacked.map(({ bNumber }) => bNumber));
    const others = (await this.#mostCalled()).filter(({ bNumber }) => !known.has(bNumber));
    return [...attacked, ...others]
      .filter(({ callCount }) => callCount > 0)
      .sort((one, other) => other.distinctACount - one.distinctACount || other.callCount - one.callCount)
      .slice(0, TOP_MAX);
  }

  async #mostCalled(): Promise<BusyNumber[]> {
    const { calls, threats } = this.parts;
    let top: (readonly [bKey: number, calls: number])[] = [];
    let passed = 0;
    for (const [bKey, { size }] of calls.byCalled()) {
      if (++passed % PASSED_PER_TURN === 0) await yieldTurn();
      if (top.length < TOP_MAX || size > (top.at(-1)?.[1] ?? 0))
        top = [...top, [bKey, size] as const].sort((one, other) => other[1] - one[1]).slice(0, TOP_MAX);
    }
    // A key without a call may be that of another number by now.
    return top
      .filter(([bKey]) => calls.countTo(bKey) > 0)
      .map(([bKey]) => {
        const incident = threats.state.incidents.find(bKey, threats.nowMs());
        return busyOf(threatTo(threats, bKey, incident?.trunk ?? ''), incident !== undefined);
      });
  }
}

function busyOf({ bNumber, callCount, distinctACount }: Threat, flagged: boolean): BusyNumber {
  return { bNumber, callCount, distinctACount, flagged };
}
