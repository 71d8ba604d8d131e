/** The connection to Kamailio's event socket: made, read, answered, and made anew for as long as the sidecar lives. */
import { connect, type Socket } from 'node:net';
import type { CallIntake } from '../../admission/call-intake.js';
import type { Log } from '../../admission/ports.js';
import { SwitchFigures } from '../../admission/switch-figures.js';
import type { SwitchConnector } from '../../admission/switch-ports.js';
import type { Trunks } from '../../admission/trunks.js';
import { Backoff } from '../../client/backoff.js';
import { EvapiDesk } from './evapi-desk.js';
import { NetstringError, NetstringReader, netstringOf } from './evapi-netstring.js';
import { Staleness } from './evapi-staleness.js';

const CONNECT_MS_MAX = 2_000;
const BACKOFF_MS_MIN = 50;
const BACKOFF_MS_MAX = 2_000;
/** A connection that lasts this long was a good one. A Kamailio with no room for another client closes it at once. */
const GOOD_MS = 1_000;
/** A peer whose machine is gone never says so. */
const KEEPALIVE_MS = 10_000;
/** Answers that Kamailio has not taken, in bytes; beyond it they are dropped, and its calls go on by themselves. */
const UNREAD_BYTES_MAX = 262_144;
/**
 * Goes out where there is no answer to send. Kamailio's socket waits, before it sends anything small, until what it sent last is
 * acknowledged (Nagle's algorithm), and a bare acknowledgement takes up to 40 ms: this one takes it along.
 */
const HEARD = netstringOf('{}');

export interface EvapiOptions {
  readonly host: string;
  readonly port: number;
  readonly switchId: string;
  readonly trunks: Trunks;
  readonly log: Log;
  /** Monotonic milliseconds. */
  readonly nowMs: () => number;
  /** Default: 50 ms to 2 s. */
  readonly backoff?: Backoff;
}

export class EvapiConnector implements SwitchConnector {
  readonly figures = new SwitchFigures('kamailio-evapi');
  readonly #options: EvapiOptions;
  readonly #backoff: Backoff;
  #socket: Socket | undefined;
  #reconnecting: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(options: EvapiOptions) {
    this.#options = options;
    this.#backoff = options.backoff ?? new Backoff(BACKOFF_MS_MIN, BACKOFF_MS_MAX);
  }

  start(intake: CallIntake, connected: () => void): Promise<void> {
    this.#connect(intake, connected);
    return Promise.resolve();
  }

  stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#reconnecting);
    const socket = this.#socket;
    if (socket === undefined || socket.closed) return Promise.resolve();
    return new Promise((resolve) => {
      socket.once('close', () => resolve());
      socket.destroy();
    });
  }

  #connect(intake: CallIntake, connected: () => void): void {
    const { host, port, nowMs, log } = this.#options;
    const socket = connect({
      host,
      port,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: KEEPALIVE_MS,
    });
    this.#socket = socket;
    const patience = setTimeout(() => socket.destroy(new Error('no answer')), CONNECT_MS_MAX);
    let sinceMs: number | undefined;
    let complaint = 'closed by Kamailio';
    socket.once('connect', () => {
      clearTimeout(patience);
      sinceMs = nowMs();
      this.figures.connected();
      log.info({ host, port }, "connected to Kamailio's event socket");
      connected();
    });
    this.#answerOn(socket, intake);
    socket.on('error', (error) => {
      complaint = error.message;
    });
    socket.once('close', () => {
      clearTimeout(patience);
      if (this.#stopped) return;
      if (sinceMs !== undefined && nowMs() - sinceMs >= GOOD_MS) this.#backoff.reset();
      if (this.figures.up !== false)
        log.warn({ host, port, complaint }, "not connected to Kamailio's event socket");
      this.figures.lost(complaint);
      this.#reconnecting = setTimeout(() => this.#connect(intake, connected), this.#backoff.next());
    });
  }

  #answerOn(socket: Socket, intake: CallIntake): void {
    const { figures } = this;
    const reader = new NetstringReader();
    const desk = new EvapiDesk({ ...this.#options, intake, figures, staleness: new Staleness() });
    socket.on('data', (chunk) => {
      const answers: string[] = [];
      const take = (payload: string): void => {
        const answer = desk.take(payload);
        if (answer !== undefined) answers.push(netstringOf(answer));
      };
      let broken: NetstringError | undefined;
      try {
        reader.push(chunk, take);
      } catch (error) {
        if (!(error instanceof NetstringError)) throw error;
        figures.drop(error.dropCause);
        broken = error;
      }
      this.#send(socket, answers.length === 0 ? [HEARD] : answers);
      if (broken !== undefined) socket.destroy(broken);
    });
  }

  /** The answers to one chunk in one write. */
  #send(socket: Socket, answers: readonly string[]): void {
    if (socket.writableLength <= UNREAD_BYTES_MAX) socket.write(answers.join(''));
    else for (const _ of answers) this.figures.drop('overload');
  }
}
