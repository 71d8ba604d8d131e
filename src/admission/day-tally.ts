/** What this sidecar has done since midnight (UTC), or since its start if that was later. */
import type { DisconnectOrder, DisconnectOutcome } from './disconnect.js';
import type { Alerts } from './ports.js';

const DAY_MS = 86_400_000;

/** The midnight (UTC) that began the day of a time. */
export function midnightBefore(time: Date): Date {
  return new Date(Math.floor(time.getTime() / DAY_MS) * DAY_MS);
}

export interface DayCounts {
  alerts: number;
  /** Calls that switches have ended on account of an alert. */
  disconnects: number;
  /** Those that no alert is about: of blocked pairs, or ended by hand. */
  otherDisconnects: number;
}

export class DayTally implements Alerts {
  #dayMs = 0;
  #counts: DayCounts = nothing();

  constructor(private readonly now: () => Date) {}

  get today(): Readonly<DayCounts> {
    return this.#today();
  }

  opened(): void {
    this.#today().alerts++;
  }

  grew(): void {}

  ended(): void {}

  /** A teardown is over. */
  settled({ alertId }: Pick<DisconnectOrder, 'alertId'>, outcome: DisconnectOutcome): void {
    if (outcome !== 'ended') return;
    if (alertId === '') this.#today().otherDisconnects++;
    else this.#today().disconnects++;
  }

  #today(): DayCounts {
    const dayMs = midnightBefore(this.now()).getTime();
    if (dayMs !== this.#dayMs) this.#counts = nothing();
    this.#dayMs = dayMs;
    return this.#counts;
  }
}

function nothing(): DayCounts {
  return { alerts: 0, disconnects: 0, otherDisconnects: 0 };
}
