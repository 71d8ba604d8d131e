/** What listeners are told once a second: the threats, if they are others than before, and how much there is to do. */
import type { Calls } from './calls.js';
import type { AdmissionState } from './check-call.js';
import type { VerdictTotals } from './counters.js';
import type { EventFeed } from './event-feed.js';
import type { Rates } from './feed-event.js';
import type { Log } from './ports.js';
import type { Threat } from './threats.js';

/** Most threats in one event: the list is repeated as a whole. */
export const THREATS_TOLD_MAX = 100;

export interface LiveFiguresParts {
  readonly feed: Pick<EventFeed, 'publish'>;
  /** Whether anybody listens; otherwise nothing is worked out. */
  readonly isHeard: () => boolean;
  readonly state: Pick<AdmissionState, 'counters' | 'incidents'>;
  readonly calls: Pick<Calls, 'size'>;
  /** At most so many, the gravest first. */
  readonly threats: (limit: number) => Promise<Threat[]>;
  readonly log: Log;
  readonly now: () => Date;
  /** Monotonic milliseconds with fractions. */
  readonly nowMs: () => number;
}

export class LiveFigures {
  readonly #parts: LiveFiguresParts;
  #before: VerdictTotals;
  #beforeMs: number;
  #threats = '[]';
  #looking = false;

  constructor(parts: LiveFiguresParts) {
    this.#parts = parts;
    this.#before = parts.state.counters.totals();
    this.#beforeMs = parts.nowMs();
  }

  /** To be called once a second, whether or not anybody listens: rates are those of the last second. */
  tick(): void {
    const { state, isHeard, nowMs, log } = this.#parts;
    const [before, beforeMs] = [this.#before, this.#beforeMs];
    this.#before = state.counters.totals();
    this.#beforeMs = nowMs();
    if (!isHeard()) return;
    this.#tellStats(before, (this.#beforeMs - beforeMs) / 1_000);
    if (this.#looking) return;
    this.#looking = true;
    this.#tellThreats()
      .catch((error: unknown) => log.error({ err: error }, 'looking for threats failed'))
      .finally(() => {
        this.#looking = false;
      });
  }

  #tellStats(before: VerdictTotals, seconds: number): void {
    const { feed, state, calls, now } = this.#parts;
    const { checks, detections, rejected } = this.#before;
    const rate = (key: keyof Rates): number =>
      seconds > 0 ? Math.round((10 * (this.#before[key] - before[key])) / seconds) / 10 : 0;
    feed.publish({
      type: 'stats',
      at: now(),
      total: { checks, detections, rejected },
      perSecond: { checks: rate('checks'), detections: rate('detections'), rejected: rate('rejected') },
      activeCalls: calls.size,
      openIncidents: state.incidents.open,
    });
  }

  async #tellThreats(): Promise<void> {
    const { feed, threats, now } = this.#parts;
    const found = await threats(THREATS_TOLD_MAX);
    const text = JSON.stringify(found.map(({ lastSeen: _, ...facts }) => facts));
    if (text === this.#threats) return;
    this.#threats = text;
    feed.publish({ type: 'threats', at: now(), threats: found });
  }
}
