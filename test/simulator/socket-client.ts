/** A plain client of the event socket, which shows every frame as it came. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export interface Frame {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const WAIT_MS_MAX = 5_000;

export class SocketClient {
  readonly frames: Frame[] = [];
  readonly socket: Socket;
  ended = false;
  #rest = Buffer.alloc(0);
  #taken = 0;

  private constructor(port: number) {
    this.socket = connect(port, '127.0.0.1');
    this.socket.on('data', (chunk) => this.#read(chunk));
    this.socket.on('close', () => {
      this.ended = true;
    });
    this.socket.on('error', () => undefined);
  }

  /** Connects, and reads the request to log in. */
  static async connect(port: number): Promise<SocketClient> {
    const client = new SocketClient(port);
    await once(client.socket, 'connect');
    await client.next('auth/request');
    return client;
  }

  static async login(port: number): Promise<SocketClient> {
    const client = await SocketClient.connect(port);
    await client.ask('auth ClueCon');
    return client;
  }

  /** A command and its reply's text. */
  async ask(command: string): Promise<string> {
    this.socket.write(`${command}\n\n`);
    const { headers, body } = await this.next('api/response', 'command/reply');
    return headers['Reply-Text'] ?? body;
  }

  /** The next frame of one of these content types; those in between are passed over. */
  async next(...types: readonly string[]): Promise<Frame> {
    return await this.#waitFor(() => {
      while (this.#taken < this.frames.length) {
        const frame = this.frames[this.#taken++];
        if (types.includes(frame.headers['Content-Type'])) return frame;
      }
      return undefined;
    });
  }

  /** The next `count` events, as objects. */
  async events(count: number): Promise<Record<string, string>[]> {
    const events: Record<string, string>[] = [];
    while (events.length < count) events.push(JSON.parse((await this.next('text/event-json')).body));
    return events;
  }

  async end(): Promise<void> {
    await this.#waitFor(() => (this.ended ? true : undefined));
  }

  close(): void {
    this.socket.destroy();
  }

  async #waitFor<T>(look: () => T | undefined): Promise<T> {
    const deadline = performance.now() + WAIT_MS_MAX;
    while (true) {
      const found = look();
      if (found !== undefined) return found;
      if (performance.now() > deadline) throw new Error('nothing came in time');
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }

  #read(chunk: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    while (true) {
      const end = this.#rest.indexOf('\n\n');
      if (end === -1) return;
      const lines = this.#rest.toString('utf8', 0, end).split('\n');
      const headers = Object.fromEntries(lines.map((line) => /^([^:]+): (.*)$/.exec(line)!.slice(1)));
      const length = Number(headers['Content-Length'] ?? 0);
      if (this.#rest.length < end + 2 + length) return;
      this.frames.push({ headers, body: this.#rest.toString('utf8', end + 2, end + 2 + length) });
      this.#rest = this.#rest.subarray(end + 2 + length);
    }
  }
}
