/** Alerts that people have settled: news that was under way must not open them again. */

/** Most that are remembered; news is under way for seconds, and people settle a few alerts a minute. */
const REMEMBERED_MAX = 10_000;

interface SettledIncident {
  readonly bNumber: string;
  readonly lastDetectionMs: number;
}

export class SettledAlerts {
  readonly #ids = new Set<string>();
  /** Newest detection of what was open, by B-number. */
  readonly #detectionsMs = new Map<string, number>();

  has(alertId: string): boolean {
    return this.#ids.has(alertId);
  }

  detectionMs(bNumber: string): number | undefined {
    return this.#detectionsMs.get(bNumber);
  }

  add(alertId: string): void {
    this.#ids.add(alertId);
    if (this.#ids.size > REMEMBERED_MAX) this.#ids.delete(this.#ids.values().next().value!);
  }

  /** One that was open here. Its other ids are for whoever settles it to tell: the next attack may be among them already. */
  addIncident({ bNumber, lastDetectionMs }: SettledIncident): void {
    this.#detectionsMs.delete(bNumber);
    this.#detectionsMs.set(bNumber, lastDetectionMs);
    if (this.#detectionsMs.size > REMEMBERED_MAX)
      this.#detectionsMs.delete(this.#detectionsMs.keys().next().value!);
  }
}
