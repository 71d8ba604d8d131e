/** The event socket of one FreeSWITCH, connected again for ever. */
import { connect } from 'node:net';
import type { Log } from '../../admission/ports.js';
import type { SwitchFigures } from '../../admission/switch-figures.js';
import { Backoff } from '../../client/backoff.js';
import { AcmError } from '../../errors.js';
import { EslConnection } from './esl-connection.js';

const RECONNECT_MS_MIN = 100;
const RECONNECT_MS_MAX = 5_000;
/** How long connecting and logging in may take. */
const CONNECT_MS_MAX = 5_000;
/** How long FreeSWITCH may take for a command. It answers commands of one connection one after the other. */
const COMMAND_MS_MAX = 10_000;

/** All in milliseconds. */
export interface EventSocketTiming {
  /** After which a wrong password is tried again; hurrying does not mend it. */
  readonly refusedMs: number;
  /** When nothing has come for this long, FreeSWITCH is asked whether it is still there. */
  readonly quietMs: number;
  /** How long it may take to say so. */
  readonly answerMs: number;
}

const TIMING: EventSocketTiming = { refusedMs: 10_000, quietMs: 5_000, answerMs: 3_000 };

/** The legs that calls come in by are what is counted; half of all events are spared. */
const SUBSCRIPTION = [
  'filter Call-Direction inbound',
  'event json CHANNEL_CREATE CHANNEL_ANSWER CHANNEL_HANGUP CHANNEL_HANGUP_COMPLETE',
];

export interface EventSocketAddress {
  readonly host: string;
  readonly port: number;
  readonly password: string;
}

export interface EventSocketListener {
  /** Events come from now on. */
  subscribed(): void;
  event(body: Buffer): void;
}

export class EventSocket {
  readonly #address: EventSocketAddress;
  readonly #figures: SwitchFigures;
  readonly #log: Log;
  readonly #timing: EventSocketTiming;
  readonly #backoff = new Backoff(RECONNECT_MS_MIN, RECONNECT_MS_MAX);
  #listener: EventSocketListener | undefined;
  #connection: EslConnection | undefined;
  #timer: NodeJS.Timeout | undefined;
  #keepAlive: NodeJS.Timeout | undefined;
  /** What has been complained of already. */
  #complaint = '';
  #refused = false;
  #asking = false;

  constructor(address: EventSocketAddress, figures: SwitchFigures, log: Log, timing = TIMING) {
    this.#timing = timing;
    this.#address = address;
    this.#figures = figures;
    this.#log = log;
  }

  /** Whether events come and commands can be sent. */
  get up(): boolean {
    return this.#figures.up === true;
  }

  start(listener: EventSocketListener): void {
    this.#listener = listener;
    this.#connect();
  }

  stop(): void {
    this.#listener = undefined;
    clearTimeout(this.#timer);
    this.#connection?.cut('stopped');
  }

  /** @param command one line. @returns what FreeSWITCH answers. @throws AcmError ACM_UNAVAILABLE */
  send(command: string, deadlineMs = COMMAND_MS_MAX): Promise<string> {
    if (this.#connection === undefined || !this.up)
      return Promise.reject(new AcmError('ACM_UNAVAILABLE', 'FreeSWITCH is not connected'));
    return this.#connection.send(command, deadlineMs);
  }

  #connect(): void {
    const { host, port } = this.#address;
    this.#refused = false;
    const connection = new EslConnection(connect({ host, port }), {
      asked: () => void this.#logIn(connection),
      event: (body) => this.#listener?.event(body),
      oversized: () => this.#figures.drop('oversized'),
      closed: (why) => this.#closed(why),
    });
    this.#connection = connection;
    this.#timer = setTimeout(() => connection.cut('FreeSWITCH does not answer'), CONNECT_MS_MAX);
  }

  async #logIn(connection: EslConnection): Promise<void> {
    try {
      const answer = await connection.send(`auth ${this.#address.password}`, CONNECT_MS_MAX);
      if (!answer.startsWith('+OK')) {
        this.#refused = true;
        connection.cut('FreeSWITCH refuses the password: check ACM_ESL_PASSWORD');
        return;
      }
      for (const command of SUBSCRIPTION) {
        const reply = await connection.send(command, CONNECT_MS_MAX);
        if (!reply.startsWith('+OK')) connection.cut(`FreeSWITCH refuses a subscription: ${reply}`);
      }
      this.#standing(connection);
    } catch (error) {
      // The connection is gone, which is told by itself.
      if (!(error instanceof AcmError)) throw error;
    }
  }

  #standing(connection: EslConnection): void {
    clearTimeout(this.#timer);
    this.#backoff.reset();
    this.#complaint = '';
    this.#figures.connected();
    const { host, port } = this.#address;
    this.#log.info({ host, port }, 'connected to FreeSWITCH');
    this.#keepAlive = setInterval(() => this.#askIfQuiet(connection), this.#timing.quietMs / 2).unref();
    this.#listener?.subscribed();
  }

  /** A frozen FreeSWITCH never says goodbye. */
  #askIfQuiet(connection: EslConnection): void {
    if (this.#asking || performance.now() - connection.heardMs < this.#timing.quietMs) return;
    this.#asking = true;
    connection
      .send('api hostname', this.#timing.answerMs)
      .catch(() => undefined)
      .finally(() => {
        this.#asking = false;
      });
  }

  #closed(why: string): void {
    clearTimeout(this.#timer);
    clearInterval(this.#keepAlive);
    this.#connection = undefined;
    if (this.#listener === undefined) return;
    this.#figures.lost(why);
    this.#complain(why);
    this.#timer = setTimeout(
      () => this.#connect(),
      this.#refused ? this.#timing.refusedMs : this.#backoff.next(),
    );
  }

  /** One line for an outage, not one for each attempt to end it. */
  #complain(why: string): void {
    if (this.#complaint === why) return;
    this.#complaint = why;
    const { host, port } = this.#address;
    this.#log[this.#refused ? 'error' : 'warn']({ host, port, reason: why }, 'no connection to FreeSWITCH');
  }
}
