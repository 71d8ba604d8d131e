/** A connection to PostgreSQL that can be cut: pg's own `end()` says good-bye first, and waits for a frozen server. */
import { Socket } from 'node:net';
import { Client, type ClientConfig } from 'pg';

/** Milliseconds that the server goes on after our deadline, so that the deadline is what people see. */
const SERVER_GRACE_MS = 500;

export class PostgresClient extends Client {
  readonly #socket: Socket;
  /** Milliseconds after which the server ends a statement of this connection by itself; 0 until it was told. */
  #serverLimitMs = 0;
  /** Whether it waits in the pool; the pool says. */
  idle = false;
  /** Settles when the socket is closed. */
  readonly closed: Promise<void>;

  constructor(config: ClientConfig) {
    const socket = new Socket();
    super({ ...config, stream: () => socket });
    this.#socket = socket;
    this.closed = new Promise((resolve) => socket.once('close', () => resolve()));
    // A lost connection is told to the query under way, or to the pool. Without a listener it would end the process.
    this.on('error', () => {});
  }

  get isCut(): boolean {
    return this.#socket.destroyed;
  }

  /** Closes the socket at once. Queries under way reject. */
  cut(): void {
    this.#socket.destroy();
  }

  /** Makes the server end statements, and transactions whose client stands still, a little after our own deadline. */
  async limit(deadlineMs: number): Promise<void> {
    const limitMs = Math.ceil(deadlineMs) + SERVER_GRACE_MS;
    if (this.#serverLimitMs === limitMs) return;
    await this.query(
      `SET statement_timeout = ${limitMs}; SET idle_in_transaction_session_timeout = ${limitMs}`,
    );
    this.#serverLimitMs = limitMs;
  }
}
