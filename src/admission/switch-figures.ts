/** What is counted of the connection to one switch; metrics read it when they are asked. */

/** Why something that a switch told was not taken. */
export type SwitchDropCause =
  /** It could not be understood. */
  | 'malformed'
  /** It was larger than anything that makes sense. */
  | 'oversized'
  /** It came faster than it could be taken, or there was no room. */
  | 'overload';

export const SWITCH_DROP_CAUSES: readonly SwitchDropCause[] = ['malformed', 'oversized', 'overload'];

export class SwitchFigures {
  /** Whether the switch answers, as far as is known; undefined until it was tried, or where the switch comes to us. */
  up: boolean | undefined;
  /** Why it does not; '' while it does. */
  detail = '';
  /** Events and requests taken. */
  events = 0;
  /** Connections made. */
  connections = 0;
  /** Calls that went on without a verdict, as far as the switch tells. */
  unscreened = 0;
  readonly #dropped = new Map<SwitchDropCause, number>();

  /** @param name of the switch, for logs and metrics. */
  constructor(readonly name: string) {}

  drop(cause: SwitchDropCause): void {
    this.#dropped.set(cause, this.dropped(cause) + 1);
  }

  dropped(cause: SwitchDropCause): number {
    return this.#dropped.get(cause) ?? 0;
  }

  /** The connection stands. */
  connected(): void {
    this.up = true;
    this.detail = '';
    this.connections++;
  }

  /** The connection is gone, or was never there. @param detail why, for people. */
  lost(detail: string): void {
    this.up = false;
    this.detail = detail;
  }
}
