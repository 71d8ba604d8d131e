import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import { encodeFrame, FrameReader } from './frame.js';
import type { Endpoint } from './sip-address.js';
import { parseSipMessage, type SipMessage } from './sip-message.js';

/** Where a SIP message came from, or went to, in the words of the wire protocol. */
export type MessageSource = 'network' | 'application';

/**
 * The six tokens that describe a SIP message:
 *
 *     source|bytes|udp|address|port|HH:MM:SS.uuuuuu
 *
 * The time is UTC.
 */
export function describeMessage(source: MessageSource, text: string, endpoint: Endpoint): string {
  const time = `${new Date().toISOString().slice(11, 23)}000`;
  return `${source}|${Buffer.byteLength(text)}|udp|${endpoint.address}|${endpoint.port}|${time}`;
}

/**
 * What an application sends: tokens joined by `|`, then possibly CRLF and a SIP message.
 *
 *     id|type|argument|...
 */
export interface Command {
  readonly id: string;
  readonly type: string;
  readonly arguments: readonly string[];
  readonly message: SipMessage | undefined;
}

export function parseCommand(payload: string): Command {
  const end = payload.indexOf('\r\n');
  const [id, type = '', ...rest] = (end === -1 ? payload : payload.slice(0, end)).split('|');
  const message = end === -1 ? undefined : parseSipMessage(payload.slice(end + 2), false);
  return { id, type, arguments: rest, message };
}

/** One application's connection: commands in, answers and SIP messages out. */
export class Application {
  isAuthenticated = false;
  private readonly reader = new FrameReader();

  constructor(
    private readonly socket: Socket,
    private readonly onCommand: (application: Application, command: Command) => void,
  ) {
    socket.setNoDelay(true);
    socket.on('data', (chunk) => this.receive(chunk));
    // Its 'close' follows, and that is what counts.
    socket.on('error', () => {});
  }

  get isConnected(): boolean {
    return !this.socket.destroyed && this.socket.writable;
  }

  /** Answers a command: `OK`, `NO` (and the connection goes) or `NOK`, with what belongs to it. */
  answer(commandId: string, ...tokens: readonly string[]): void {
    this.send(`${randomUUID()}|response|${commandId}|${tokens.join('|')}`);
  }

  /** Hands over a SIP message: `description|transaction id|dialog id|`, and for a new request where it was received. */
  deliver(
    description: string,
    transactionId: string,
    dialogId: string,
    text: string,
    receivedOn?: Endpoint,
  ): void {
    const at = receivedOn ? `${receivedOn.address}|${receivedOn.port}|` : '';
    this.send(`${randomUUID()}|sip|${description}|${transactionId}|${dialogId}|${at}\r\n${text}`);
  }

  /** Closes the connection after what has been written. */
  end(): void {
    this.socket.end();
  }

  /** Cuts the connection. */
  drop(): void {
    this.socket.destroy();
  }

  private send(payload: string): void {
    if (this.isConnected) this.socket.write(encodeFrame(payload));
  }

  private receive(chunk: Buffer): void {
    let payloads: string[] = [];
    try {
      payloads = this.reader.push(chunk);
    } catch {
      // As drachtio-server does: a stream out of step is closed without an answer.
      this.drop();
    }
    for (const payload of payloads) this.onCommand(this, parseCommand(payload));
  }
}
