/** Whether the database can be used, as everything that the gateway does finds out; logged when it changes. */
import type { Log } from '../../admission/ports.js';
import { AcmError } from '../../errors.js';

/** `away`: it does not answer. `unfit`: it answers, and must not or cannot be used as it is. */
type Condition = 'starting' | 'up' | 'away' | 'unfit';

export class DatabaseState {
  #condition: Condition = 'starting';
  #detail = 'the database has not answered yet';
  /** Called when it can be used, or cannot be used any more. */
  onChange: (isUp: boolean) => void = () => {};

  constructor(private readonly log: Log) {}

  get condition(): Condition {
    return this.#condition;
  }

  /** What is wrong, in words; '' when nothing is. */
  get detail(): string {
    return this.#detail;
  }

  get isUp(): boolean {
    return this.#condition === 'up';
  }

  up(): void {
    this.#become('up', '');
  }

  away(error: unknown): void {
    this.#become('away', (error as Error).message);
  }

  unfit(complaint: string): void {
    this.#become('unfit', complaint);
  }

  /** @throws AcmError ACM_STORE_UNAVAILABLE at once, so that nobody waits for a database that is known to be away. */
  check(): void {
    if (!this.isUp) throw new AcmError('ACM_STORE_UNAVAILABLE', this.#detail);
  }

  #become(condition: Condition, detail: string): void {
    const before = this.#condition;
    this.#condition = condition;
    this.#detail = detail;
    if (before === condition) return;
    if (condition === 'up') this.log.info({}, 'the database can be used');
    else if (condition === 'away') this.log.warn({ detail }, 'the database is away');
    else this.log.error({ detail }, 'the database cannot be used as it is');
    if ((before === 'up') !== (condition === 'up')) this.onChange(condition === 'up');
  }
}
