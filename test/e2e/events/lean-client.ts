/**
 * Unary gRPC calls by bare frames of HTTP/2 (RFC 9113), so that the client's own garbage does not show in what it measures:
 * collecting node:http2's streams holds its process up by tens of milliseconds. It reads of an answer only whether there is
 * a message in it, and not its headers; it does without flow control, since little is under way at a time; it takes no
 * connection that the server wants to end.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
const FRAME_HEAD_BYTES = 9;
const [DATA, HEADERS, RST_STREAM, SETTINGS, PING, WINDOW_UPDATE] = [0, 1, 3, 4, 6, 8];
const [END_STREAM, ACK, END_HEADERS] = [1, 1, 4];
/** Room for more than will ever be answered. */
const WINDOW_BYTES = 2 ** 30;
/** Most calls under way; their times are kept by stream. */
const UNDER_WAY_MAX = 65_536;

export class LeanClient {
  #nextStream = 1;
  #rest: Buffer = Buffer.alloc(0);
  readonly #beganMs = new Float64Array(UNDER_WAY_MAX);
  readonly #hasMessage = new Uint8Array(UNDER_WAY_MAX);

  private constructor(
    private readonly socket: Socket,
    private readonly headers: Buffer,
    /** Called for each call that has ended, with its latency. */
    private readonly ended: (latencyMs: number, answered: boolean) => void,
  ) {
    socket.setNoDelay(true);
    socket.on('data', (chunk) => this.#take(chunk));
  }

  static async open(
    address: string,
    path: string,
    ended: (latencyMs: number, answered: boolean) => void,
  ): Promise<LeanClient> {
    const [host = '', port] = address.split(':');
    const socket = connect(Number(port), host);
    await once(socket, 'connect');
    const window = Buffer.alloc(4);
    window.writeUInt32BE(WINDOW_BYTES);
    socket.write(PREFACE);
    socket.write(frame(SETTINGS, 0, 0, Buffer.alloc(0)));
    socket.write(frame(WINDOW_UPDATE, 0, 0, window));
    return new LeanClient(socket, headerBlock(address, path), ended);
  }

  /** @param message in its protobuf encoding. */
  call(message: Uint8Array): void {
    const stream = this.#nextStream;
    this.#nextStream += 2;
    const place = (stream >> 1) % UNDER_WAY_MAX;
    const prefix = Buffer.alloc(5);
    prefix.writeUInt32BE(message.length, 1);
    const data = Buffer.concat([prefix, message]);
    this.#hasMessage[place] = 0;
    this.#beganMs[place] = performance.now();
    this.socket.write(
      Buffer.concat([
        frame(HEADERS, END_HEADERS, stream, this.headers),
        frame(DATA, END_STREAM, stream, data),
      ]),
    );
  }

  close(): void {
    this.socket.destroy();
  }

  #take(chunk: Buffer): void {
    let bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    while (bytes.length >= FRAME_HEAD_BYTES) {
      const end = FRAME_HEAD_BYTES + bytes.readUIntBE(0, 3);
      if (bytes.length < end) break;
      this.#read(bytes[3], bytes[4], bytes.readUInt32BE(5), bytes.subarray(FRAME_HEAD_BYTES, end));
      bytes = bytes.subarray(end);
    }
    this.#rest = bytes;
  }

  #read(type: number, flags: number, stream: number, payload: Buffer): void {
    const place = (stream >> 1) % UNDER_WAY_MAX;
    if (type === SETTINGS && (flags & ACK) === 0) this.socket.write(frame(SETTINGS, ACK, 0, Buffer.alloc(0)));
    else if (type === PING && (flags & ACK) === 0) this.socket.write(frame(PING, ACK, 0, payload));
    else if (type === DATA && payload.length > 0) this.#hasMessage[place] = 1;
    else if (type === RST_STREAM || (type === HEADERS && (flags & END_STREAM) !== 0))
      this.ended(performance.now() - this.#beganMs[place], this.#hasMessage[place] === 1);
  }
}

function frame(type: number, flags: number, stream: number, payload: Uint8Array): Buffer {
  const bytes = Buffer.alloc(FRAME_HEAD_BYTES + payload.length);
  bytes.writeUIntBE(payload.length, 0, 3);
  bytes[3] = type;
  bytes[4] = flags;
  bytes.writeUInt32BE(stream, 5);
  bytes.set(payload, FRAME_HEAD_BYTES);
  return bytes;
}

/** HPACK (RFC 7541) with nothing but the static table and literals that are not indexed, for the same bytes every time. */
function headerBlock(authority: string, path: string): Buffer {
  const text = (value: string): Buffer => Buffer.from([value.length, ...Buffer.from(value)]);
  const [methodPost, schemeHttp] = [0x83, 0x86];
  return Buffer.concat([
    Buffer.from([methodPost, schemeHttp]),
    // Names by their number: :path is 4, :authority is 1, content-type is 31; `te` has none.
    Buffer.from([0x04]),
    text(path),
    Buffer.from([0x01]),
    text(authority),
    Buffer.from([0x0f, 0x10]),
    text('application/grpc'),
    Buffer.from([0x00]),
    text('te'),
    text('trailers'),
  ]);
}
