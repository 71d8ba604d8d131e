import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { encodeFrame, FrameReader } from './frame.js';
import { Inbox } from './inbox.js';

/** An application reduced to frames: what it sends and receives is text, nothing is answered by itself. */
export class RawApplication {
  readonly inbox = new Inbox();
  readonly closed: Promise<unknown>;
  private readonly reader = new FrameReader();

  private constructor(private readonly socket: Socket) {
    this.closed = once(socket, 'close');
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      for (const payload of this.reader.push(chunk)) this.inbox.push(payload);
    });
  }

  static async connect(port: number): Promise<RawApplication> {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    return new RawApplication(socket);
  }

  /** Connects, authenticates and asks for requests of these methods. */
  static async register(
    port: number,
    secret: string,
    ...methods: readonly string[]
  ): Promise<RawApplication> {
    const application = await RawApplication.connect(port);
    await application.command(`authenticate|${secret}|`);
    for (const method of methods) await application.command(`route|${method}`);
    return application;
  }

  /** Sends a command and resolves with what follows its id in the answer. */
  async command(text: string): Promise<string> {
    const id = this.send(text);
    return this.answer(id);
  }

  /** Sends a command and returns its id. */
  send(text: string): string {
    const id = randomUUID();
    this.socket.write(encodeFrame(`${id}|${text}`));
    return id;
  }

  /** The next answer to a command. */
  async answer(id: string): Promise<string> {
    const frame = await this.inbox.take(new RegExp(`^[^|]+\\|response\\|${id}\\|`));
    return frame.split('|').slice(3).join('|');
  }

  /** The next SIP message handed over, with its tokens by name. */
  async message(
    pattern: RegExp,
  ): Promise<{ source: string; transactionId: string; dialogId: string; text: string }> {
    const frame = await this.inbox.take(new RegExp(`^[^|]+\\|sip\\|[\\s\\S]*${pattern.source}`));
    const end = frame.indexOf('\r\n');
    const tokens = frame.slice(0, end).split('|');
    return { source: tokens[2], transactionId: tokens[8], dialogId: tokens[9], text: frame.slice(end + 2) };
  }

  end(): void {
    this.socket.destroy();
  }
}
