import type { Socket } from 'node:dgram';
import {
  ClientTransaction,
  type ClientTransactionUser,
  clientKey,
  derivedRequest,
  SILENT_USER,
} from './client-transaction.js';
import { SipCounters } from './counters.js';
import { ServerTransaction, type TransactionTransport } from './server-transaction.js';
import { branchOf, type Endpoint, responseTarget, sentBy, stampVia, withTag } from './sip-address.js';
import {
  cseqOf,
  formatSipMessage,
  type HeaderField,
  header,
  headerValues,
  isComplete,
  parseSipMessage,
  type SipMessage,
  type SipRequest,
  type SipResponse,
} from './sip-message.js';
import type { SipTimers } from './timers.js';

/** Whom the transaction layer serves: the user agents and the proxy above it. */
export interface TransactionUser {
  /** Takes a request that is only passing through, by its Route; true if it did. No transaction is made of it. */
  forward(request: SipRequest): boolean;
  onRequest(transaction: ServerTransaction): void;
  /** An ACK of a 2xx; that of another response never comes here. */
  onAck(ack: SipRequest, source: Endpoint): void;
  /** A CANCEL of an INVITE that has no final response yet; the CANCEL itself has been answered. */
  onCancel(invite: ServerTransaction, cancel: SipRequest): void;
  /** A response to no request of this peer's transactions. */
  onStrayResponse(response: SipResponse): void;
}

/** Matches what arrives on the socket to transactions (RFC 3261 sections 17.1.3 and 17.2.3) and makes new ones. */
export class TransactionLayer implements TransactionTransport {
  readonly counters = new SipCounters();
  user: TransactionUser | undefined;
  private readonly servers = new Map<string, ServerTransaction>();
  private readonly clients = new Map<string, ClientTransaction>();

  constructor(
    private readonly socket: Socket,
    readonly timers: SipTimers,
  ) {
    socket.on('message', (datagram, source) => this.receive(datagram, source));
  }

  /** Transactions that still live, those that linger only to absorb retransmissions included. */
  get size(): number {
    return this.servers.size + this.clients.size;
  }

  send(message: SipMessage, to: Endpoint): string {
    const text = formatSipMessage(message);
    this.counters.countOut(message);
    this.socket.send(text, to.port, to.address);
    return text;
  }

  resend(text: string, to: Endpoint): void {
    this.counters.retransmissionsOut++;
    this.socket.send(text, to.port, to.address);
  }

  request(request: SipRequest, to: Endpoint, user: ClientTransactionUser): ClientTransaction {
    const transaction = new ClientTransaction(request, to, this, user, () =>
      this.clients.delete(transaction.key),
    );
    this.clients.set(transaction.key, transaction);
    return transaction;
  }

  /** Cancels an INVITE: now, or when its first provisional response comes. Undefined if it has a final response. */
  cancel(invite: ClientTransaction, extra: readonly HeaderField[] = []): SipRequest | undefined {
    const to = header(invite.request, 'To') ?? '';
    const cancel = derivedRequest(invite.request, 'CANCEL', to, extra);
    const isAccepted = invite.cancel(() => this.request(cancel, invite.destination, SILENT_USER));
    return isAccepted ? cancel : undefined;
  }

  /** Answers a request with the headers that every response copies from it (RFC 3261 section 8.2.6.2). */
  reply(transaction: ServerTransaction, status: number, reason: string): string | undefined {
    const { request, toTag } = transaction;
    return transaction.send(makeResponse(request, status, reason, status === 100 ? undefined : toTag));
  }

  close(): void {
    for (const transaction of [...this.servers.values(), ...this.clients.values()]) transaction.end();
  }

  private receive(datagram: Buffer, source: Endpoint): void {
    const message = parseSipMessage(datagram.toString());
    if (message === undefined || !isComplete(message)) return;
    if (message.kind === 'response') this.receiveResponse(message, source);
    else this.receiveRequest({ ...message, headers: stamped(message.headers, source) }, source);
  }

  private receiveResponse(response: SipResponse, source: Endpoint): void {
    const key = clientKey(branchOf(header(response, 'Via') ?? ''), cseqOf(response).method);
    const transaction = this.clients.get(key);
    if (response.status >= 200 && transaction !== undefined && !transaction.isOpen)
      this.counters.retransmissionsIn++;
    else this.counters.countIn(response);
    if (transaction !== undefined) transaction.receive(response, source);
    else this.user?.onStrayResponse(response);
  }

  private receiveRequest(request: SipRequest, source: Endpoint): void {
    const known = this.servers.get(serverKey(request, request.method === 'ACK' ? 'INVITE' : request.method));
    if (known !== undefined && request.method !== 'ACK') {
      this.counters.retransmissionsIn++;
      known.receiveRetransmission();
      return;
    }
    this.counters.countIn(request);
    if (known?.receiveAck() || this.user?.forward(request)) return;
    if (request.method === 'ACK') this.user?.onAck(request, source);
    else if (request.method === 'CANCEL') this.receiveCancel(request, source);
    else this.user?.onRequest(this.serve(request, source));
  }

  /** RFC 3261 section 9.2. */
  private receiveCancel(cancel: SipRequest, source: Endpoint): void {
    const invite = this.servers.get(serverKey(cancel, 'INVITE'));
    const transaction = this.serve(cancel, source);
    if (invite === undefined || invite.isAccepted) {
      this.reply(transaction, 481, 'Call/Transaction Does Not Exist');
      return;
    }
    transaction.toTag = invite.toTag;
    this.reply(transaction, 200, 'OK');
    if (!invite.isAnswered) this.user?.onCancel(invite, cancel);
  }

  private serve(request: SipRequest, source: Endpoint): ServerTransaction {
    const key = serverKey(request, request.method);
    const target = responseTarget(header(request, 'Via') ?? '') ?? source;
    const transaction = new ServerTransaction(request, target, this, () => this.servers.delete(key));
    this.servers.set(key, transaction);
    return transaction;
  }
}

function serverKey(request: SipRequest, method: string): string {
  const via = header(request, 'Via') ?? '';
  return `${branchOf(via)}|${sentBy(via)}|${method}`;
}

function stamped(headers: readonly HeaderField[], source: Endpoint): HeaderField[] {
  const top = headers.findIndex(({ name }) => name === 'Via');
  return headers.map((field, index) =>
    index === top ? { name: 'Via', value: stampVia(field.value, source) } : field,
  );
}

/** A response to `request`; drachtio-server copies the Record-Route of an INVITE into each of them, its 100 included. */
export function makeResponse(
  request: SipRequest,
  status: number,
  reason: string,
  /** Undefined leaves the To header as it came, as in a 100. */
  toTag: string | undefined,
  extra: readonly HeaderField[] = [],
  body = '',
): SipResponse {
  const copy = (name: string): HeaderField[] => headerValues(request, name).map((value) => ({ name, value }));
  const to = header(request, 'To') ?? '';
  const headers = [
    ...copy('Via'),
    ...(request.method === 'INVITE' ? copy('Record-Route') : []),
    ...copy('From'),
    { name: 'To', value: toTag === undefined ? to : withTag(to, toTag) },
    ...copy('Call-ID'),
    ...copy('CSeq'),
    ...extra,
  ];
  return { kind: 'response', status, reason, headers, body };
}
