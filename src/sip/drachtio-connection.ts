/** The connection to drachtio-server, made again for ever. */
import type { Log } from '../admission/ports.js';
import { Backoff } from '../client/backoff.js';
import type { SipStack } from './stack.js';

/** Where drachtio-server takes applications. */
export interface DrachtioAddress {
  readonly host: string;
  readonly port: number;
  readonly secret: string;
}

/** What the owner of the connection wants to hear. */
export interface DrachtioListener {
  up(hostports: string): void;
  down(): void;
}

const RECONNECT_MS_MIN = 100;
const RECONNECT_MS_MAX = 2_000;
/** A wrong secret is not mended by hurrying. */
const REFUSED_MS = 10_000;

/**
 * Connects one SipStack. drachtio-srf's own reconnection is off: it retries a wrong secret four times a second for
 * ever, and after a reconnect it speaks plain TCP whatever it spoke before.
 */
export class DrachtioConnection {
  #state: 'down' | 'up' | 'refused' = 'down';
  #stopped = false;
  #failing = false;
  #timer: NodeJS.Timeout | undefined;
  readonly #backoff = new Backoff(RECONNECT_MS_MIN, RECONNECT_MS_MAX);

  constructor(
    readonly stack: SipStack,
    readonly address: DrachtioAddress,
    readonly log: Log,
    readonly listener: DrachtioListener,
  ) {
    stack.on('connect', (error, hostports) => (error === null ? this.#accepted(hostports) : this.#refused()));
    stack.on('error', (error) => this.#failed(error));
    stack.on('close', () => this.#closed());
  }

  get up(): boolean {
    return this.#state === 'up';
  }

  start(): void {
    if (this.#stopped) return;
    this.stack.connect({ ...this.address, reconnect: { maxAttempts: 1 } });
  }

  /** Disconnects for good. */
  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#hangUp();
  }

  #accepted(hostports: string): void {
    if (this.#stopped) {
      this.#hangUp();
      return;
    }
    this.#state = 'up';
    this.#failing = false;
    this.#backoff.reset();
    this.log.info({ hostports }, 'connected to drachtio-server');
    this.listener.up(hostports);
  }

  #refused(): void {
    this.#state = 'refused';
    const { host, port } = this.address;
    this.log.error({ host, port }, 'drachtio-server refuses the secret: check ACM_DRACHTIO_SECRET');
    this.#hangUp();
  }

  /** One line for an outage, not one for each attempt to end it. */
  #failed(error: Error): void {
    if (this.#failing) return;
    this.#failing = true;
    const { host, port } = this.address;
    this.log.warn({ host, port, reason: error.message }, 'connection to drachtio-server failed');
  }

  #closed(): void {
    const wasRefused = this.#state === 'refused';
    const wasUp = this.#state === 'up';
    this.#state = 'down';
    if (wasUp) this.listener.down();
    if (this.#stopped) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.start(), wasRefused ? REFUSED_MS : this.#backoff.next());
  }

  #hangUp(): void {
    try {
      this.stack.disconnect();
    } catch {
      // Not connected, which is what is wanted.
    }
  }
}
