/**
 * PGlite as a socket of PostgreSQL's protocol, so that pg's client talks to it as it does to a server: values and errors
 * are the same by construction, and large results are read three times as fast as by PGlite's own client.
 */
import { Duplex } from 'node:stream';
import type { PGlite } from '@electric-sql/pglite';

type Done = (error?: Error | null) => void;

export class PgliteStream extends Duplex {
  readonly #db: PGlite;

  constructor(db: PGlite) {
    super();
    this.#db = db;
  }

  /** pg connects its stream itself; there is nowhere to go. */
  connect(): this {
    process.nextTick(() => this.emit('connect'));
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  override _read(): void {
    // Answers are pushed as they come: the client has asked for them.
  }

  override _write(message: Buffer, _encoding: string, done: Done): void {
    this.#exchange(message, done);
  }

  /** The messages of one query, which belong together. */
  override _writev(messages: readonly { chunk: Buffer }[], done: Done): void {
    this.#exchange(Buffer.concat(messages.map(({ chunk }) => chunk)), done);
  }

  #exchange(message: Buffer, done: Done): void {
    // The answer is a view of PGlite's memory, which the next one overwrites.
    const onRawData = (answer: Uint8Array): void => void this.push(Buffer.from(answer));
    this.#db.execProtocolRawStream(message, { syncToFs: false, onRawData }).then(() => done(), done);
  }
}
