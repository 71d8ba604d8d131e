/**
 * A switch that can be had anywhere: FreeSWITCH's event socket with simulated calls behind it. Framing, commands and
 * replies are those recorded of FreeSWITCH 1.10.12; what is left out stands in client-session.ts, api-commands.ts and
 * channel-headers.ts.
 */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { channelHeaders, type EventOrigin, originHeaders } from './channel-headers.js';
import { ClientSession, type SessionParts } from './client-session.js';
import { type EventFormat, type EventHeaders, frameOf } from './event-frame.js';
import { SeededRandom } from './seeded-random.js';
import type { Leg } from './simulated-call.js';
import type { EventName } from './subscription.js';
import { Switchboard } from './switchboard.js';

export interface FreeswitchOptions {
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** 0 for any that is free. */
  readonly port: number;
  /** Default ClueCon. */
  readonly password?: string;
  /** Of all names that it invents. Default 1. */
  readonly seed?: number;
  /** Bytes that may wait for a client before it loses events. Default 256 MiB. */
  readonly waitingBytesMax?: number;
  /** Milliseconds of the epoch. */
  readonly now?: () => number;
}

export class SimulatedFreeswitch {
  readonly board: Switchboard;
  readonly #options: FreeswitchOptions;
  readonly #random: SeededRandom;
  /** Clients ask when they like, and must not change the names of the channels by it. */
  readonly #jobRandom: SeededRandom;
  readonly #coreUuid: string;
  readonly #startedUs: number;
  readonly #server = createServer((socket) => this.#accept(socket));
  readonly #sessions = new Map<Socket, ClientSession>();
  #sequence = 0;
  #lostByGone = 0;
  #mostWaitingByGone = 0;
  /** Events sent, to all clients together. */
  eventsSent = 0;

  private constructor(options: FreeswitchOptions) {
    this.#options = options;
    this.#random = new SeededRandom(options.seed ?? 1);
    this.#jobRandom = new SeededRandom(~(options.seed ?? 1));
    this.#coreUuid = this.#random.uuid();
    this.#startedUs = this.#nowUs();
    this.board = new Switchboard({
      random: this.#random,
      nowUs: () => this.#nowUs(),
      emit: (name, leg) => this.#tell(name, leg),
      defer: setImmediate,
    });
  }

  /** Listens. @throws Error of node:net if it cannot, such as EADDRINUSE. */
  static async start(options: FreeswitchOptions): Promise<SimulatedFreeswitch> {
    const freeswitch = new SimulatedFreeswitch(options);
    freeswitch.#server.listen(options.port, options.host ?? '127.0.0.1');
    await once(freeswitch.#server, 'listening');
    return freeswitch;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Clients that are connected. */
  get clients(): number {
    return this.#sessions.size;
  }

  /** Events that clients did not get since they read too slowly. */
  get eventsLost(): number {
    return [...this.#sessions.values()].reduce((sum, { lost }) => sum + lost, this.#lostByGone);
  }

  /** The most bytes that have waited for one client, its first ten seconds apart. */
  get mostWaiting(): number {
    return Math.max(this.#mostWaitingByGone, ...[...this.#sessions.values()].map((each) => each.mostWaiting));
  }

  /** Cuts all clients off, as a switch does that crashes; it goes on listening. */
  dropClients(): void {
    for (const socket of this.#sessions.keys()) socket.destroy();
  }

  /** Clients see a bare end of stream, as at a shutdown of FreeSWITCH. */
  async stop(): Promise<void> {
    this.#server.close();
    for (const socket of this.#sessions.keys()) socket.destroySoon();
    const forced = setTimeout(() => this.dropClients(), 1_000).unref();
    if (this.#server.listening || this.#sessions.size > 0) await once(this.#server, 'close');
    clearTimeout(forced);
  }

  #accept(socket: Socket): void {
    const { password = 'ClueCon', waitingBytesMax } = this.#options;
    const parts: SessionParts = {
      password,
      api: {
        board: this.board,
        origin: () => this.#origin(),
        uptimeUs: () => this.#nowUs() - this.#startedUs,
      },
      jobUuid: () => this.#jobRandom.uuid(),
      jobDone: (uuid, command, reply) => this.#tellOfJob(uuid, command, reply),
      ...(waitingBytesMax === undefined ? undefined : { waitingBytesMax }),
    };
    const session = new ClientSession(socket, parts);
    this.#sessions.set(socket, session);
    socket.on('close', () => {
      this.#sessions.delete(socket);
      this.#lostByGone += session.lost;
      this.#mostWaitingByGone = Math.max(this.#mostWaitingByGone, session.mostWaiting);
    });
  }

  #tell(name: EventName, leg: Leg): void {
    this.#sequence++;
    const wanting = this.#wanting(name, leg.direction);
    if (wanting.length > 0) this.#send(wanting, channelHeaders(name, leg, this.#origin()), '');
  }

  #tellOfJob(uuid: string, command: string, reply: string): void {
    this.#sequence++;
    const wanting = this.#wanting('BACKGROUND_JOB', undefined);
    if (wanting.length === 0) return;
    const [, name, args] = /^(\S*)\s*(.*)$/s.exec(command)!;
    const headers = {
      ...originHeaders('BACKGROUND_JOB', this.#origin()),
      'Job-UUID': uuid,
      'Job-Command': name,
      ...(args === '' ? undefined : { 'Job-Command-Arg': args }),
    };
    this.#send(wanting, headers, reply);
  }

  #wanting(name: EventName, direction: Leg['direction'] | undefined): ClientSession[] {
    return [...this.#sessions.values()].filter(({ subscription }) => subscription.wants(name, direction));
  }

  #send(wanting: readonly ClientSession[], headers: EventHeaders, body: string): void {
    const frames: Partial<Record<EventFormat, string>> = {};
    for (const session of wanting) {
      const { subscription } = session;
      if (!subscription.passes(headers)) continue;
      frames[subscription.format] ??= frameOf(headers, body, subscription.format);
      session.sendEvent(frames[subscription.format]!);
      this.eventsSent++;
    }
  }

  #origin(): EventOrigin {
    return { coreUuid: this.#coreUuid, sequence: this.#sequence, nowUs: this.#nowUs() };
  }

  #nowUs(): number {
    return Math.round((this.#options.now ?? Date.now)() * 1_000);
  }
}
