/**
 * A telephone for calls through a switch on loopback, over UDP: it rings, answers, acknowledges, and takes BYE and CANCEL as
 * RFC 3261 has it. Left out: retransmissions (loopback loses nothing), re-INVITE, authentication, media, TCP.
 */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { tagOf } from '../drachtio/sip-address.js';
import {
  cseqOf,
  formatSipMessage,
  type HeaderField,
  header,
  headerValues,
  parseSipMessage,
  type SipMessage,
  type SipRequest,
  type SipResponse,
} from '../drachtio/sip-message.js';

const SDP =
  'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n';
const WAIT_MS_MAX = 5_000;

/** What a telephone does with an INVITE. */
export type Manner = 'ring' | 'answer';

export interface OutgoingCall {
  readonly callId: string;
  readonly fromTag: string;
  readonly aNumber: string;
  readonly bNumber: string;
  /** Port of the switch. */
  readonly viaPort: number;
  /** Host and port of the Request-URI. */
  readonly domain: string;
  readonly headers?: readonly HeaderField[];
}

export class Phone {
  readonly #socket: Socket = createSocket('udp4');
  readonly #heard: SipMessage[] = [];
  readonly #waiting = new Set<() => void>();
  /** By Call-ID and From-tag. */
  readonly #invites = new Map<string, SipRequest>();
  #number = 0;

  private constructor(private readonly manner: Manner) {
    this.#socket.on('message', (datagram, { port }) => this.#receive(datagram.toString(), port));
  }

  static async open(manner: Manner = 'answer'): Promise<Phone> {
    const phone = new Phone(manner);
    phone.#socket.bind(0, '127.0.0.1');
    await once(phone.#socket, 'listening');
    return phone;
  }

  get port(): number {
    return this.#socket.address().port;
  }

  close(): void {
    this.#socket.close();
  }

  /** Sends an INVITE; what comes of it is to be waited for. */
  call(call: OutgoingCall): void {
    const uri = `sip:${call.bNumber}@${call.domain}`;
    const invite = this.#request('INVITE', uri, [
      { name: 'From', value: `<sip:${call.aNumber}@127.0.0.1>;tag=${call.fromTag}` },
      { name: 'To', value: `<${uri}>` },
      { name: 'Call-ID', value: call.callId },
      { name: 'CSeq', value: '1 INVITE' },
      { name: 'Contact', value: `<sip:${call.aNumber}@127.0.0.1:${this.port}>` },
      ...(call.headers ?? []),
      { name: 'Content-Type', value: 'application/sdp' },
    ]);
    const whole = { ...invite, body: SDP };
    this.#invites.set(identityOf(whole), whole);
    this.#send(whole, call.viaPort);
  }

  /**
   * The first request of this method, or response with this status to an INVITE, that came for a call. Rejects after 5 s.
   * @param what for example `BYE` or `608`.
   */
  async hear(what: string, callId: string): Promise<SipMessage> {
    const deadline = performance.now() + WAIT_MS_MAX;
    for (;;) {
      const [message] = this.all(what, callId);
      if (message !== undefined) return message;
      const leftMs = deadline - performance.now();
      if (leftMs <= 0) throw new Error(`no ${what} came, but ${this.#heard.map(nameOf).join(', ')}`);
      await this.#arrival(leftMs);
    }
  }

  /** All such messages that have come so far. */
  all(what: string, callId: string): SipMessage[] {
    return this.#heard.filter((each) => header(each, 'Call-ID') === callId && isNamed(each, what));
  }

  /** Whether such a message has come so far. */
  hasHeard(what: string, callId: string): boolean {
    return this.all(what, callId).length > 0;
  }

  #arrival(waitMs: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, waitMs);
      this.#waiting.add(wake);
    });
  }

  #receive(text: string, port: number): void {
    const message = parseSipMessage(text);
    if (message === undefined) return;
    this.#heard.push(message);
    if (message.kind === 'request') this.#onRequest(message, port);
    else if (cseqOf(message).method === 'INVITE' && message.status >= 200) this.#acknowledge(message, port);
    for (const wake of this.#waiting) wake();
  }

  #onRequest(request: SipRequest, port: number): void {
    if (request.method === 'INVITE') {
      this.#invites.set(identityOf(request), request);
      this.#reply(request, 180, 'Ringing', port);
      if (this.manner === 'answer') this.#reply(request, 200, 'OK', port, SDP);
    } else if (request.method !== 'ACK') this.#reply(request, 200, 'OK', port);
    const cancelled = request.method === 'CANCEL' ? this.#invites.get(identityOf(request)) : undefined;
    if (cancelled !== undefined) this.#reply(cancelled, 487, 'Request Terminated', port);
  }

  #reply(request: SipRequest, status: number, reason: string, port: number, body = ''): void {
    const copied = request.headers.filter(({ name }) =>
      ['Via', 'From', 'Call-ID', 'CSeq', 'Record-Route'].includes(name),
    );
    const to = header(request, 'To') ?? '';
    const tagged = to.includes(';tag=') ? to : `${to};tag=callee-${this.port}`;
    const headers = [
      ...copied,
      { name: 'To', value: tagged },
      { name: 'Contact', value: `<sip:callee@127.0.0.1:${this.port}>` },
      ...(body === '' ? [] : [{ name: 'Content-Type', value: 'application/sdp' }]),
    ];
    this.#send({ kind: 'response', status, reason, headers, body }, port);
  }

  /** A 2xx by a new request along the route (RFC 3261 section 13.2.2.4), anything else as part of the INVITE (17.1.1.3). */
  #acknowledge(response: SipResponse, port: number): void {
    const invite = this.#invites.get(identityOf(response));
    if (invite === undefined) return;
    const isSuccess = response.status < 300;
    const contact = /<(.+)>/.exec(header(response, 'Contact') ?? '')?.[1];
    const routes = isSuccess ? headerValues(response, 'Record-Route').reverse() : [];
    const ack = this.#request('ACK', (isSuccess && contact) || invite.uri, [
      ...routes.map((value) => ({ name: 'Route', value })),
      { name: 'From', value: header(invite, 'From') ?? '' },
      { name: 'To', value: header(response, 'To') ?? '' },
      { name: 'Call-ID', value: header(invite, 'Call-ID') ?? '' },
      { name: 'CSeq', value: '1 ACK' },
    ]);
    const via = { name: 'Via', value: header(invite, 'Via') ?? '' };
    this.#send(isSuccess ? ack : { ...ack, headers: [via, ...ack.headers.slice(1)] }, port);
  }

  #request(method: string, uri: string, headers: readonly HeaderField[]): SipRequest {
    const branch = `z9hG4bK-${this.port}-${++this.#number}`;
    const via = { name: 'Via', value: `SIP/2.0/UDP 127.0.0.1:${this.port};branch=${branch}` };
    return {
      kind: 'request',
      method,
      uri,
      headers: [via, { name: 'Max-Forwards', value: '70' }, ...headers],
      body: '',
    };
  }

  #send(message: SipMessage, port: number): void {
    this.#socket.send(formatSipMessage(message), port, '127.0.0.1');
  }
}

function identityOf(message: SipMessage): string {
  return `${header(message, 'Call-ID')} ${tagOf(header(message, 'From') ?? '')}`;
}

function nameOf(message: SipMessage): string {
  return message.kind === 'request' ? message.method : `${message.status} ${cseqOf(message).method}`;
}

function isNamed(message: SipMessage, what: string): boolean {
  if (message.kind === 'request') return message.method === what;
  return String(message.status) === what && cseqOf(message).method === 'INVITE';
}
