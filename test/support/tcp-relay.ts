/**
 * A link between a client and a server of TCP, within the process of the test: it can be cut, delayed, and made to lose
 * packets. It loses none in truth, since TCP would not let a receiver see that: what follows a lost packet waits until the
 * sender has sent it again, so here it waits as long.
 */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** Bytes of a packet's content on an Ethernet; a longer write is as many packets. */
const PACKET_BYTES = 1_448;
/** What Linux waits at least before it sends again. */
const RETRANSMISSION_MS = 200;

interface Impairment {
  readonly delayMs: number;
  readonly lossShare: number;
}

const NONE: Impairment = { delayMs: 0, lossShare: 0 };

export class TcpRelay {
  readonly #server: Server;
  readonly #target: { readonly host: string; readonly port: number };
  readonly #sockets = new Set<Socket>();
  readonly #random: () => number;
  #impairment = NONE;
  #isCut = false;

  private constructor(target: { host: string; port: number }, random: () => number) {
    this.#target = target;
    this.#random = random;
    this.#server = createServer((client) => this.#join(client));
  }

  /** @param random 0 to 1; says which packets are lost. */
  static async start(
    listenHost: string,
    target: { host: string; port: number },
    random: () => number,
  ): Promise<TcpRelay> {
    const relay = new TcpRelay(target, random);
    relay.#server.listen(0, listenHost);
    await once(relay.#server, 'listening');
    return relay;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** From now on nothing passes, and nobody is told: connections stay, and new ones are accepted and silent. */
  cut(): void {
    this.#isCut = true;
  }

  /** Connections of before are gone; new ones pass. */
  heal(): void {
    this.#isCut = false;
    this.#closeAll();
  }

  /** Of what either side sends from now on. */
  impair(delayMs: number, lossShare: number): void {
    this.#impairment = { delayMs, lossShare };
  }

  repair(): void {
    this.#impairment = NONE;
  }

  async stop(): Promise<void> {
    this.#server.close();
    this.#closeAll();
    await once(this.#server, 'close');
  }

  #closeAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #join(client: Socket): void {
    const server = connect({ ...this.#target, noDelay: true });
    client.setNoDelay(true);
    for (const [from, to] of [
      [client, server],
      [server, client],
    ]) {
      this.#sockets.add(from);
      from.on('close', () => {
        this.#sockets.delete(from);
        to.destroy();
      });
      // Its close follows.
      from.on('error', () => undefined);
      this.#pass(from, to);
    }
  }

  /** Chunks arrive in the order in which they were sent, whatever the order of timers. */
  #pass(from: Socket, to: Socket): void {
    const waiting: Buffer[] = [];
    let freeAtMs = 0;
    const deliver = (): void => {
      const chunk = waiting.shift()!;
      if (to.writable && !this.#isCut) to.write(chunk);
    };
    from.on('data', (chunk: Buffer) => {
      if (this.#isCut) return;
      const nowMs = performance.now();
      freeAtMs = Math.max(freeAtMs, nowMs + this.#impairment.delayMs + this.#stallMs(chunk.length));
      waiting.push(chunk);
      if (freeAtMs <= nowMs && waiting.length === 1) deliver();
      else setTimeout(deliver, freeAtMs - nowMs);
    });
  }

  /** The longest that any of its packets takes to be sent again, and again. */
  #stallMs(bytes: number): number {
    let worstMs = 0;
    for (let sent = 0; sent < bytes; sent += PACKET_BYTES) {
      let pauseMs = RETRANSMISSION_MS;
      let stallMs = 0;
      for (; this.#random() < this.#impairment.lossShare; pauseMs *= 2) stallMs += pauseMs;
      worstMs = Math.max(worstMs, stallMs);
    }
    return worstMs;
  }
}
