/**
 * JSON-RPC in UDP datagrams, as Kamailio's jsonrpcs takes them (`dgram_socket`). One request and one answer a datagram;
 * answers find their requests by the id. An answer that is larger than a datagram is never sent.
 */
import { createSocket, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import { AcmError } from '../../errors.js';
import { isObject } from '../json-object.js';
import {
  closed,
  noAnswerWithin,
  type OnRpcDrop,
  type RpcRequest,
  type RpcTransport,
  unavailable,
} from './transport.js';

/** What UDP over IPv4 carries. */
const DATAGRAM_BYTES_MAX = 65_507;
/** Requests that await their answers. */
const PENDING_MAX = 1_000;

interface Pending {
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** A socket that takes datagrams from the switch alone, once it is connected. */
interface Line {
  readonly socket: Socket;
  readonly connected: Promise<void>;
}

export class DatagramTransport implements RpcTransport {
  readonly answerBytesMax = DATAGRAM_BYTES_MAX;
  readonly #pending = new Map<number, Pending>();
  #line: Line | undefined;

  constructor(
    private readonly host: string,
    private readonly port: number,
    private readonly onDrop: OnRpcDrop,
  ) {}

  exchange(request: RpcRequest, deadlineMs: number): Promise<unknown> {
    const datagram = Buffer.from(JSON.stringify(request));
    if (datagram.length > DATAGRAM_BYTES_MAX)
      return Promise.reject(new AcmError('ACM_INVALID_ARGUMENT', 'the request is too long for a datagram'));
    if (this.#pending.size >= PENDING_MAX)
      return Promise.reject(unavailable(`${PENDING_MAX} requests await their answers`));
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        clearTimeout(timer);
        this.#pending.delete(request.id);
      };
      const pending = {
        resolve: (answer: unknown) => {
          settle();
          resolve(answer);
        },
        reject: (error: Error) => {
          settle();
          reject(error);
        },
      };
      const timer = setTimeout(() => pending.reject(noAnswerWithin(deadlineMs)), Math.max(1, deadlineMs));
      this.#pending.set(request.id, pending);
      this.#send(datagram).catch((error: Error) => pending.reject(unavailable(error.message, error)));
    });
  }

  async close(): Promise<void> {
    this.#hangUp(closed());
  }

  async #send(datagram: Buffer): Promise<void> {
    this.#line ??= this.#connect();
    const { socket, connected } = this.#line;
    await connected;
    await new Promise<void>((resolve, reject) => {
      socket.send(datagram, (error) => (error === null ? resolve() : reject(error)));
    });
  }

  #connect(): Line {
    const socket = createSocket(isIPv6(this.host) ? 'udp6' : 'udp4');
    socket.on('message', (datagram) => this.#take(datagram));
    const connected = new Promise<void>((resolve, reject) => {
      // Where nobody listens any more, the machine of the switch says so, and later sends tell.
      const onError = (error: Error): void => {
        reject(error);
        if (this.#line?.socket === socket) this.#hangUp(unavailable(error.message, error));
      };
      socket.on('error', onError);
      socket.connect(this.port, this.host, (error?: Error) => (error ? onError(error) : resolve()));
    });
    return { socket, connected };
  }

  #take(datagram: Buffer): void {
    const answer = parseDatagram(datagram);
    const id = isObject(answer) ? answer['id'] : undefined;
    // One that comes after its deadline is awaited by nobody.
    if (typeof id === 'number') this.#pending.get(id)?.resolve(answer);
    else this.onDrop('malformed');
  }

  #hangUp(error: Error): void {
    const line = this.#line;
    this.#line = undefined;
    // A socket that is still looking up its peer closes as well, and says nothing of it.
    line?.socket.close();
    for (const pending of this.#pending.values()) pending.reject(error);
  }
}

function parseDatagram(datagram: Buffer): unknown {
  try {
    return JSON.parse(datagram.toString('utf8'));
  } catch {
    return undefined;
  }
}
