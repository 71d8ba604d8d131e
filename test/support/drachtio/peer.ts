/**
 * A protocol peer of drachtio-server 0.9.10: applications connect to it over TCP as they do to the real one, and it
 * speaks SIP over UDP for them. It was compared with the real server frame by frame and datagram by datagram.
 *
 * It does not cover:
 *  - SIP over TCP, TLS or WebSocket, IPv6, and any address outside 127.0.0.0/8 (answered `503 DNS Error`);
 *  - ICMP errors: the real server answers `503` at once when nothing listens at the destination, this peer `408` in time;
 *  - reliable provisional responses and PRACK (`NOK` to `Require: 100rel`), UPDATE before the answer, session timers;
 *  - several 2xx to one INVITE (forking downstream): the first one makes the dialog, the others are taken for repeats;
 *  - dialogs of SUBSCRIBE and NOTIFY, REGISTER bindings, NAT detection, a BYE that crosses a re-INVITE;
 *  - in the proxy: `followRedirects`, timer C, PRACK and INFO during call set-up; Max-Forwards goes by RFC 3261 even
 *    where the real server leaves it out or does not lower it;
 *  - tags, outbound connections, TLS towards applications, `cdr:` events, blacklists, every configuration option;
 *  - frames beyond 12,228 bytes, after which the real server never answers again, and unanswered BYEs;
 *  - header order and letter case of custom headers, and the `protocol` token, which the real server sometimes leaves empty.
 */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { Application, type Command } from './application.js';
import { ApplicationTable } from './application-table.js';
import type { SipCounters } from './counters.js';
import { DialogTable } from './dialog.js';
import { SipProxy } from './proxy.js';
import type { Endpoint } from './sip-address.js';
import { Refusal, type SipCore } from './sip-core.js';
import { RFC_TIMERS, type SipTimers } from './timers.js';
import { TransactionLayer } from './transaction-layer.js';
import { UserAgentClient } from './user-agent-client.js';
import { UserAgentServer } from './user-agent-server.js';

const HOST = '127.0.0.1';
const VERSION = 'v0.9.10';
const SOCKET_BUFFER_BYTES = 4 << 20;

export interface DrachtioPeerOptions {
  /** UDP port for SIP. Default 0: any free one. */
  readonly sipPort?: number;
  /** TCP port for applications. Default 0: any free one. */
  readonly adminPort?: number;
  /** What applications authenticate with. */
  readonly secret: string;
  /** Default: those of RFC 3261. */
  readonly timers?: SipTimers;
}

/** A running peer, on 127.0.0.1 only. */
export class DrachtioPeer {
  private readonly applications = new ApplicationTable();
  private readonly dialogTable = new DialogTable();
  private readonly layer: TransactionLayer;
  private readonly client: UserAgentClient;
  private readonly server: UserAgentServer;
  private readonly proxy: SipProxy;
  private readonly own: Endpoint;
  /** TCP port for applications. */
  readonly adminPort: number;

  constructor(
    private readonly socket: Socket,
    private readonly listener: Server,
    private readonly secret: string,
    timers: SipTimers,
  ) {
    this.own = { address: HOST, port: socket.address().port };
    this.adminPort = (listener.address() as AddressInfo).port;
    this.layer = new TransactionLayer(socket, timers);
    const { own, layer, dialogTable: dialogs, applications } = this;
    const core: SipCore = { own, layer, dialogs, applications };
    const client = new UserAgentClient(core);
    const server = new UserAgentServer(core, (dialog, reason) => client.hangUp(dialog, reason));
    const proxy = new SipProxy(core);
    this.client = client;
    this.server = server;
    this.proxy = proxy;
    layer.user = {
      forward: (request) => proxy.forward(request),
      onRequest: (transaction) => server.onRequest(transaction),
      onAck: (ack, source) => server.onAck(ack, source),
      onCancel: (invite, cancel) => {
        if (!proxy.cancel(invite)) server.onCancel(invite, cancel);
      },
      onStrayResponse: (response) => proxy.onStrayResponse(response),
    };
    listener.on('connection', (connection) => {
      const application = new Application(connection, (from, command) => this.receive(from, command));
      applications.add(application);
      connection.on('close', () => applications.remove(application));
    });
  }

  /** UDP port for SIP. */
  get sipPort(): number {
    return this.own.port;
  }

  /** Applications that are connected and have authenticated. */
  get adminConnections(): number {
    return this.applications.size;
  }

  get counters(): SipCounters {
    return this.layer.counters;
  }

  /** SIP transactions that still live; one lingers for up to 64 T1 after its end to absorb retransmissions. */
  get transactions(): number {
    return this.layer.size;
  }

  /** Calls in progress, from 2xx to BYE; a call through a back-to-back user agent counts twice, a proxied one not at all. */
  get dialogs(): number {
    return this.dialogTable.size;
  }

  /** Cuts the connection of every application. Dialogs live on; what belongs to them is answered 481 meanwhile. */
  dropApplications(): void {
    this.applications.dropAll();
  }

  /** Frees every socket and timer; no BYE is sent, no application is told. */
  async close(): Promise<void> {
    this.applications.dropAll();
    this.server.close();
    this.client.close();
    this.proxy.close();
    this.layer.close();
    await Promise.all([
      new Promise<void>((resolve) => this.socket.close(() => resolve())),
      new Promise<void>((resolve) => this.listener.close(() => resolve())),
    ]);
  }

  private receive(application: Application, command: Command): void {
    try {
      this.execute(application, command);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      application.answer(command.id, 'NOK', error.message);
    }
  }

  private execute(application: Application, command: Command): void {
    switch (command.type) {
      case 'authenticate':
        this.authenticate(application, command);
        break;
      case 'ping':
        application.answer(command.id, 'OK', 'pong');
        break;
      case 'route':
        this.applications.route(application, command.arguments[0]);
        application.answer(command.id, 'OK');
        break;
      case 'remove_route':
        this.applications.unroute(application);
        application.answer(command.id, 'OK');
        break;
      case 'sip':
        this.executeSip(application, command);
        break;
      case 'proxy':
        this.executeProxy(application, command);
        break;
      default:
        application.answer(command.id, 'NO', 'Unknown message type');
        application.end();
    }
  }

  private authenticate(application: Application, command: Command): void {
    application.isAuthenticated = command.arguments[0] === this.secret;
    if (application.isAuthenticated) {
      const hostport = `udp/${HOST}:${this.sipPort}`;
      application.answer(command.id, 'OK', hostport, VERSION, hostport);
      return;
    }
    application.answer(command.id, 'NO', 'incorrect secret');
    application.end();
  }

  /** A response by transaction id, a request in a dialog by dialog id, a CANCEL by transaction id, or a new request. */
  private executeSip(application: Application, command: Command): void {
    const [transactionId, dialogId] = command.arguments;
    const { message } = command;
    if (message === undefined) throw new Refusal('Invalid message format');
    if (message.kind === 'response') {
      if (!transactionId) throw new Refusal('transaction id missing');
      this.server.respond(application, command, message);
    } else if (dialogId) this.client.sendInside(application, command, message);
    else if (transactionId) this.client.cancel(application, command, message);
    else this.client.sendOutside(application, command, message);
  }

  private executeProxy(application: Application, command: Command): void {
    const transaction = this.server.takeUnanswered(command.arguments[0]);
    if (transaction === undefined) throw new Refusal(`Unknown transaction id: ${command.arguments[0]}`);
    this.proxy.start(application, command, transaction);
  }
}

/** Starts a peer and resolves when both its sockets are bound. */
export async function startDrachtioPeer(options: DrachtioPeerOptions): Promise<DrachtioPeer> {
  const socket = createSocket({
    type: 'udp4',
    recvBufferSize: SOCKET_BUFFER_BYTES,
    sendBufferSize: SOCKET_BUFFER_BYTES,
    // Every destination is an address already; resolving it would only delay the datagram behind the TCP frame.
    lookup: (address, _options, done) => done(null, address, 4),
  });
  const listener = createServer();
  // Waiting begins before binding: with its own lookup the socket may be bound within the call.
  const bound = Promise.all([once(socket, 'listening'), once(listener, 'listening')]);
  socket.bind(options.sipPort ?? 0, HOST);
  listener.listen(options.adminPort ?? 0, HOST);
  await bound;
  return new DrachtioPeer(socket, listener, options.secret, options.timers ?? RFC_TIMERS);
}
