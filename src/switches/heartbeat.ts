/** Asks a switch from time to time whether it is there, and says so when it is back. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Log } from '../admission/ports.js';
import type { SwitchFigures } from '../admission/switch-figures.js';
import { Backoff } from '../client/backoff.js';
import { AcmError } from '../errors.js';

/** Between two beats while the switch answers, in milliseconds. */
const BEAT_MS = 5_000;
const RETRY_MS_MIN = 500;
const RETRY_MS_MAX = 10_000;

export interface HeartbeatParts {
  readonly figures: SwitchFigures;
  readonly log: Log;
  /**
   * Asks the switch.
   * @returns whether it is another life of it than at the beat before, so that it may have lost its calls meanwhile.
   * @throws AcmError if it does not answer.
   */
  beat(): Promise<boolean>;
  /** Called at the first answer, and at the first one after every loss. */
  connected(): void;
  /** Resolves early, or rejects, when the signal aborts. */
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<unknown>;
  /** A number in [0, 1). */
  readonly random?: () => number;
}

export class Heartbeat {
  readonly #parts: HeartbeatParts;
  readonly #backoff: Backoff;
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;

  constructor(parts: HeartbeatParts) {
    this.#parts = parts;
    this.#backoff = new Backoff(RETRY_MS_MIN, RETRY_MS_MAX, parts.random);
  }

  start(): void {
    this.#running = this.#run();
  }

  /** Resolves when the beat that is under way has ended. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { sleep = (ms, signal) => delay(ms, undefined, { signal, ref: false }) } = this.#parts;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const pauseMs = await this.#beat();
      await sleep(pauseMs, signal).catch(() => undefined);
    }
  }

  /** @returns how long to wait until the next one, in milliseconds. */
  async #beat(): Promise<number> {
    try {
      const isNew = await this.#parts.beat();
      if (!this.#stopping.signal.aborted) this.#tellUp(isNew);
      this.#backoff.reset();
      return BEAT_MS;
    } catch (error) {
      if (!(error instanceof AcmError)) throw error;
      if (!this.#stopping.signal.aborted) this.#tellDown(error);
      return this.#backoff.next();
    }
  }

  #tellUp(isNew: boolean): void {
    const { figures, log, connected } = this.#parts;
    if (figures.up === true && !isNew) return;
    log.info({ switch: figures.name }, figures.up === true ? 'a switch was restarted' : 'a switch answers');
    figures.connected();
    connected();
  }

  #tellDown({ message }: AcmError): void {
    const { figures, log } = this.#parts;
    if (figures.up !== false)
      log.warn({ switch: figures.name, complaint: message }, 'a switch does not answer');
    figures.lost(message);
  }
}
