/**
 * Call state reports on their way to the sidecar. For each call only the newest state waits, and the next one is sent
 * when the one before it has arrived: states cannot overtake each other, and a later state may come without the
 * earlier ones.
 */
import type { ReportCallStateRequest } from '../gen/acm/v1/detection.js';

/** What became of a report: taken, refused for good, or nobody there to take it. */
export type Delivery = 'taken' | 'refused' | 'away';

/** Sends one report. Never rejects. */
export type SendReport = (report: ReportCallStateRequest) => Promise<Delivery>;

/** Calls whose report may wait; beyond it the oldest is dropped and counted. */
const WAITING_MAX = 10_000;
/** Reports under way at a time. */
const SENDING_MAX = 64;

interface Waiting {
  readonly report: ReportCallStateRequest;
  readonly sinceMs: number;
}

/** A bounded, coalescing queue of reports, one place for each call. */
export class ReportQueue {
  readonly #waiting = new Map<string, Waiting>();
  readonly #sending = new Set<string>();
  #paused = false;
  #dropped = 0;

  /** @param now milliseconds of a clock that never goes back: a report that waited says so in age_ms. */
  constructor(
    readonly send: SendReport,
    readonly now: () => number,
  ) {}

  /** Reports that were given up, since the start. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Takes a report; it replaces an older one of the same call that still waits. */
  add(report: ReportCallStateRequest): void {
    const key = `${report.callId}\n${report.fromTag}`;
    if (!this.#waiting.has(key) && this.#waiting.size >= WAITING_MAX) this.#dropOldest();
    this.#waiting.set(key, { report, sinceMs: this.now() });
    this.#pump();
  }

  /** Nobody listens: keep what comes. A report that finds nobody pauses the queue too. */
  pause(): void {
    this.#paused = true;
  }

  /** Somebody listens (again). */
  resume(): void {
    this.#paused = false;
    this.#pump();
  }

  #dropOldest(): void {
    const [oldest] = this.#waiting.keys();
    if (oldest !== undefined) this.#waiting.delete(oldest);
    this.#dropped++;
  }

  #pump(): void {
    for (const [key, waiting] of this.#waiting) {
      if (this.#paused || this.#sending.size >= SENDING_MAX) return;
      if (!this.#sending.has(key)) void this.#deliver(key, waiting);
    }
  }

  async #deliver(key: string, { report, sinceMs }: Waiting): Promise<void> {
    this.#waiting.delete(key);
    this.#sending.add(key);
    const waitedMs = Math.round(this.now() - sinceMs);
    const delivery = await this.send({ ...report, ageMs: report.ageMs + waitedMs });
    this.#sending.delete(key);
    if (delivery === 'away') this.#putBack(key, { report, sinceMs });
    else if (delivery === 'refused') this.#dropped++;
    this.#pump();
  }

  /** Keeps a report until resume(), unless a newer state of the same call has made it worthless. */
  #putBack(key: string, waiting: Waiting): void {
    this.#paused = true;
    if (this.#waiting.has(key)) return;
    if (this.#waiting.size < WAITING_MAX) this.#waiting.set(key, waiting);
    else this.#dropped++;
  }
}
