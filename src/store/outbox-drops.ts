/** What an outbox has given up: counted always, logged at most once a second for each class. */
import type { Log } from '../admission/ports.js';
import type { Schedule } from './schedule.js';

/**
 * `full`: others came when there was no room left. `aged`: the store was away for too long. `refused`: the store has
 * said no, and will again.
 */
export type DropCause = 'full' | 'aged' | 'refused';

const LOG_MS = 1_000;

/** Calls a function at the first of many calls, and at most once a second after it, the last time included. */
class OncePerSecond {
  #waits = false;
  #pausing = false;

  constructor(
    readonly schedule: Schedule,
    readonly tell: () => void,
  ) {}

  call(): void {
    this.#waits = true;
    if (!this.#pausing) this.#tell();
  }

  #tell(): void {
    this.#waits = false;
    this.#pausing = true;
    this.tell();
    this.schedule(() => {
      this.#pausing = false;
      if (this.#waits) this.#tell();
    }, LOG_MS);
  }
}

/** The drops of one class. */
export class OutboxDrops {
  readonly #counts = { full: 0, aged: 0, refused: 0 };
  readonly #logged = { full: 0, aged: 0, refused: 0 };
  #refusal: Error | undefined;
  readonly #className: string;
  readonly #log: Log;
  readonly #warning: OncePerSecond;
  readonly #error: OncePerSecond;

  constructor(className: string, log: Log, schedule: Schedule) {
    this.#className = className;
    this.#log = log;
    this.#warning = new OncePerSecond(schedule, () => this.#logLost());
    this.#error = new OncePerSecond(schedule, () => this.#logRefused());
  }

  count(cause: DropCause): number {
    return this.#counts[cause];
  }

  lost(cause: 'full' | 'aged'): void {
    this.#counts[cause]++;
    this.#warning.call();
  }

  refused(reason: Error): void {
    this.#counts.refused++;
    this.#refusal = reason;
    this.#error.call();
  }

  #logLost(): void {
    const fields = { class: this.#className, full: this.#news('full'), aged: this.#news('aged') };
    this.#log.warn(fields, 'records lost: the store does not keep up, or is away');
  }

  /** The error's text only: its cause may quote values. */
  #logRefused(): void {
    const fields = {
      class: this.#className,
      refused: this.#news('refused'),
      reason: this.#refusal?.message,
    };
    this.#log.error(fields, 'records lost: the store refuses them');
  }

  /** How many more there are than were logged. */
  #news(cause: DropCause): number {
    const news = this.#counts[cause] - this.#logged[cause];
    this.#logged[cause] = this.#counts[cause];
    return news;
  }
}
