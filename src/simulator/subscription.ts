/** Which events a client of the event socket has asked for. */
import type { EventFormat, EventHeaders } from './event-frame.js';

/** Of what the simulator sends; any other event of FreeSWITCH can be asked for, and never comes. */
export type EventName =
  | 'CHANNEL_CREATE'
  | 'CHANNEL_ANSWER'
  | 'CHANNEL_BRIDGE'
  | 'CHANNEL_HANGUP'
  | 'CHANNEL_HANGUP_COMPLETE'
  | 'CHANNEL_DESTROY'
  | 'BACKGROUND_JOB';

const FILTERS_MAX = 100;
const DIRECTION = 'Call-Direction';

export class Subscription {
  format: EventFormat = 'plain';
  #all = false;
  readonly #names = new Set<string>();
  #filters: (readonly [header: string, value: string])[] = [];

  /** `event json NAME...`; what was asked for before stays. @returns whether any name was given. */
  add(names: readonly string[]): boolean {
    if (names.length === 0) return false;
    for (const name of names) {
      if (name.toUpperCase() === 'ALL') this.#all = true;
      else this.#names.add(name.toUpperCase());
    }
    return true;
  }

  /** `nixevent NAME...` */
  remove(names: readonly string[]): void {
    for (const name of names) {
      if (name.toUpperCase() === 'ALL') this.#all = false;
      this.#names.delete(name.toUpperCase());
    }
  }

  /** `noevents` */
  clear(): void {
    this.#all = false;
    this.#names.clear();
  }

  /** `filter Header value`: from now on only events of which at least one filter is true. */
  addFilter(header: string, value: string): void {
    if (this.#filters.length < FILTERS_MAX) this.#filters.push([header, value]);
  }

  /** `filter delete Header [value]`, or of `all` headers. */
  removeFilters(header: string, value: string): void {
    this.#filters =
      header === 'all'
        ? []
        : this.#filters.filter(([name, wanted]) => name !== header || (value !== '' && wanted !== value));
  }

  /**
   * Whether such an event can pass at all: cheaper than passes(), which needs the whole event.
   * @param direction undefined for an event that has no Call-Direction.
   */
  wants(name: EventName, direction: string | undefined): boolean {
    if (!this.#all && !this.#names.has(name)) return false;
    const byDirection = this.#filters.length > 0 && this.#filters.every(([header]) => header === DIRECTION);
    return !byDirection || this.#filters.some(([, value]) => value.toLowerCase() === direction);
  }

  passes(headers: EventHeaders): boolean {
    return (
      this.#filters.length === 0 ||
      this.#filters.some(([name, value]) => headers[name]?.toLowerCase() === value.toLowerCase())
    );
  }
}
