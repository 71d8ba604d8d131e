import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { Inbox } from './inbox.js';

export const SDP =
  'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n';

export interface RequestParts {
  readonly method: string;
  readonly callId: string;
  readonly seq?: number;
  /** Distinguishes transactions; an ACK of a non-2xx and a CANCEL have that of their INVITE. */
  readonly branch?: string;
  /** The tag of the other side, from `;tag=` on. */
  readonly toTag?: string;
  /** Further headers, each ending in CRLF. */
  readonly extra?: string;
  readonly uri?: string;
}

/** A SIP endpoint reduced to datagrams: nothing is answered, acknowledged or repeated by itself. */
export class RawPhone {
  readonly inbox = new Inbox();
  private readonly socket = createSocket('udp4');

  /** `peerPort` is where its datagrams go. */
  constructor(private readonly peerPort: number) {
    this.socket.on('message', (datagram) => this.inbox.push(datagram.toString()));
  }

  async bind(): Promise<this> {
    this.socket.bind(0, '127.0.0.1');
    await once(this.socket, 'listening');
    return this;
  }

  get port(): number {
    return this.socket.address().port;
  }

  send(text: string): void {
    this.socket.send(text, this.peerPort, '127.0.0.1');
  }

  request(parts: RequestParts): void {
    const { method, callId, seq = 1, branch = 'first', toTag = '', extra = '' } = parts;
    const body = method === 'INVITE' ? SDP : '';
    const head = [
      `${method} ${parts.uri ?? `sip:bob@127.0.0.1:${this.peerPort}`} SIP/2.0`,
      `Via: SIP/2.0/UDP 127.0.0.1:${this.port};branch=z9hG4bK-${callId}-${branch}`,
      `From: "Alice" <sip:alice@127.0.0.1:${this.port}>;tag=alice-${callId}`,
      `To: <sip:bob@127.0.0.1:${this.peerPort}>${toTag}`,
      `Call-ID: ${callId}`,
      `CSeq: ${seq} ${method}`,
      `Contact: <sip:alice@127.0.0.1:${this.port}>`,
      'Max-Forwards: 70',
    ];
    this.send(`${head.join('\r\n')}\r\n${extra}Content-Length: ${body.length}\r\n\r\n${body}`);
  }

  /** Answers a request as a callee would. */
  reply(request: string, status: string, extra = '', body = ''): void {
    const copied = request.match(/^(Via|From|Call-ID|CSeq|Record-Route):.*\r\n/gm) ?? [];
    const to = /^To: .*$/m.exec(request)?.[0].trim() ?? '';
    const tag = to.includes(';tag=') ? '' : ';tag=bob';
    const contact = `Contact: <sip:bob@127.0.0.1:${this.port}>\r\n`;
    const head = `SIP/2.0 ${status}\r\n${copied.join('')}${to}${tag}\r\n${contact}${extra}`;
    this.send(`${head}Content-Length: ${body.length}\r\n\r\n${body}`);
  }

  close(): void {
    this.socket.close();
  }
}

/** The To tag of a message, from `;tag=` on; empty where it has none. */
export function toTagOf(text: string): string {
  return /^To:.*?(;tag=[^\s;]+)/m.exec(text)?.[1] ?? '';
}
